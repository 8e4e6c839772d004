import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { loadConfig } from "../src/config.js";
import { openStore } from "../src/open-store.js";
import { type DoctorCheck, examine, type Finding, findingsTable, isHealthy, machineChecks, storeCheck } from "../src/doctor.js";

const path = process.env["PATH"] ?? "";
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "framewatch-doctor-"));
});
afterEach(() => {
  process.env["PATH"] = path;
});
afterAll(() => rmSync(folder, { recursive: true }));

async function findings(environment: NodeJS.ProcessEnv = {}): Promise<Map<string, Finding>> {
  const all = await examine(machineChecks(loadConfig(environment)));
  return new Map(all.map((finding) => [finding.name, finding]));
}

/** A program of this name, first on the PATH, that prints the text. */
function plantProgram(name: string, prints: string): void {
  writeFileSync(join(folder, name), `#!/bin/sh\necho '${prints}'\n`);
  chmodSync(join(folder, name), 0o755);
  process.env["PATH"] = `${folder}${delimiter}${path}`;
}

describe("the doctor", () => {
  test("finds on this machine what the tests themselves need", async () => {
    const found = await findings();
    for (const name of [
      "node",
      "ffmpeg",
      "ffprobe",
      "ffmpeg filters",
      "ffmpeg libx264",
      "ffmpeg for live sources",
      "work folder",
    ]) {
      expect(found.get(name), name).toMatchObject({ state: "ok" });
    }
    expect(found.get("ffmpeg")?.detail).toMatch(/^ffmpeg version/);
    expect(found.get("Redis")).toMatchObject({ state: "optional", detail: expect.stringContaining("REDIS_URL is not set") });
  });

  test("says that ffmpeg is missing and how to install it", async () => {
    process.env["PATH"] = folder;
    const found = await findings();
    expect(found.get("ffmpeg")).toMatchObject({ state: "missing", detail: "ffmpeg is not on the PATH" });
    expect(found.get("ffmpeg")?.remedy).toContain("apt-get install ffmpeg");
    expect(isHealthy([...found.values()])).toBe(false);
  });

  test.each([
    ["ffmpeg version 4.4.2-0ubuntu0.22.04.1 Copyright", "missing"],
    ["ffmpeg version n7.1 Copyright", "ok"],
    ["ffmpeg version N-118000-g0123abc Copyright", "ok"],
  ])("reads `%s` as %s", async (line, state) => {
    plantProgram("ffmpeg", line);
    expect((await findings()).get("ffmpeg")).toMatchObject({ state });
  });

  test("names the filters that an ffmpeg was built without", async () => {
    plantProgram("ffmpeg", " ... scale V->V");
    expect((await findings()).get("ffmpeg filters")).toMatchObject({
      state: "missing",
      detail: expect.stringContaining("showinfo"),
    });
  });

  test("names what an ffmpeg reads no live sources by, which files can do without", async () => {
    plantProgram("ffmpeg", "Input:\n  rtmp\nOutput:\n  srt\n D  hls,applehttp  Apple HTTP Live Streaming");
    expect((await findings()).get("ffmpeg for live sources")).toMatchObject({
      state: "optional",
      detail: "this ffmpeg was built without srt, dash",
    });
  });

  test("does not take a work folder that is not there", async () => {
    const found = await findings({ FRAMEWATCH_WORK_DIR: join(folder, "none") });
    expect(found.get("work folder")).toMatchObject({ state: "missing", remedy: expect.stringContaining("FRAMEWATCH_WORK_DIR") });
  });

  test("passes on what the other checks say, without their secrets", async () => {
    const check = (name: string, isNeeded: boolean, look: DoctorCheck["look"]): DoctorCheck => ({
      name,
      isNeeded,
      remedy: "mend it",
      look,
    });
    const found = await examine([
      check("queue", true, () => Promise.reject(new Error("https://user:hunter2@sqs/q?x=hunter2 is away\nstack"))),
      check("GPU", false, () => Promise.reject(new Error("no card"))),
      check("models", true, async () => "2 of 2"),
    ]);
    expect(found).toEqual([
      { name: "queue", state: "missing", detail: "https://sqs/q?… is away", remedy: "mend it" },
      { name: "GPU", state: "optional", detail: "no card", remedy: "mend it" },
      { name: "models", state: "ok", detail: "2 of 2" },
    ]);
    expect(findingsTable(found)).toMatch(/^MISSING {3}queue {3}https:.*\n +→ mend it\noptional {2}GPU/);
  });
});

describe("the doctor on the output", () => {
  test("writes, reads and removes an object there", async () => {
    const [found] = await examine([storeCheck(openStore(join(folder, "reports")))]);
    expect(found).toMatchObject({ name: "output", state: "ok" });
    expect(readdirSync(join(folder, "reports"))).toEqual([]);
  });

  test("says that it cannot be written", async () => {
    writeFileSync(join(folder, "no-folder"), "");
    const [found] = await examine([storeCheck(openStore(join(folder, "no-folder/reports")))]);
    expect(found).toMatchObject({ state: "missing", remedy: expect.stringContaining("FRAMEWATCH_OUTPUT") });
  });
});

describe("the doctor on Redis", () => {
  let redis: ChildProcess;
  let port: number;
  beforeAll(async () => {
    const free = createServer().listen(0, "127.0.0.1");
    await once(free, "listening");
    const address = free.address();
    port = typeof address === "object" && address !== null ? address.port : 0;
    free.close();
    const settings = ["--port", String(port), "--save", "", "--requirepass", "hunter2", "--maxmemory-policy", "noeviction"];
    redis = spawn("redis-server", settings, { cwd: folder, stdio: ["ignore", "pipe", "inherit"] });
    for await (const chunk of redis.stdout ?? []) if (String(chunk).includes("Ready to accept")) break;
  });
  afterAll(async () => {
    redis.kill("SIGKILL");
    await once(redis, "exit");
  });

  test("tells its version", async () => {
    const found = (await findings({ REDIS_URL: `redis://:hunter2@127.0.0.1:${port}` })).get("Redis");
    expect(found).toMatchObject({ state: "ok", detail: expect.stringMatching(/^Redis \d+\.\d+ at redis:\/\/127/) });
  });

  test("says that the password is wrong, without saying it", async () => {
    const found = (await findings({ REDIS_URL: `redis://:hunter3@127.0.0.1:${port}` })).get("Redis");
    expect(found).toMatchObject({ state: "missing", detail: expect.stringContaining("WRONGPASS") });
    expect(JSON.stringify(found)).not.toContain("hunter");
  });

  test("says that nobody listens", async () => {
    expect((await findings({ REDIS_URL: "redis://127.0.0.1:1" })).get("Redis")).toMatchObject({
      state: "missing",
      detail: expect.stringContaining("ECONNREFUSED"),
    });
  });
});
