import { existsSync, readdirSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import sharp from "sharp";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { runChild } from "../../../src/ffmpeg.js";
import { openRing } from "../../../src/ingest/live/ring.js";
import { openLog } from "../../../src/log.js";
import { type LiveIncident, openEvidenceQueue, openIncidentEvidence, type OverIncident } from "../../../src/notifier/index.js";
import type { LiveRing } from "../../../src/ingest/index.js";
import { openFolderStore } from "../../../src/store-folder.js";
import { filmWithBlack, type RecordedRing, recordRing } from "./recorded-ring.js";
import { openVirtualClock, type VirtualClock } from "./virtual-clock.js";

const never = new AbortController().signal;
const x264 = { codecs: ["libx264"] } as const;
let folder: string;
let lines: string[];

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "framewatch-evidence-"));
  lines = [];
});
afterEach(() => rm(folder, { recursive: true, force: true }));

function open(ring: LiveRing, clock: VirtualClock, changes: Partial<Parameters<typeof openIncidentEvidence>[0]> = {}) {
  return openIncidentEvidence({
    ring,
    store: openFolderStore(path.join(folder, "store")),
    folder: path.join(folder, "scratch"),
    encoder: x264,
    queue: openEvidenceQueue(clock),
    clock,
    log: openLog("info", (line) => lines.push(line)),
    signal: never,
    ...changes,
  });
}

function incidentAt(ring: RecordedRing, seconds: number, changes: Partial<LiveIncident> = {}): LiveIncident {
  return {
    ...{ id: "black-1", type: "black", medium: "video", severity: "error", track: 0, reportPrefix: "2026-01-02T03/" },
    start: { atMilliseconds: ring.arrivalOf(seconds), sourceSeconds: ring.sourceSecondsOf(seconds) },
    ...changes,
  };
}

function over(ring: RecordedRing, incident: LiveIncident, seconds: number): OverIncident {
  return { ...incident, end: { atMilliseconds: ring.arrivalOf(seconds), sourceSeconds: ring.sourceSecondsOf(seconds) } };
}

/** Where a piece of evidence lies on disk. */
const stored = (name: string) => path.join(folder, "store/2026-01-02T03/evidence", name);

interface Played {
  readonly formats: string;
  readonly seconds: number;
  /** From, until: where the picture is black. */
  readonly black: readonly (readonly [number, number])[];
  /** Level of the sound; absent where there is none. */
  readonly meanVolumeDb?: number;
}

async function play(file: string): Promise<Played> {
  const entries = "stream=codec_name,profile,pix_fmt,sample_rate:format=duration";
  const probed = await runChild({
    program: "ffprobe",
    arguments: ["-v", "error", "-show_entries", entries, "-of", "csv=p=0", file],
    signal: never,
  });
  const [duration, ...formats] = probed.stdout.toString().trim().split("\n").toReversed();
  const black: (readonly [number, number])[] = [];
  let volume: number | undefined;
  await runChild({
    program: "ffmpeg",
    arguments: ["-i", file, "-vf", "blackdetect=d=0.1", "-af", "volumedetect", "-f", "null", "-"],
    signal: never,
    line(text) {
      const [, start, end] = /black_start:([\d.]+) black_end:([\d.]+)/.exec(text) ?? [];
      if (start !== undefined && end !== undefined) black.push([Number(start), Number(end)]);
      const level = /mean_volume: (-?[\d.]+) dB/.exec(text)?.[1];
      if (level !== undefined) volume = Number(level);
    },
  });
  return {
    formats: formats.toReversed().join(" "),
    seconds: Number(duration),
    black,
    ...(volume === undefined ? {} : { meanVolumeDb: volume }),
  };
}

async function brightness(file: string): Promise<number> {
  return (await sharp(file).stats()).channels[0]?.mean ?? Number.NaN;
}

