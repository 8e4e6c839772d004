import { once } from "node:events";
import { copyFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { loadPolicy, policyHash, wantedSignals } from "../../src/analyzers/index.js";
import type { PlacedMark } from "../../src/decoder/index.js";
import { type Engine, openEngine } from "../../src/engine.js";
import { identifyLive, parseJob } from "../../src/ingest/index.js";
import { followStream } from "../../src/live/follow-stream.js";
import { openStreamLife } from "../../src/live/stream-life.js";
import { openLog } from "../../src/log.js";
import { openMetrics } from "../../src/metrics.js";
import { addCaptions } from "../accuracy/damage-captions.js";
import { makeClip } from "../media/make.js";
import { addSpliceTrack, spliceInsert } from "../support/splice-track.js";

let engine: Engine;
let folder: string;
let server: Server;
let origin: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "framewatch-beside-live-"));
  const config = { workDir: folder, redisUrl: undefined, allowHosts: [], allowLocal: [], allowListen: [], models: undefined };
  engine = await openEngine({ config, trusted: true, models: false, log: openLog("error"), metrics: openMetrics() });
  // All that was sent comes at once, and the connection stays: nothing in here waits for a clock.
  server = createServer(async (request, response) => {
    response.writeHead(200, { "content-type": "video/mp2t" });
    response.write(await readFile(path.join(folder, request.url ?? "")));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  await engine.close();
  server.closeAllConnections();
  server.close();
  await rm(folder, { recursive: true });
});

const strict = { parameters: { maximumSignalGapSeconds: 5, maximumContentGapSeconds: 8 } };

/** ffmpeg begins its transport streams at this time stamp. */
const firstStamp = 1.4;

interface Told {
  /** `opened content at 6.0`, in seconds from the first picture on. */
  readonly defects: string[];
  readonly marks: PlacedMark[];
}

/** Follows a file that is sent as a live stream until `isEnough`; tells the defects and the splice marks of it. */
async function follow(name: string, isEnough: (told: Told) => boolean): Promise<Told> {
  const policy = loadPolicy({ version: 1, name: "captions", detectors: { "caption-missing": strict } });
  const source = `${origin}/${name}`;
  const job = identifyLive(parseJob({ source, mode: "live" }), policyHash(policy));
  const enough = new AbortController();
  const told: Told = { defects: [], marks: [] };
  const opened = await engine.openLive(source, folder, 20, () => undefined);
  const only = ["caption-missing"];
  const noted = (): void => {
    if (isEnough(told)) enough.abort();
  };
  const life = openStreamLife({
    ...{ job, policy, only, source: opened, startedAtMilliseconds: Date.now(), now: Date.now },
    listener: {
      media: () => undefined,
      block: () => undefined,
      input: () => undefined,
      mark(mark) {
        told.marks.push({ ...mark, startSeconds: Number(stampAt(mark.startSeconds)) });
        noted();
      },
      found(events) {
        for (const { kind, defect } of events) {
          told.defects.push(`${kind} ${defect.kind} at ${stampAt(defect.endSeconds ?? defect.startSeconds)}`);
        }
        noted();
      },
    },
  });
  const stampAt = (seconds: number): string => ((life.momentAt(seconds).sourceSeconds ?? Number.NaN) - firstStamp).toFixed(1);
  try {
    await followStream({ engine, job, policy, source: opened, wanted: wantedSignals(policy, only), signal: enough.signal }, life);
  } catch (error) {
    if (!enough.signal.aborted) throw error;
  } finally {
    await opened.close();
  }
  return told;
}

it("captions of which only the stuffing is left are missing while the stream goes on, and its splice marks are told", async () => {
  const clip = await makeClip({
    inputs: ["testsrc2=s=160x90:r=25:d=20", "sine=d=20"],
    options: ["-c:v", "libx264", "-preset", "ultrafast", "-bf", "0", "-g", "50", "-c:a", "aac", "-shortest"],
    extension: "ts",
  });
  const file = path.join(folder, "channel.ts");
  await copyFile(clip, file);
  await addCaptions(file, 25, (frame) => (frame >= 150 && frame < 400 ? "stuffing" : "text"));
  const message = spliceInsert(7, firstStamp + 8, 30);
  await addSpliceTrack(file, [
    { place: 0.2, section: message },
    { place: 0.3, section: message },
  ]);
  const { defects, marks } = await follow("channel.ts", ({ defects: { length } }) => length >= 2);
  expect(defects).toEqual(["opened content at 6.0", "resolved content at 16.0"]);
  expect(marks).toEqual([
    expect.objectContaining({ command: "splice-insert", eventId: 7, outOfNetwork: true, durationSeconds: 30, startSeconds: 8 }),
    expect.objectContaining({ eventId: 7, startSeconds: 8 }),
  ]);
});

it("captions are read on where an encoder begins anew, and its clock with it", async () => {
  const sent = await readFile(path.join(folder, "channel.ts"));
  await writeFile(path.join(folder, "again.ts"), Buffer.concat([sent, sent]));
  const { defects } = await follow("again.ts", ({ defects: { length } }) => length >= 4);
  const each = ["opened content at 6.0", "resolved content at 16.0"];
  expect(defects).toEqual([...each, ...each]);
});
