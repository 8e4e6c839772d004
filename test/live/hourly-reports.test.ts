import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type LaneSignals, loadPolicy, planLanes, policyHash, type SignalBlock } from "../../src/analyzers/index.js";
import { emptyBlock } from "../../src/analyzers/signal-block.js";
import { loadConfig } from "../../src/config.js";
import { type Engine, openEngine } from "../../src/engine.js";
import { identifyLive, parseJob } from "../../src/ingest/index.js";
import { type LiveReports, openLiveReports, type ReportingJob } from "../../src/live/hourly-reports.js";
import { openLog } from "../../src/log.js";
import { openMetrics } from "../../src/metrics.js";
import { defectEntry } from "../../src/notifier/defect-entry.js";
import { type Alert, type DefectEntry, type Evidence, type Report, reportSchema } from "../../src/notifier/index.js";
import { openFolderStore } from "../../src/store-folder.js";
import { exampleDefect, exampleJob, exampleMedia } from "../notifier/examples.js";

const began = Date.parse("2026-11-21T09:58:00Z");
const policy = loadPolicy("default");
const media = { ...exampleMedia, audio: [] };

let engine: Engine;
let folder: string;
let now: number;
/** What there is of evidence, by defect. */
let made: Map<string, Evidence>;
let forgotten: string[];
beforeAll(async () => {
  const config = loadConfig({ FRAMEWATCH_WORK_DIR: tmpdir() });
  engine = await openEngine({
    config,
    trusted: true,
    models: false,
    log: openLog("error", () => undefined),
    metrics: openMetrics(),
  });
});
afterAll(() => engine.close());
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "framewatch-hours-"));
  [now, made, forgotten] = [began, new Map(), []];
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const output = () => openFolderStore(path.join(folder, "out"));
const seconds = () => (now - began) / 1000;
const life = () => ({ nowSeconds: seconds(), judged: true, off: [] });

async function open(toldBefore: readonly Alert[] = [], run = 1): Promise<LiveReports> {
  const job = identifyLive(parseJob({ id: "channel-1", source: "udp://239.0.0.1:5000", mode: "live" }), policyHash(policy));
  const alerts = { toldBefore: { alerts: toldBefore, isAll: true } };
  const inHand: ReportingJob = { job, policy, run, engine, output: output(), alerts, check: () => undefined };
  const reports = await openLiveReports(inHand, {
    folder: path.join(folder, "work"),
    startSeconds: seconds(),
    now: () => now,
    evidence: () => ({ made: (id) => ({ evidence: made.get(id) ?? {} }), forget: (id) => void forgotten.push(id) }),
  });
  reports.media(media, lanes());
  return reports;
}

function lanes(): LaneSignals[] {
  return planLanes({ media, profile: "full", wanted: new Set(["luma.darkRatio"]), models: [] });
}

/** A second of pictures. */
function second(): SignalBlock {
  const [lane] = lanes().filter(({ lane: { name } }) => name === "picture");
  if (lane === undefined) throw new Error("There is no picture.");
  const block = emptyBlock(lane.signals, 25);
  block.pts.set(block.pts.map((_, index) => seconds() + index / 25));
  return { lane: lane.lane, startIndex: 0, ...block, discontinuityBefore: false };
}

function black(endSeconds?: number): DefectEntry {
  const entry = defectEntry(exampleDefect({ id: "black-1", startSeconds: 60 }), media);
  return endSeconds === undefined ? entry : { ...entry, endSeconds };
}

async function pass(reports: LiveReports, passing: number): Promise<void> {
  now += passing * 1000;
  reports.push(second());
  await reports.roll(life());
}

async function reportOf(hour: string): Promise<Report | undefined> {
  const bytes = await output().get(`channel-1/${hour}/report.json`);
  return bytes === undefined ? undefined : reportSchema.parse(JSON.parse(bytes.toString("utf8")));
}