async function expectNear(played: Played, seconds: number, black: readonly [number, number]): Promise<void> {
  expect(Math.abs(played.seconds - seconds)).toBeLessThan(0.1);
  expect(played.black).toHaveLength(1);
  for (const [index, at] of black.entries()) expect(Math.abs((played.black[0]?.[index] ?? 0) - at)).toBeLessThan(0.05);
}

describe("the evidence of an incident that is still open", () => {
  test("is there when what follows its start has arrived: a clip any browser plays, with sound, and two pictures", async () => {
    const ring = await recordRing(filmWithBlack(18));
    const clock = openVirtualClock(ring.arrivalOf(22));
    const evidence = open(ring, clock);
    const incident = incidentAt(ring, 20, { region: { x: 20, y: 20, width: 40, height: 30 } });
    evidence.opened(incident);
    clock.goTo(ring.arrivalOf(25.2));
    expect(ring.cuts).toBe(0);
    clock.goTo(ring.arrivalOf(25.3));
    await evidence.finish();

    expect(evidence.made("black-1").evidence).toEqual({
      thumbnail: "evidence/black-1.jpg",
      before: "evidence/black-1-before.jpg",
      clip: "evidence/black-1.mp4",
    });
    expect(evidence.expected(incident)).toEqual(evidence.made("black-1").evidence);
    const played = await play(stored("black-1.mp4"));
    expect(played.formats).toBe("h264,High,yuv420p aac,LC,48000");
    await expectNear(played, 10, [5, 10]);
    expect(played.meanVolumeDb).toBeGreaterThan(-40);
    expect(await brightness(stored("black-1.jpg"))).toBeLessThan(25);
    expect(await brightness(stored("black-1-before.jpg"))).toBeGreaterThan(60);
    expect(evidence.made("black-1").pictures).toEqual({ at: expect.any(Buffer), before: expect.any(Buffer) });
    await evidence.close();
    expect(existsSync(path.join(folder, "scratch"))).toBe(false);
    expect(lines).toEqual([]);
  });

  test("lies at the right place in a stream whose time stamps begin again, and in one whose are not known", async () => {
    const wrap = 2 ** 33 / 90_000;
    const wrapping = await recordRing({ ...filmWithBlack(18), originSeconds: wrap - 12 });
    const ring = await recordRing(filmWithBlack(18));
    const incidents: [RecordedRing, LiveIncident][] = [
      [wrapping, incidentAt(wrapping, 20, { id: "counted-on" })],
      [
        wrapping,
        incidentAt(wrapping, 20, { id: "begun-again", start: { atMilliseconds: wrapping.arrivalOf(20), sourceSeconds: 8 } }),
      ],
      [ring, incidentAt(ring, 20, { id: "unknown", start: { atMilliseconds: ring.arrivalOf(20) } })],
      [
        ring,
        incidentAt(ring, 20, { id: "of-another-clock", start: { atMilliseconds: ring.arrivalOf(20), sourceSeconds: 7000 } }),
      ],
    ];
    for (const [itsRing, incident] of incidents) {
      const evidence = open(itsRing, openVirtualClock(itsRing.arrivalOf(26)));
      evidence.opened(incident);
      await evidence.finish();
      await evidence.close();
      const [from, until] = (await play(stored(`${incident.id}.mp4`))).black[0] ?? [];
      // Bytes arrive a moment before their frame is due.
      const near = incident.start.sourceSeconds === 7000 || incident.start.sourceSeconds === undefined ? 0.7 : 0.05;
      expect(Math.abs((from ?? 0) - 5), incident.id).toBeLessThan(near);
      expect(Math.abs((until ?? 0) - 10), incident.id).toBeLessThan(0.1);
    }
  });

  test("is made from the ring that live sources keep on disk", async () => {
    const recorded = await recordRing(filmWithBlack(18));
    let now = 0;
    const log = openLog("info", (line) => lines.push(line));
    const ring = openRing({ folder, now: () => now, log });
    recorded.replay((bytes, atMilliseconds, tables) => {
      now = atMilliseconds;
      if (now < recorded.arrivalOf(26)) ring.write(bytes, () => tables);
    });
    now = recorded.arrivalOf(26);
    const evidence = open(ring, openVirtualClock(now));
    evidence.opened(incidentAt(recorded, 20));
    await evidence.finish();
    await expectNear(await play(stored("black-1.mp4")), 10, [5, 10]);
    expect(await brightness(stored("black-1-before.jpg"))).toBeGreaterThan(60);
    await evidence.close();
    await ring.close();
    expect(lines).toEqual([]);
  });

  test("is a clip alone where sound is concerned, and where there is only sound", async () => {
    const ring = await recordRing({ seconds: 40 });
    const clock = openVirtualClock(ring.arrivalOf(26));
    const evidence = open(ring, clock);
    evidence.opened(incidentAt(ring, 20, { id: "silence-1", type: "silence", medium: "audio" }));
    await evidence.finish();
    expect(evidence.made("silence-1").evidence).toEqual({ clip: "evidence/silence-1.mp4" });
    const played = await play(stored("silence-1.mp4"));
    expect(played.formats).toBe("aac,LC,48000");
    expect(Math.abs(played.seconds - 10)).toBeLessThan(0.1);
    await evidence.close();
  });
});

