import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { once } from "node:events";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { builtInPolicies } from "../../src/analyzers/index.js";
import type { Finding } from "../../src/doctor.js";
import { movingPicture, h264, makeClip } from "../media/make.js";
import { type CommandEnd, type CommandOptions, runCommand } from "../support/command-line.js";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), "cli-verbs-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

function framewatch(words: readonly string[], environment: CommandOptions["environment"] = {}): Promise<CommandEnd> {
  return runCommand(words, { cwd: folder, environment });
}

const awsEnvironment = { AWS_REGION: "us-east-1", AWS_ACCESS_KEY_ID: "test", AWS_SECRET_ACCESS_KEY: "test" };
const nobodyListens = "http://127.0.0.1:1";

describe("help", () => {
  it.each(["", "check", "watch", "serve", "enqueue", "demo", "doctor", "models", "policies", "policies validate", "schema"])(
    "tells how `framewatch %s` is used",
    async (verb) => {
      const { code, stdout, stderr } = await framewatch([...verb.split(" ").filter((word) => word !== ""), "--help"]);
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
      expect(stdout).toMatch(new RegExp(`^Usage: ${["framewatch", verb].join(" ").trim()}`));
    },
  );

  it("follows a verb that is mistyped, with what was perhaps meant", async () => {
    const { code, stdout, stderr } = await framewatch(["chek", "film.mp4"]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(/^framewatch: unknown command 'chek'\n\(Did you mean check\?\)\n/);
  });

  it("is not cut off by a reader who has seen enough", () => {
    const program = fileURLToPath(new URL("../../bin/framewatch.js", import.meta.url));
    const command = `"${process.execPath}" "${program}" schema policy | true; echo \${PIPESTATUS[0]}`;
    const { stdout, stderr } = spawnSync("bash", ["-c", command], { cwd: folder, encoding: "utf8" });
    expect({ stdout, stderr }).toEqual({ stdout: "0\n", stderr: "" });
  });
});

describe("framewatch schema", () => {
  async function schema(what: string): Promise<z.ZodType> {
    const { code, stdout } = await framewatch(["schema", what]);
    expect(code).toBe(0);
    const json = z.looseObject({ $schema: z.literal("https://json-schema.org/draft/2020-12/schema") }).parse(JSON.parse(stdout));
    return z.fromJSONSchema(json);
  }

  it("describes job messages", async () => {
    const job = await schema("job");
    expect(job.safeParse({ version: 1, source: "s3://bucket/key", labels: { show: "Morning" } }).success).toBe(true);
    expect(job.safeParse({ version: 1, action: "cancel", id: "a" }).success).toBe(true);
    expect(job.safeParse({ version: 1, source: "s3://bucket/key", sorce: "x" }).success).toBe(false);
    expect(job.safeParse({ version: 2, source: "s3://bucket/key" }).success).toBe(false);
  });

  it("describes the reports that check prints", async () => {
    const clip = await makeClip({ inputs: [movingPicture({ seconds: 1 })], options: [...h264], extension: "mp4" });
    const report = await schema("report");
    for (const input of [clip, "no such file"]) {
      const { stdout } = await framewatch(["check", "--json", input]);
      expect(report.safeParse(JSON.parse(stdout))).toMatchObject({ success: true });
    }
    expect(report.safeParse({ version: 1, verdict: "pass" }).success).toBe(false);
  });

  it("describes alerts and policies", async () => {
    expect((await schema("alert")).safeParse({}).success).toBe(false);
    const policy = await schema("policy");
    expect(policy.safeParse({ version: 1, name: "house", detectors: { black: { severity: "error" } } }).success).toBe(true);
    expect(policy.safeParse({ version: 1, name: "house", detectors: { black: { severty: "error" } } }).success).toBe(false);
  });

  it("describes what the HTTP API answers", async () => {
    expect((await schema("jobs")).safeParse({ version: 1, jobs: [] }).success).toBe(true);
    expect((await schema("streams")).safeParse({ version: 1, streams: [{}] }).success).toBe(false);
  });

  it("says which there are", async () => {
    expect(await framewatch(["schema", "repor"])).toMatchObject({
      code: 2,
      stdout: "",
      stderr: expect.stringContaining('Did you mean "report"? There are job, alert, report, policy, streams, jobs.'),
    });
  });
});

describe("framewatch doctor", () => {
  it("tells what is there, what is not, and how to mend it", async () => {
    const { code, stdout, stderr } = await framewatch(["doctor"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/^ok +ffmpeg +ffmpeg version/m);
    expect(stdout).toMatch(/^ok +clips of incidents +written with (NVENC|libx264)/m);
    expect(stdout).toMatch(/^optional +AWS region and credentials .*\n +→ .*AWS_REGION/m);
    expect(stdout).toMatch(/^optional +queue of jobs \(SQS\) +FRAMEWATCH_QUEUE_URL is not set.*\n +→ Set FRAMEWATCH_QUEUE_URL/m);
    expect(stdout).toMatch(/\n\nAll that is needed is there\.\n$/);
  });

  it("exits with 4 when something is missing, and says it as JSON too, without a secret", async () => {
    const environment = {
      ...awsEnvironment,
      AWS_ENDPOINT_URL: nobodyListens,
      AWS_SECRET_ACCESS_KEY: "hunter2",
      FRAMEWATCH_QUEUE_URL: `${nobodyListens}/1/jobs`,
      FRAMEWATCH_WEBHOOK_URL: `${nobodyListens}/hook/hunter2`,
      FRAMEWATCH_WEBHOOK_SECRET: `whsec_${"hunter2x".repeat(4)}`,
    };
    const { code, stdout, stderr } = await framewatch(["doctor", "--json"], environment);
    expect({ code, stderr }).toEqual({ code: 4, stderr: "" });
    const findings = new Map((JSON.parse(stdout) as Finding[]).map((finding) => [finding.name, finding]));
    expect(findings.get("AWS region and credentials")).toMatchObject({
      state: "ok",
      detail: "region us-east-1, access key test…",
    });
    expect(findings.get("queue of jobs (SQS)")).toMatchObject({
      state: "missing",
      detail: expect.stringContaining("ECONNREFUSED"),
      remedy: expect.stringContaining("sqs:ReceiveMessage"),
    });
    expect(findings.get("webhook of alerts")).toMatchObject({
      state: "missing",
      detail: expect.stringContaining("did not answer"),
      remedy: expect.stringContaining("FRAMEWATCH_WEBHOOK_SECRET"),
    });
    expect(findings.get("models")).toMatchObject({ state: "ok" });
    expect(stdout).not.toContain("hunter2");
    expect(readdirSync(folder)).not.toContain("jobs");
  });
});

describe("framewatch models", () => {
  it("lists and verifies what is shipped", async () => {
    expect(await framewatch(["models", "list"])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^picture-detail \d+\.\d+\.\d+ +detail\./),
    });
    expect(await framewatch(["models", "verify"])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/ok on (cpu|cuda), \d+ golden vectors\n$/),
    });
  });
});