describe("the reports of a live stream", () => {
  it("are one for each UTC hour; what is open over the hour stands in both, its evidence where it began", async () => {
    const reports = await open();
    await pass(reports, 60);
    reports.tell({ time: new Date(now).toISOString(), change: "opened", defect: black() });
    made.set("black-1", { clip: "evidence/black-1.mp4" });
    await pass(reports, 70);
    await pass(reports, 60);
    expect(await reportOf("2026-11-21T09Z")).toMatchObject({
      media: { range: { startSeconds: 0, endSeconds: 130 } },
      defects: [{ id: "black-1", evidence: { clip: "evidence/black-1.mp4" } }],
    });
    expect(forgotten).toEqual([]);
    reports.tell({ time: new Date(now).toISOString(), change: "resolved", defect: black(180) });
    await pass(reports, 3600);
    expect(await reportOf("2026-11-21T10Z")).toMatchObject({
      media: { range: { startSeconds: 130, endSeconds: 3790 } },
      defects: [{ id: "black-1", endSeconds: 180, evidence: { clip: "../2026-11-21T09Z/evidence/black-1.mp4" } }],
    });
    expect(forgotten, "nothing of it is needed any more").toEqual(["black-1"]);
    const { report } = await reports.finish(life());
    expect(report.defects).toEqual([]);
    expect(await readdir(path.join(folder, "out/channel-1"))).toEqual(["2026-11-21T09Z", "2026-11-21T10Z", "2026-11-21T11Z"]);
    reports.close();
  });

  it("list splice marks, each once however often its message was sent, and those of an earlier process", async () => {
    const splice = { command: "splice-insert", eventId: 7, outOfNetwork: true } as const;
    const first = await open();
    first.mark({ ...splice, startSeconds: 12, sentSeconds: 4 });
    first.mark({ ...splice, startSeconds: 12.001, sentSeconds: 8 });
    await pass(first, 61);
    first.close();
    const reports = await open();
    reports.mark({ ...splice, startSeconds: 12, sentSeconds: 10 });
    reports.mark({ ...splice, outOfNetwork: false, startSeconds: 70, sentSeconds: 66 });
    const { report } = await reports.finish(life());
    reports.close();
    expect(report.markers).toEqual([
      { kind: "scte-35", ...splice, startSeconds: 12, sentSeconds: 4 },
      { kind: "scte-35", ...splice, outOfNetwork: false, startSeconds: 70, sentSeconds: 66 },
    ]);
  });

  it("are written later when the output was away at the hour, and leave no file behind that was written", async () => {
    const reports = await open();
    await pass(reports, 10);
    const inTheWay = path.join(folder, "out/channel-1/2026-11-21T09Z");
    await mkdir(path.dirname(inTheWay), { recursive: true });
    await writeFile(inTheWay, "");
    await pass(reports, 120);
    expect(await readdir(path.join(folder, "work"))).toEqual(["2026-11-21T09Z", "2026-11-21T10Z"]);
    await rm(inTheWay);
    await pass(reports, 60);
    expect(await reportOf("2026-11-21T09Z")).toMatchObject({ performance: { frames: 50 } });
    expect(await readdir(path.join(folder, "work"))).toEqual(["2026-11-21T10Z"]);
    reports.close();
  });

  it("hold what another process reported and told of the hour before it died", async () => {
    const first = await open();
    await pass(first, 61);
    first.close();
    const opened = { ...exampleAlert(black()), time: new Date(now).toISOString() };
    const reports = await open([opened]);
    await pass(reports, 20);
    const { report } = await reports.finish(life());
    expect(report).toMatchObject({
      media: { range: { startSeconds: 0, endSeconds: 81 } },
      defects: [{ id: "black-1" }],
      performance: { frames: 50 },
    });
    reports.close();
    const anew = await open([], 2);
    await pass(anew, 1);
    expect((await anew.finish(life())).report).toMatchObject({ defects: [], performance: { frames: 25 } });
    anew.close();
  });
});

function exampleAlert(defect: DefectEntry): Alert {
  return {
    ...{
      specversion: "1.0",
      id: "alert-1",
      source: "/framewatch/jobs/channel-1",
      subject: "channel-1",
      datacontenttype: "application/json",
    },
    ...{ type: "framewatch.defect.opened", time: "" },
    data: { jobId: exampleJob.id, source: "", labels: {}, sequence: 1, incidentKey: "key", defect },
  };
}