test("the picture of a stall is the last one that came, which players go on to show; then comes the new connection's first", async () => {
  const ring = await recordRing(filmWithBlack(18));
  // 2 s into the black the connection is lost; it is back 14 s later, and its first keyframe comes with the end of the black.
  const [lost, back] = [ring.arrivalOf(22), ring.arrivalOf(36)];
  const stretches: LiveRing = {
    cut: (from, until, file) =>
      from < lost ? ring.cut(from, Math.min(until, lost), file) : ring.cut(Math.max(from, back), Math.max(until, back), file),
  };
  const clock = openVirtualClock(ring.arrivalOf(28));
  const evidence = open(stretches, clock);
  const start = { atMilliseconds: lost, sourceSeconds: ring.sourceSecondsOf(22) };
  const stall = incidentAt(ring, 22, { id: "stall-1", type: "stall", medium: "stream", start });
  evidence.opened(stall);
  clock.goTo(ring.arrivalOf(37));
  evidence.resolved({ ...stall, end: { atMilliseconds: ring.arrivalOf(37) } });
  await evidence.finish();
  expect(Object.keys(evidence.made("stall-1").evidence).toSorted()).toEqual(["after", "before", "clip", "thumbnail"]);
  expect(await brightness(stored("stall-1.jpg"))).toBeLessThan(25);
  expect(await brightness(stored("stall-1-after.jpg"))).toBeGreaterThan(60);
  expect((await play(stored("stall-1.mp4"))).seconds).toBeCloseTo(5, 0);
  await evidence.close();
  expect(lines).toEqual([]);
});

