import { randomUUID } from "node:crypto";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { type Engine, openEngine } from "../src/engine.js";
import { FramewatchError } from "../src/errors.js";
import { parseJob } from "../src/ingest/index.js";
import { openLog } from "../src/log.js";
import { openMetrics } from "../src/metrics.js";
import type { Alert } from "../src/notifier/index.js";
import { openStore } from "../src/open-store.js";
import type { JobContext } from "../src/job-in-hand.js";
import { runJob } from "../src/run-job.js";
import { h264, legalColors, makeClip, movingPicture, warble } from "./media/make.js";
import { damagedStream, mp4, transportStream } from "./media/film.js";
import { type Analysed, analysedIn } from "./support/analysed.js";

let engine: Engine;
let workDir: string;
let folder: string;
const told: string[] = [];

beforeAll(async () => {
  workDir = await mkdtemp(path.join(tmpdir(), "framewatch-work-"));
  const log = { ...openLog("error"), info: (...line: unknown[]) => told.push(String(line.at(-1))) } as unknown as Engine["log"];
  engine = await openEngine({
    config: { allowHosts: [], allowLocal: [], allowListen: [], models: undefined, redisUrl: undefined, workDir },
    trusted: true,
    models: true,
    log,
    metrics: openMetrics(),
  });
});
afterAll(async () => {
  // Nothing of a job that is over lies in the work folder.
  expect(await readdir(engine.workDir)).toEqual([]);
  await engine.close();
  await rm(workDir, { recursive: true });
});

beforeEach(async () => {
  told.splice(0);
  folder = await mkdtemp(path.join(tmpdir(), "framewatch-identity-"));
});
afterEach(() => rm(folder, { recursive: true }));

/** What a job on a machine of so many cores is run with; `output` and `alerts` are where it leaves what it finds. */
function contextOf(cores: number, output: string, alerts: Alert[]): JobContext {
  const store = openStore(path.join(folder, output));
  return {
    engine: { ...engine, cores },
    output: store,
    state: store,
    sinks: [{ name: "test", publish: async (alert) => void alerts.push(alert), close: () => {} }],
    lease: { check: () => {} },
    signal: new AbortController().signal,
  };
}

/** Analyses a file as a machine of so many cores does: with one core files of up to a minute are not cut. */
async function analyse(file: string, cores: number, more: Pick<JobContext, "range"> = {}): Promise<Analysed> {
  const alerts: Alert[] = [];
  const context = contextOf(cores, `${cores} cores ${randomUUID()}`, alerts);
  const { id } = await runJob(parseJob({ version: 1, source: file }), { ...context, ...more });
  return analysedIn(context.state.under(`${id}/`), alerts);
}

const uncutPasses = new Map<string, Promise<Analysed>>();

/** The report of one pass that cuts nothing; of each file once. */
function uncutPass(file: string): Promise<Analysed> {
  const pass = uncutPasses.get(file) ?? analyse(file, 1);
  uncutPasses.set(file, pass);
  return pass;
}

const typesIn = ({ report }: Analysed) => report.defects.map(({ type }) => type);
const uncutAfterAll = "the picture's segments do not join, so it is analysed uncut";

test.each([
  ["an MP4 with open groups of pictures and AAC", mp4, ["black", "silence", "freeze"]],
  ["a transport stream with AC-3", transportStream, ["black", "silence", "freeze"]],
  [
    "a Matroska file with AC-3",
    { ...mp4, options: [...mp4.options, "-c:a", "ac3"], extension: "mkv" },
    ["black", "silence", "freeze"],
  ],
  ["a picture without sound", { ...mp4, inputs: mp4.inputs.slice(0, 1) }, ["black", "freeze"]],
  ["sound without a picture", { inputs: mp4.inputs.slice(1), options: ["-c:a", "aac"], extension: "mp4" }, ["silence"]],
  [
    "a picture that ends long before its sound",
    { ...mp4, inputs: [movingPicture({ seconds: 9 }), ...mp4.inputs.slice(1)] },
    ["silence", "duration-mismatch"],
  ],
  [
    "a picture whose last frame outlasts segments",
    {
      inputs: [movingPicture({ seconds: 9 })],
      options: [...h264, "-bf", "0", "-bsf:v", "setts=duration='if(eq(N,224),15/TB,DURATION)'"],
      extension: "mp4",
    },
    [],
  ],
] as const)("the report on %s is that of an uncut pass, however it is cut", async (_, recipe, types) => {
  const file = await makeClip(recipe);
  const uncut = await uncutPass(file);
  expect(typesIn(uncut)).toEqual(types);
  expect(uncut.report.media).toMatchObject({ complete: true });
  expect(await analyse(file, 6)).toEqual(uncut);
  expect(told).not.toContain(uncutAfterAll);
});

/** The same picture cut and uncut; whether it had to be analysed uncut after all. */
async function cutAndUncut(file: string, more: Pick<JobContext, "range"> = {}): Promise<{ uncut: Analysed; redone: boolean }> {
  const uncut = await analyse(file, 1, more);
  expect(told).not.toContain(uncutAfterAll);
  expect(await analyse(file, 6, more)).toEqual(uncut);
  return { uncut, redone: told.includes(uncutAfterAll) };
}

