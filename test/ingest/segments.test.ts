import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { DecodeOutcome, MediaInfo } from "../../src/decoder/index.js";
import { planHash, planSegments, seamsAgree, segmentKey, segmentsJoin } from "../../src/ingest/segments.js";

const video: NonNullable<MediaInfo["video"]> = {
  streamIndex: 0,
  codec: "h264",
  width: 320,
  height: 180,
  frameRate: 25,
  pixelFormat: "yuv420p",
  bitDepth: 8,
  fullRange: false,
  scan: "progressive",
  rotationDegrees: 0,
  still: false,
};
const audio: MediaInfo["audio"] = [
  { streamIndex: 1, codec: "aac", channels: 2, layout: "stereo", layoutGuessed: false, sampleRateHz: 48000 },
];
const film = (durationSeconds: number): MediaInfo & { durationSeconds: number } => ({
  container: "mov",
  durationSeconds,
  durationDeclared: true,
  originSeconds: 0,
  seekable: true,
  video,
  audio,
});
const { durationSeconds: _, ...endless } = film(1);

const plan = (media: MediaInfo, more: Partial<Parameters<typeof planSegments>[0]> = {}) =>
  planSegments({ media, profile: "full", cores: 2, runInSeconds: 3, ...more });

const ranges = (segments: ReturnType<typeof plan>) =>
  segments.map(({ what, startSeconds, endSeconds }) => [what, startSeconds, ...(endSeconds === undefined ? [] : [endSeconds])]);

