import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { streamEntrySchema } from "../../src/api/answers.js";
import { statusLine } from "../../src/cli/status-view.js";
import type { StreamStatus } from "../../src/live/stream-status.js";
import { alertSchema } from "../../src/notifier/alert.js";
import { reportSchema } from "../../src/notifier/report/schema.js";
import { freePort, openStudio, type Studio } from "../ingest/live/senders.js";
import { type CommandEnd, commandLinesWith, runCommand, startCommand } from "../support/command-line.js";
import { makeSegments } from "../support/rolling-hls.js";
import { serveFolder } from "../support/hls.js";
import { eventually } from "../support/service.js";

const program = fileURLToPath(new URL("../../bin/framewatch.js", import.meta.url));

let folder: string;
let studio: Studio;
beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "cli-watch-"));
  studio = await openStudio();
});
afterAll(async () => {
  await studio.close();
  rmSync(folder, { recursive: true });
});

async function blackSender(): Promise<string> {
  const source = `udp://127.0.0.1:${await freePort("udp")}`;
  studio.send(["-f", "mpegts", `${source}?pkt_size=1316`], { picture: "color=black:size=160x90:rate=25" });
  return source;
}

const framewatch = (...words: readonly string[]): Promise<CommandEnd> => runCommand(words, { cwd: folder });
const looks = ["--only", "black,silence", "--no-models"];

describe("framewatch watch", () => {
  it("tells of faults while they last, as NDJSON and nothing else, and when it is interrupted writes the report: 130", async () => {
    const source = await blackSender();
    const command = startCommand(["watch", source, "--out", "live", ...looks], { cwd: folder });
    let said = "";
    command.child.stdout?.on("data", (text: string) => {
      said += text;
    });
    await eventually("the black is told", () => said.includes("framewatch.defect.opened"));
    command.child.kill("SIGINT");
    const { code, stdout, stderr } = await command.end;
    expect(code).toBe(130);

    const alerts = stdout
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => alertSchema.parse(JSON.parse(line)));
    expect(alerts.map(({ type }) => type)).toEqual([
      "framewatch.defect.opened",
      "framewatch.defect.resolved",
      "framewatch.job.completed",
    ]);
    expect(alerts[0]?.data).toMatchObject({
      stream: source.slice("udp://".length),
      defect: { type: "black", severity: "critical" },
    });

    const lines = stderr.split("\n").filter((line) => line !== "");
    const states = lines.map((line) => streamEntrySchema.parse(JSON.parse(line)));
    expect(states.at(-1)).toMatchObject({ source, state: "ended", openIncidents: [] });

    const [id = ""] = readdirSync(path.join(folder, "live"));
    const [hour = ""] = readdirSync(path.join(folder, "live", id));
    expect(hour).toMatch(/^\d{4}-\d\d-\d\dT\d\dZ$/);
    const report = reportSchema.parse(JSON.parse(readFileSync(path.join(folder, "live", id, hour, "report.json"), "utf8")));
    expect(report).toMatchObject({ verdict: "fail", defects: [{ type: "black" }] });
    expect(commandLinesWith("/live/").filter((line) => line.startsWith("ffmpeg") && line.includes(folder))).toEqual([]);
  });

  it("on a terminal shows one line that is written over each second, for as long as it was told to", async () => {
    const source = await blackSender();
    const words = ["watch", source, "--out", "short", "--duration", "8", ...looks];
    const line = [process.execPath, program, ...words].map((word) => `'${word}'`).join(" ");
    // Alerts go to a file: a terminal has one screen for both.
    const { stdout } = spawn("script", ["-qefc", `${line} >alerts.ndjson`, "/dev/null"], {
      cwd: folder,
      stdio: ["ignore", "pipe", "inherit"],
    });
    let screen = "";
    stdout.setEncoding("utf8").on("data", (text: string) => {
      screen += text;
    });
    await once(stdout, "close");
    const shown = screen.split("\r\u001B[2K").slice(1);
    expect(shown.length).toBeGreaterThan(2);
    expect(screen.trimEnd().split("\n")).toHaveLength(1);
    expect(shown).toContainEqual(expect.stringMatching(/^127\.0\.0\.1:\d+ {2}running {2}00:00:0\d .*fps .* {2}open: black$/));
    expect(shown.at(-1)).toMatch(/^127\.0\.0\.1:\d+ {2}ended {2}00:00:0\d {2}no open incidents\s*$/);
    const alerts = readFileSync(path.join(folder, "alerts.ndjson"), "utf8");
    expect(alerts.trimEnd().split("\n").at(-1)).toContain("framewatch.job.completed");
  });

  it.concurrent.each([
    ["film.mp4", 2, /^framewatch: film\.mp4 has an end: .*`framewatch check film\.mp4`/],
    ["s3://bucket/film.mp4", 2, /has an end: .*`framewatch check s3:\/\/bucket\/film\.mp4`/],
    ["srt://host", 3, /"srt:\/\/host" names no host and port\./],
    ["udp://127.0.0.1:5000?bitrate=1", 3, /it has the option "bitrate"/],
    ["gopher://host/live", 3, /gopher:\/\/host\/live cannot be read: nothing live comes by gopher/],
  ])("refuses %s", async (input, exitCode, said) => {
    const { code, stdout, stderr } = await framewatch("watch", input, ...looks);
    expect({ code, stdout }).toEqual({ code: exitCode, stdout: "" });
    expect(stderr).toMatch(said);
    expect(stderr).toMatch(/^framewatch: [^\n]+\n$/);
  });

  it.concurrent.each([
    ["http://no-such-host.invalid/live.ts", /The name no-such-host\.invalid has no address/],
    ["http://127.0.0.1:1/live.ts", /127\.0\.0\.1:1 does not answer/],
  ])("says why nothing came of %s: 3", async (input, said) => {
    const { code, stderr } = await framewatch("watch", input, "--duration", "2", ...looks);
    expect(code).toBe(3);
    expect(stderr).toMatch(new RegExp(`^framewatch: ${input}: Nothing came that could be judged: `, "m"));
    expect(stderr).toMatch(said);
  });
});

