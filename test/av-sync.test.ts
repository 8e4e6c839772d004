import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Report, reportSchema } from "../src/notifier/report/schema.js";
import { h264, makeClip } from "./media/make.js";
import { type Checking, openChecking } from "./support/check-media.js";
import { runCommand } from "./support/command-line.js";

let folder: string;
let checking: Checking;
beforeAll(async () => {
  checking = await openChecking();
  folder = mkdtempSync(path.join(tmpdir(), "av-sync-"));
});
afterAll(async () => {
  await checking.close();
  rmSync(folder, { recursive: true });
});

/** Black with a white flash of two frames each second, and tones that come so much later. */
function flashesAndTones(lateSeconds: number, extension: string, sound: readonly string[]): Promise<string> {
  const sinceFlash = "mod(t+0.52,1)";
  const sinceTone = `mod(t+0.52-${lateSeconds},1)`;
  return makeClip({
    inputs: [
      `color=black:s=160x90:r=25:d=8,drawbox=w=40:h=40:t=fill:c=white:enable='lt(${sinceFlash},0.079)',format=yuv420p`,
      `aevalsrc='0.2*sin(2*PI*1000*t)*lt(${sinceTone},0.08)':s=48000:d=8`,
    ],
    options: [...h264, ...sound],
    extension,
  });
}

async function check(...words: string[]): Promise<Report> {
  const { stdout } = await runCommand(["check", "--no-models", "--json", ...words], { cwd: folder });
  return reportSchema.parse(JSON.parse(stdout));
}

it("finds in coded media how late the sound is, to within 10 ms, and again from its signals", async () => {
  const file = await flashesAndTones(0.2, "mp4", ["-c:a", "aac"]);
  const report = await check(file, "--only", "av-sync", "--out", "reports");
  expect(report.defects).toMatchObject([{ type: "av-sync", severity: "error", startSeconds: expect.closeTo(0.48, 2) }]);
  expect(report.sync).toMatchObject([{ track: 0, state: "measured" }]);
  expect(Math.abs((report.sync?.[0]?.offsetSeconds ?? 0) - 0.2)).toBeLessThan(0.01);
  const again = await check("--signals", path.join("reports", report.job.id, "signals"), "--only", "av-sync");
  expect(again.sync).toEqual(report.sync);
  expect(again.defects.map(({ id }) => id)).toEqual(report.defects.map(({ id }) => id));
});

it("finds sound that is early in a transport stream", async () => {
  const report = await checking.check(await flashesAndTones(-0.08, "ts", ["-c:a", "mp2"]), ["av-sync"]);
  expect(report.defects).toMatchObject([{ type: "av-sync" }]);
  expect(Math.abs((report.sync?.[0]?.offsetSeconds ?? 0) + 0.08)).toBeLessThan(0.01);
});

it("finds a drift of 100 ms in ten minutes of coded media, to within 10 ms", async () => {
  const sinceFlash = "mod(t+0.96+0.02,2)";
  // The sound runs on in step with its own clock, which is slower.
  const sinceTone = `mod(t/(1+0.1/600)+0.96,2)`;
  const file = await makeClip({
    inputs: [
      `color=black:s=160x90:r=12.5:d=600,drawbox=w=80:h=60:t=fill:c=white:enable='lt(${sinceFlash},0.159)',format=yuv420p`,
      `aevalsrc='0.2*sin(2*PI*1000*t)*lt(${sinceTone},0.08)':s=16000:d=600`,
    ],
    options: [...h264, "-preset", "ultrafast", "-c:a", "aac"],
    extension: "mp4",
  });
  const report = await check(file, "--only", "av-sync");
  expect(report.sync).toMatchObject([{ track: 0, state: "measured" }]);
  const { offsetSeconds = 0, driftMillisecondsPerMinute = 0 } = report.sync?.[0] ?? {};
  expect(Math.abs(10 * driftMillisecondsPerMinute - 100)).toBeLessThan(10);
  expect(Math.abs(offsetSeconds - 0.05)).toBeLessThan(0.01);
  // EBU R 37 allows sound to be 60 ms late, which it is after six minutes.
  expect(report.defects).toMatchObject([{ type: "av-sync", severity: "error" }]);
  expect(Math.abs((report.defects[0]?.startSeconds ?? 0) - 360)).toBeLessThan(60);
  expect(Math.abs(Number(report.defects[0]?.measured["offsetSeconds"]) - 0.1)).toBeLessThan(0.01);
});

it("says of media without such a pattern that it cannot be measured", async () => {
  const file = await makeClip({
    inputs: ["testsrc2=s=160x90:r=25:d=3", "sine=f=440:d=3"],
    options: [...h264, "-c:a", "aac"],
    extension: "mp4",
  });
  const report = await checking.check(file, ["av-sync"]);
  expect(report).toMatchObject({ defects: [], sync: [{ track: 0, state: "not-measurable" }] });
});