describe("the evidence of an incident that is over", () => {
  test("of a short one is a clip of the whole, and a picture from after it", async () => {
    const ring = await recordRing(filmWithBlack(8));
    const clock = openVirtualClock(ring.arrivalOf(22));
    const evidence = open(ring, clock);
    const incident = incidentAt(ring, 20);
    evidence.opened(incident);
    clock.goTo(ring.arrivalOf(28));
    evidence.resolved(over(ring, incident, 28));
    clock.goTo(ring.arrivalOf(33.3));
    await evidence.finish();
    await expectNear(await play(stored("black-1.mp4")), 18, [5, 13]);
    expect(await brightness(stored("black-1.jpg"))).toBeLessThan(25);
    expect(await brightness(stored("black-1-after.jpg"))).toBeGreaterThan(60);
    expect(evidence.made("black-1").evidence.after).toBe("evidence/black-1-after.jpg");
    expect(evidence.made("black-1").pictures?.after).toBeDefined();
    evidence.forget("black-1");
    expect(evidence.made("black-1")).toEqual({ evidence: {} });
    await evidence.close();
  });

  test("is made once where it was over before its first clip was due", async () => {
    const ring = await recordRing(filmWithBlack(2.6));
    const clock = openVirtualClock(ring.arrivalOf(22));
    const queue = openEvidenceQueue(clock);
    const evidence = open(ring, clock, { queue });
    const incident = incidentAt(ring, 20);
    evidence.opened(incident);
    clock.goTo(ring.arrivalOf(22.6));
    evidence.resolved(over(ring, incident, 22.6));
    clock.goTo(ring.arrivalOf(28));
    await evidence.finish();
    expect(queue.counts).toEqual({ begun: 1, skipped: 0 });
    await expectNear(await play(stored("black-1.mp4")), 12.6, [5, 7.6]);
    await evidence.close();
  });

  test("of a long one keeps the clip of its start", async () => {
    const ring = await recordRing(filmWithBlack(18));
    const clock = openVirtualClock(ring.arrivalOf(22));
    const evidence = open(ring, clock);
    const incident = incidentAt(ring, 20);
    evidence.opened(incident);
    // It has lasted for half a minute and more by the wall clock; the ring knows nothing of its end.
    evidence.resolved({ ...incident, end: { atMilliseconds: ring.arrivalOf(60) } });
    await evidence.finish();
    await expectNear(await play(stored("black-1.mp4")), 10, [5, 10]);
    expect(evidence.made("black-1").evidence.after).toBeUndefined();
    await evidence.close();
  });
});

describe("evidence that cannot be made", () => {
  test("is missing, and said to be, where the ring keeps nothing", async () => {
    const ring = await recordRing(filmWithBlack(8));
    const evidence = open({ cut: async () => false }, openVirtualClock(ring.arrivalOf(26)));
    evidence.opened(incidentAt(ring, 20));
    await evidence.finish();
    expect(evidence.made("black-1")).toEqual({ evidence: {} });
    expect(lines.join("")).toContain("nothing is kept of when it began");
    await evidence.close();
  });

  test("is missing where the ring fails, or holds no media", async () => {
    const ring = await recordRing(filmWithBlack(8));
    const failing: LiveRing = { cut: () => Promise.reject(new Error("the disk is full")) };
    const evidence = open(failing, openVirtualClock(ring.arrivalOf(26)));
    evidence.opened(incidentAt(ring, 20));
    await evidence.finish();
    expect(lines.join("")).toContain("the disk is full");
    await evidence.close();
  });

  test("for want of an encoder are clips alone", async () => {
    const ring = await recordRing(filmWithBlack(18));
    const evidence = open(ring, openVirtualClock(ring.arrivalOf(26)), { encoder: { codecs: [] } });
    const incident = incidentAt(ring, 20);
    evidence.opened(incident);
    await evidence.finish();
    expect(Object.keys(evidence.made("black-1").evidence)).toEqual(["thumbnail", "before"]);
    expect(evidence.expected(incident)).not.toHaveProperty("clip");
    expect(lines).toEqual([]);
    await evidence.close();
  });
});

test("closing in the middle of a clip leaves no child, no file and nobody waiting", async () => {
  const ring = await recordRing(filmWithBlack(18, "320x180"));
  const clock = openVirtualClock(ring.arrivalOf(26));
  const evidence = open(ring, clock);
  const incident = incidentAt(ring, 20);
  evidence.opened(incident);
  evidence.opened({ ...incident, id: "black-2" });
  evidence.opened(incidentAt(ring, 24, { id: "black-3" }));
  clock.goTo(ring.arrivalOf(26));
  const scratch = path.join(folder, "scratch");
  const isEncoding = () => existsSync(scratch) && readdirSync(scratch, { recursive: true }).join().includes("clip.mp4");
  await expect.poll(isEncoding, { interval: 5, timeout: 10_000 }).toBe(true);
  await evidence.close();
  expect(existsSync(path.join(folder, "scratch"))).toBe(false);
  expect(existsSync(path.join(folder, "store"))).toBe(false);
  expect(clock.waiting).toBe(0);
  evidence.opened({ ...incident, id: "black-4" });
  expect(clock.waiting).toBe(0);
  expect(lines).toEqual([]);
});