describe("planSegments", () => {
  it.each([1e7, 1e12, Number.MAX_VALUE])("does not cut a picture that declares to last %d s, which nothing does", (seconds) => {
    expect(ranges(plan(film(seconds)))).toEqual([
      ["picture", 0],
      ["sound", 0],
    ]);
  });

  it("cuts an hour into minutes, and its sound not at all", () => {
    const segments = plan(film(3600), { cores: 4 });
    expect(segments).toHaveLength(61);
    expect(segments[1]).toEqual({ index: 1, what: "picture", startSeconds: 60, endSeconds: 120, runInSeconds: 3 });
    expect(segments[59]).toEqual({ index: 59, what: "picture", startSeconds: 3540, runInSeconds: 3 });
    expect(segments[60]).toEqual({ index: 60, what: "sound", startSeconds: 0, runInSeconds: 0 });
  });

  it("cuts a short file so that every core decodes as much, but none less than four seconds", () => {
    expect(ranges(plan(film(23), { cores: 4 }))).toEqual([
      ["picture", 0, 8],
      ["picture", 8, 13],
      ["picture", 13, 18],
      ["picture", 18],
      ["sound", 0],
    ]);
    expect(ranges(plan(film(9), { cores: 8 }))).toEqual([
      ["picture", 0, 6],
      ["picture", 6],
      ["sound", 0],
    ]);
    expect(ranges(plan(film(8), { cores: 1 }))).toEqual([
      ["picture", 0],
      ["sound", 0],
    ]);
  });

  it("gives less of the picture to the core that begins with the sound, the less the larger the picture is", () => {
    const without = { ...film(120), audio: [] };
    const large = { ...film(120), video: { ...video, width: 3840, height: 2160 } };
    expect(ranges(plan(without))).toEqual([
      ["picture", 0, 61.5],
      ["picture", 61.5],
    ]);
    expect(ranges(plan(film(120)))[1]).toEqual(["picture", 63.9]);
    expect(ranges(plan(large))[1]).toEqual(["picture", 62.1]);
  });

  it("gives each core as many pieces as every other", () => {
    expect(plan(film(130), { cores: 4 }).filter(({ what }) => what === "picture")).toHaveLength(4);
    expect(plan(film(250), { cores: 4 }).filter(({ what }) => what === "picture")).toHaveLength(4);
    expect(plan(film(400), { cores: 4 }).filter(({ what }) => what === "picture")).toHaveLength(8);
  });

  it("cuts longer pieces where only keyframes are decoded", () => {
    expect(plan(film(3600), { profile: "keyframes" }).filter(({ what }) => what === "picture")).toHaveLength(12);
  });

  it("analyses media that cannot be cut by one child, and what is too short to be", () => {
    expect(ranges(plan(film(7.9), { cores: 8 }))).toEqual([["whole", 0]]);
    expect(ranges(plan(film(7.9), { cores: 8, durationSeconds: 2 }))).toEqual([["whole", 0, 2]]);
    expect(ranges(plan(endless))).toEqual([["whole", 0]]);
    expect(ranges(plan({ ...film(100), seekable: false }, { startSeconds: 5, durationSeconds: 2 }))).toEqual([["whole", 5, 7]]);
  });

  it("leaves out what the media has not", () => {
    const { video: __, ...song } = film(600);
    expect(ranges(plan(song))).toEqual([["sound", 0]]);
    expect(ranges(plan({ ...endless, audio: [] }))).toEqual([["picture", 0]]);
    expect(ranges(plan({ ...film(0.04), video: { ...video, still: true }, audio: [] }))).toEqual([["picture", 0]]);
  });

  it("keeps to the range asked for and to the longest allowed", () => {
    expect(ranges(plan(film(100), { startSeconds: 30, durationSeconds: 10 }))).toEqual([
      ["picture", 30, 35],
      ["picture", 35, 40],
      ["sound", 30, 40],
    ]);
    expect(ranges(plan(film(100), { durationSeconds: 10, maxDurationSeconds: 5 }))).toEqual([
      ["picture", 0, 5],
      ["sound", 0, 5],
    ]);
    expect(ranges(plan(film(10), { maxDurationSeconds: 0, cores: 1 }))).toEqual([
      ["picture", 0],
      ["sound", 0],
    ]);
    expect(ranges(plan(film(10), { startSeconds: 50 }))).toEqual([
      ["picture", 50],
      ["sound", 50],
    ]);
  });

  it("leaves the picture uncut when asked to", () => {
    expect(ranges(plan(film(3600), { uncutPicture: true }))).toEqual([
      ["picture", 0],
      ["sound", 0],
    ]);
  });

  it("tiles any range without a gap or an overlap, and runs in from no earlier than the start", () => {
    const seconds = fc.double({ min: 0.01, max: 40_000, noNaN: true });
    fc.assert(
      fc.property(
        seconds,
        fc.integer({ min: 1, max: 64 }),
        fc.constantFrom("full", "fast", "keyframes"),
        fc.option(seconds, { nil: 0 }),
        fc.option(seconds),
        fc.option(seconds),
        (duration, cores, profile, startSeconds, length, longest) => {
          const segments = planSegments({
            media: film(duration),
            cores,
            profile,
            runInSeconds: 3,
            startSeconds,
            ...(length === null ? {} : { durationSeconds: length }),
            ...(longest === null ? {} : { maxDurationSeconds: longest }),
          });
          const picture = segments.filter(({ what }) => what !== "sound");
          expect(segments.map(({ index }) => index)).toEqual(segments.map((__, index) => index));
          expect(picture[0]?.startSeconds).toBe(startSeconds);
          for (const [index, { startSeconds: start, endSeconds: end }] of picture.entries()) {
            expect(picture[index + 1]?.startSeconds).toBe(index + 1 < picture.length ? end : undefined);
            if (end !== undefined) expect(end).toBeGreaterThanOrEqual(start);
            if (picture.length > 1) expect((end ?? duration) - start + (index === 0 ? 0 : 3)).toBeGreaterThan(3.99);
          }
          const last = picture.at(-1);
          const limit = Math.min(length ?? Infinity, longest ?? Infinity);
          if (limit === Infinity) expect(last?.endSeconds).toBeUndefined();
          else expect(last?.endSeconds).toBeCloseTo(startSeconds + limit, 5);
          expect(segments.filter(({ what }) => what !== "picture")).toHaveLength(1);
          for (const { runInSeconds, startSeconds: start } of segments) expect(runInSeconds).toBe(Math.min(3, start));
        },
      ),
    );
  });
});