test("a damaged transport stream has the report of an uncut pass, its errors included", async () => {
  const { uncut } = await cutAndUncut(await makeClip(damagedStream));
  expect(typesIn(uncut).some((type) => type === "decode-error" || type === "block-corruption")).toBe(true);
  expect(uncut.report.verdict).toBe("fail");
});

test("frames off the grid, some of which last longer than a segment, are those of an uncut pass", async () => {
  const timing = "setpts='PTS+if(gte(N,60),9/TB,0)+if(gte(N,150),7/TB,0)+0.013*mod(N,3)/TB'";
  const file = await makeClip({
    inputs: [`${movingPicture({ seconds: 9 })},settb=1/90000,${timing}`],
    options: [
      "-c:v",
      "libx264",
      "-preset",
      "veryfast",
      "-pix_fmt",
      "yuv420p",
      "-bf",
      "2",
      "-fps_mode",
      "passthrough",
      "-enc_time_base",
      "1/90000",
    ],
    extension: "mp4",
  });
  const { uncut, redone } = await cutAndUncut(file);
  expect(redone).toBe(false);
  expect(uncut.report.media).toMatchObject({ complete: true, video: { frames: 225 } });
});

test("keyframes further apart than a segment is long make no difference", async () => {
  const options = [
    "-c:v",
    "libx264",
    "-preset",
    "veryfast",
    "-pix_fmt",
    "yuv420p",
    "-g",
    "10000",
    "-sc_threshold",
    "0",
    "-keyint_min",
    "10000",
  ];
  const { redone } = await cutAndUncut(await makeClip({ ...mp4, options: [...options, "-c:a", "aac"] }));
  expect(redone).toBe(false);
});

test.each([
  ["little, so that a segment sees it", 9, 6],
  ["far, so that seeks land on either side of it", 12, 2],
] as const)("time that jumps back %s gives the report of an uncut pass, and no other alerts", async (_, seconds, offset) => {
  const options = ["-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p", "-g", "25", "-c:a", "ac3"];
  const dark = `color=black:s=160x90:r=25:d=3[black];testsrc2=s=160x90:r=25:d=${seconds - 3},${legalColors}[on];[on][black]concat`;
  const second = {
    inputs: [dark, warble({ seconds, hertz: 300 })],
    options: [...options, "-output_ts_offset", `${offset}`],
    extension: "ts",
  };
  const file = await makeClip({
    inputs: [movingPicture({ seconds }), warble({ seconds })],
    options,
    extension: "ts",
    edits: [{ edit: "append", clip: second }],
  });
  const { uncut, redone } = await cutAndUncut(file);
  expect(redone).toBe(true);
  expect(uncut.report.media?.video?.frames).toBe(2 * seconds * 25);
  expect(typesIn(uncut)).toContain("black");
});

test("a transport stream without sound, whose time jumps back, is not cut", async () => {
  const clip = { inputs: [movingPicture({ seconds: 12 })], options: ["-c:v", "mpeg2video", "-g", "15"], extension: "ts" };
  const file = await makeClip({ ...clip, edits: [{ edit: "append", clip }] });
  const { uncut, redone } = await cutAndUncut(file);
  expect(redone).toBe(false);
  expect(uncut.report.media?.video?.frames).toBe(600);
});

test.each([
  ["an MP4", mp4],
  ["a transport stream", transportStream],
] as const)("a range of %s is judged as that range of the whole, on the same clock", async (_, recipe) => {
  const file = await makeClip(recipe);
  const whole = await uncutPass(file);
  const { uncut } = await cutAndUncut(file, { range: { startSeconds: 2.3, durationSeconds: 13.5 } });
  const times = ({ report }: Analysed) =>
    report.defects.map(({ type, startSeconds, endSeconds }) => ({ type, startSeconds, endSeconds }));
  expect(times(uncut)).toEqual(times(whole));
});

test("a job that was interrupted goes on where it was, also on a machine with another number of cores", async () => {
  const file = await makeClip(mp4);
  const alerts: Alert[] = [];
  const interrupt = new AbortController();
  const reason = new FramewatchError("interrupted", "The process stops.");
  const first = runJob(parseJob({ version: 1, source: file }), {
    ...contextOf(6, "both", alerts),
    signal: interrupt.signal,
    listener: { progress: ({ doneRatio }) => doneRatio > 0.4 && interrupt.abort(reason) },
  });
  await expect(first).rejects.toBe(reason);
  const context = contextOf(3, "both", alerts);
  const { id } = await runJob(parseJob({ version: 1, source: file }), context);

  const state = await readdir(path.join(folder, "both", id, ".state"), { recursive: true });
  expect(state.filter((name) => /plan-|\.signals$/.test(name))).toEqual([]);
  const once = [...new Map(alerts.map((alert) => [alert.id, alert])).values()];
  expect(await analysedIn(context.state.under(`${id}/`), once)).toEqual(await uncutPass(file));
});