describe("framewatch policies", () => {
  it("lists the built-in ones, and shows one as a policy that can be used again", async () => {
    const { stdout: list } = await framewatch(["policies", "list"]);
    expect(list.match(/^\S+(?= {2,}\S)/gm)).toEqual(builtInPolicies);
    const { stdout } = await framewatch(["policies", "show", "live-channel"]);
    writeFileSync(path.join(folder, "mine"), stdout);
    expect(await framewatch(["policies", "validate", "mine"])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^mine is right: policy live-channel, hash [0-9a-f]{64}\n$/),
    });
  });

  it("tells line and column of what is wrong", async () => {
    writeFileSync(path.join(folder, "wrong.yaml"), "version: 1\nname: wrong\ndetectors:\n  blak: { severity: error }\n");
    expect(await framewatch(["policies", "validate", "wrong.yaml"])).toMatchObject({
      code: 2,
      stdout: "",
      stderr: expect.stringMatching(/^framewatch: \S+wrong\.yaml, line 4, column 3: .*Did you mean "black"\?\n$/),
    });
  });
});

describe("framewatch serve", () => {
  it.each<[Readonly<Record<string, string>>, RegExp]>([
    [{}, /FRAMEWATCH_QUEUE_URL is not set/],
    [{ FRAMEWATCH_QUEUE_URL: "jobs" }, /FRAMEWATCH_QUEUE_URL is "jobs"; allowed is the https:\/\/ URL of an SQS queue\./],
    [{ FRAMEWATCH_QUEUE_URL: `${nobodyListens}/1/jobs` }, /AWS_REGION is not set/],
    [{ FRAMEWATCH_HTTP_PORT: "99999" }, /FRAMEWATCH_HTTP_PORT is "99999"; allowed is a whole number from 0 to 65535/],
    [{ FRAMEWATCH_CONFIG: "no such file.yaml" }, /no such file\.yaml cannot be read/],
  ])("does not start on settings that cannot work: %j", async (environment, said) => {
    const { code, stdout, stderr } = await framewatch(["serve"], environment);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(/^framewatch: [^\n]+\n$/);
    expect(stderr).toMatch(said);
  });

  it("ends when its port is taken", async () => {
    const taken = createServer().listen(0, "127.0.0.1");
    await once(taken, "listening");
    const port = String((taken.address() as AddressInfo).port);
    const environment = {
      ...awsEnvironment,
      AWS_ENDPOINT_URL: nobodyListens,
      FRAMEWATCH_QUEUE_URL: `${nobodyListens}/1/jobs`,
      FRAMEWATCH_HTTP_PORT: port,
    };
    const { code, stderr } = await framewatch(["serve"], environment);
    taken.close();
    expect(code).toBe(2);
    expect(stderr).toMatch(
      new RegExp(`^framewatch: The HTTP server cannot listen on 127\\.0\\.0\\.1:${port}: .*EADDRINUSE`, "m"),
    );
  });
});