describe("seams", () => {
  /** What an exact decoder says of `frames` for the segment [start, end), having run in from `from`. */
  const seamOf = (frames: readonly number[], from: number, start: number, end: number): DecodeOutcome["seam"] => {
    const before = frames.filter((pts) => pts >= from && pts < start).at(-1);
    const inside = frames.filter((pts) => pts >= start && pts < end);
    const after = frames.find((pts) => pts >= end);
    return {
      ...(before === undefined ? {} : { lastBeforeSeconds: before }),
      ...(inside[0] === undefined ? {} : { firstInsideSeconds: inside[0], lastInsideSeconds: inside.at(-1) ?? inside[0] }),
      ...(after === undefined ? {} : { firstAfterSeconds: after }),
    };
  };

  it("agree for any frames and cuts, segments without a frame and past the end included", () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: 0, max: 1000 }), { minLength: 1, maxLength: 60 }),
        fc.uniqueArray(fc.integer({ min: 1, max: 1200 }), { maxLength: 12 }),
        (ticks, cuts) => {
          const frames = ticks.sort((a, b) => a - b).map((tick) => tick / 90);
          const times = [0, ...cuts.sort((a, b) => a - b).map((tick) => tick / 90), Infinity];
          const seams = times.slice(1).map((end, index) => seamOf(frames, 0, times[index] ?? 0, end));
          expect(segmentsJoin(seams.map((seam) => ({ seam, backwardJump: false })))).toBe(true);
        },
      ),
    );
  });

  const frames = [0, 0.04, 0.08, 0.12, 0.16];
  const previous = seamOf(frames, 0, 0, 0.08);
  const next = seamOf(frames, 0, 0.08, Infinity);

  it.each([
    ["the next segment lost its first frame", previous, { ...next, firstInsideSeconds: 0.12 }],
    ["the next segment began with a frame that nobody else saw", previous, { ...next, firstInsideSeconds: 0.09 }],
    ["the first segment lost its last frame", { ...previous, lastInsideSeconds: 0 }, next],
    ["the next segment ran in too late to see the frame before", previous, seamOf(frames, 0.08, 0.08, Infinity)],
    ["the next segment gave nothing though there is more", previous, {}],
    ["the first segment ended before the media did", { ...previous, firstAfterSeconds: undefined }, next],
  ])("disagree when %s", (_case, first, second) => {
    const { firstAfterSeconds, ...rest } = first;
    expect(seamsAgree(firstAfterSeconds === undefined ? rest : { ...rest, firstAfterSeconds }, second)).toBe(false);
  });

  it("do not join a picture whose time ran backwards, unless it is one piece anyway", () => {
    expect(
      segmentsJoin([
        { seam: previous, backwardJump: true },
        { seam: next, backwardJump: false },
      ]),
    ).toBe(false);
    expect(segmentsJoin([{ seam: {}, backwardJump: true }])).toBe(true);
    expect(segmentsJoin([])).toBe(true);
  });
});

it("names finished segments by run, plan and place, and every plan differently that gives other signals", () => {
  const segments = plan(film(20));
  const facts = {
    profile: "full",
    models: true,
    ignoredRegions: [],
    software: "0.1.0",
    sourceVersion: "etag",
    signals: ["a", "b"],
  } as const;
  const hash = planHash(segments, facts);
  expect(segments[2] && segmentKey(3, hash, segments[2])).toMatch(/^\.state\/run-3\/[0-9a-f]{16}\/00002-sound\.signals$/);
  expect(planHash(plan(film(20)), { ...facts, signals: ["b", "a"] })).toBe(hash);
  const others = [
    planHash(plan(film(24)), facts),
    planHash(segments, { ...facts, models: false }),
    planHash(segments, { ...facts, software: "0.2.0" }),
    planHash(segments, { ...facts, sourceVersion: "other" }),
    planHash(segments, { ...facts, signals: ["a"] }),
    planHash(segments, { ...facts, ignoredRegions: [{ leftRatio: 0, topRatio: 0, widthRatio: 0.1, heightRatio: 0.1 }] }),
  ];
  expect(new Set([hash, ...others]).size).toBe(7);
});