test("a storm of incidents is worked off within bounds, the most severe first, and what is skipped is told", async () => {
  const ring = await recordRing(filmWithBlack(18));
  const clock = openVirtualClock(ring.arrivalOf(22));
  const queue = openEvidenceQueue(clock);
  const evidence = open({ cut: async () => false }, clock, { queue });
  for (let index = 0; index < 50; index += 1) {
    const severity = index % 5 === 4 ? "critical" : "info";
    evidence.opened(incidentAt(ring, 20 + index / 1000, { id: `storm-${index}`, severity }));
  }
  clock.goTo(ring.arrivalOf(26));
  const done = evidence.finish();
  for (let minute = 1; minute <= 3; minute += 1) {
    await expect.poll(() => queue.counts.begun).toBe(Math.min(21, minute * 10));
    clock.goTo(ring.arrivalOf(26 + minute * 61));
  }
  await done;
  expect(queue.counts).toEqual({ begun: 21, skipped: 29 });
  const told = lines.filter((line) => line.includes("too many at once"));
  expect(told).toHaveLength(29);
  expect(told.some((line) => line.includes("critical"))).toBe(false);
  await evidence.close();
});

test("links to what will be there are those of the store, and none for a folder", async () => {
  const ring = await recordRing(filmWithBlack(8));
  const clock = openVirtualClock(ring.arrivalOf(22));
  const plain = openFolderStore(folder);
  const linking = { ...plain, link: async (key: string) => `https://bucket.example/${key}?signature` };
  const evidence = open(ring, clock, { store: linking });
  expect(await evidence.linksOf(incidentAt(ring, 20))).toEqual({
    thumbnail: "https://bucket.example/2026-01-02T03/evidence/black-1.jpg?signature",
    before: "https://bucket.example/2026-01-02T03/evidence/black-1-before.jpg?signature",
    clip: "https://bucket.example/2026-01-02T03/evidence/black-1.mp4?signature",
  });
  const folderEvidence = open(ring, clock, { store: plain });
  expect(await folderEvidence.linksOf(incidentAt(ring, 20))).toBeUndefined();
  const failing = open(ring, clock, { store: { ...plain, link: () => Promise.reject(new Error("no credentials")) } });
  expect(await failing.linksOf(incidentAt(ring, 20))).toBeUndefined();
  expect(lines.join("")).toContain("no credentials");
});

describe("evidence of an incident that began under another process", () => {
  test("is made of what this one has, where there is none, and shows nothing as if it were from before", async () => {
    const ring = await recordRing(filmWithBlack(15));
    const clock = openVirtualClock(ring.arrivalOf(24));
    const evidence = open(ring, clock);
    const incident = incidentAt(ring, 22, { isTakenOver: true });
    expect(evidence.expected(incident)).not.toHaveProperty("before");
    evidence.opened(incident);
    await evidence.finish();
    expect(evidence.made("black-1").evidence).toEqual(evidence.expected(incident));
    expect(existsSync(stored("black-1.mp4"))).toBe(true);
    expect(await brightness(stored("black-1.jpg"))).toBeLessThan(25);
    await evidence.close();
  });

  test("stays as that one made it, also when the incident is over soon", async () => {
    const ring = await recordRing(filmWithBlack(15));
    const clock = openVirtualClock(ring.arrivalOf(24));
    const evidence = open(ring, clock);
    const store = openFolderStore(path.join(folder, "store/2026-01-02T03/"));
    await store.put("evidence/black-1.mp4", "the clip of its start", "video/mp4");
    const incident = incidentAt(ring, 22, { isTakenOver: true });
    evidence.opened(incident);
    evidence.resolved(over(ring, incident, 35));
    await evidence.finish();
    expect(evidence.made("black-1").evidence).toMatchObject({ clip: "evidence/black-1.mp4", after: expect.any(String) });
    expect((await store.get("evidence/black-1.mp4"))?.toString()).toBe("the clip of its start");
    await evidence.close();
  });
});
