import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import { loadPolicy, policyHash, wantedSignals } from "../../src/analyzers/index.js";
import { type Engine, openEngine } from "../../src/engine.js";
import { identifyLive, parseJob } from "../../src/ingest/index.js";
import { followStream } from "../../src/live/follow-stream.js";
import { openStreamLife } from "../../src/live/stream-life.js";
import { openLog } from "../../src/log.js";
import { openMetrics } from "../../src/metrics.js";
import { cutTransport, serveParts } from "../support/part-server.js";

let engine: Engine;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "framewatch-ll-hls-"));
  const config = { workDir: folder, redisUrl: undefined, allowHosts: [], allowLocal: [], allowListen: [], models: undefined };
  engine = await openEngine({ config, trusted: true, models: false, log: openLog("error"), metrics: openMetrics() });
});
afterAll(async () => {
  await engine.close();
  await rm(folder, { recursive: true });
});

const partSeconds = 0.5;

/** Three segments of 4 s in parts of half a second, black from 9 s on. */
async function makeSegments(): Promise<Buffer[][]> {
  const picture = "testsrc2=s=160x90:r=25:d=12,drawbox=t=fill:c=black:enable='gte(t,9)'";
  const coded = ["-c:v", "libx264", "-preset", "ultrafast", "-threads", "1", "-g", "25", "-sc_threshold", "0"];
  const cut = ["-f", "hls", "-hls_time", "4", "-hls_playlist_type", "vod", "-hls_segment_filename", "v%d.ts", "v.m3u8"];
  await promisify(execFile)("ffmpeg", ["-v", "error", "-f", "lavfi", "-i", picture, ...coded, ...cut], { cwd: folder });
  return Promise.all([0, 1, 2].map(async (index) => cutTransport(await readFile(path.join(folder, `v${index}.ts`)), 8)));
}

it("a black in a stream of LL-HLS is told before the segment is complete in which it is", async () => {
  const served = await serveParts([{ name: "v", segments: await makeSegments(), partSeconds }], { shown: 17, end: "open" });
  const policy = loadPolicy({ version: 1, name: "dark", detectors: { black: { parameters: { minimumSeconds: 1 } } } });
  const source = served.url("v.m3u8").href;
  const job = identifyLive(parseJob({ source, mode: "live" }), policyHash(policy));
  const only = ["black"];
  const told: string[] = [];
  const enough = new AbortController();
  const opened = await engine.openLive(source, folder, 20, () => undefined);
  const life = openStreamLife({
    ...{ job, policy, only, source: opened, startedAtMilliseconds: Date.now(), now: Date.now },
    listener: {
      media: () => undefined,
      block: () => undefined,
      input: () => undefined,
      mark: () => undefined,
      found(events) {
        told.push(...events.map(({ kind, defect }) => `${kind} ${defect.type}`));
        if (told.length > 0) enough.abort();
      },
    },
  });
  const signal = AbortSignal.any([enough.signal, AbortSignal.timeout(60_000)]);
  try {
    await followStream({ engine, job, policy, source: opened, wanted: wantedSignals(policy, only), signal }, life);
  } catch (error) {
    if (!enough.signal.aborted) throw error;
  } finally {
    await opened.close();
    served.close();
  }
  expect(told).toEqual(["opened black"]);
  expect(served.asked).toContain("v2.0");
  expect(served.asked).not.toContain("v2");
});