describe("a playlist", () => {
  it("is for `check` once it has an end, and for `watch` until then", async () => {
    const segments = await makeSegments({ seconds: 3 });
    const host = await serveFolder(segments);
    try {
      const url = String(host.url("v.m3u8"));
      expect(await framewatch("watch", url, ...looks)).toMatchObject({
        code: 2,
        stdout: "",
        stderr: expect.stringContaining(`framewatch check ${url}`),
      });
      await promisify(execFile)("sed", ["-i", "-e", "/ENDLIST/d", "-e", "/PLAYLIST-TYPE/d", path.join(segments, "v.m3u8")]);
      expect(await framewatch("check", url, ...looks)).toMatchObject({
        code: 2,
        stdout: "",
        stderr: expect.stringContaining(`framewatch watch ${url}`),
      });
    } finally {
      await host.close();
    }
  });
});

describe("the status line", () => {
  const status: StreamStatus = {
    jobId: "j",
    stream: "Channel 1",
    source: "udp://@239.0.0.1:5000",
    state: "running",
    startedAt: new Date(0),
    mediaSeconds: 3_725.4,
    lagSeconds: 0.83,
    framesPerSecond: 24.97,
    reconnects: 0,
    loudness: [{ track: 0, momentaryLufs: Number.NEGATIVE_INFINITY, integratedLufs: -23.04 }],
    inMaintenance: false,
    openIncidents: [],
    lastAlerts: [],
  };

  it("tells state, time, speed, lag, loudness and what is wrong", () => {
    expect(statusLine(status)).toBe(
      "Channel 1  running  01:02:05  25.0 fps  lag 0.8 s  M -inf LUFS  I -23.0 LUFS  no open incidents",
    );
  });

  it("tells why a stream does not run", () => {
    const { lagSeconds: _, framesPerSecond: __, ...rest } = status;
    expect(statusLine({ ...rest, state: "reconnecting", reason: "host:9000 does not answer.", loudness: [] })).toBe(
      "Channel 1  reconnecting  host:9000 does not answer.  01:02:05  no open incidents",
    );
  });
});
