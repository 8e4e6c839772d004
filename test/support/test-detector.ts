import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { DefectHandle, DetectorDefinition, Emit, Judging, Region, Values } from "../../src/analyzers/detector.js";
import type { SignalBlock } from "../../src/analyzers/signal-block.js";
import type { MediaInfo } from "../../src/decoder/index.js";

/** One stretch of a signal: how long, and its value (or value at each time since the stretch began). */
export type Stretch = readonly [seconds: number, value: number | ((seconds: number, index: number) => number)];

/** Signals over time, as a detector sees them. */
export interface Track {
  readonly pts: readonly number[];
  readonly signals: Readonly<Record<string, readonly number[]>>;
  readonly endSeconds: number;
}

export type Span = readonly [startSeconds: number, endSeconds: number];

/** Media of 25 frames per second with stereo sound, for detectors that ask. */
export const testMedia: MediaInfo = {
  container: "mov",
  durationDeclared: true,
  originSeconds: 0,
  seekable: true,
  video: {
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
  },
  audio: [{ streamIndex: 1, codec: "aac", channels: 2, layout: "stereo", layoutGuessed: false, sampleRateHz: 48000 }],
};

/** Builds tracks of one signal: `signal("luma.darkRatio")([2, 0.1], [3, 1])` is 2 s of 0.1, then 3 s of 1. */
export function signal(name: string, samplesPerSecond = 25): (...stretches: Stretch[]) => Track {
  return (...stretches) => {
    const values = stretches.flatMap(([seconds, value]) =>
      Array.from({ length: Math.round(seconds * samplesPerSecond) }, (_, index) =>
        typeof value === "number" ? value : value(index / samplesPerSecond, index),
      ),
    );
    const pts = values.map((_, index) => index / samplesPerSecond);
    return { pts, signals: { [name]: values }, endSeconds: values.length / samplesPerSecond };
  };
}

/** Tracks of several signals at the same times, as one. */
export function together(...tracks: readonly Track[]): Track {
  const [first] = tracks;
  if (first === undefined) throw new Error("Nothing to put together.");
  return { ...first, signals: Object.assign({}, ...tracks.map(({ signals }) => signals)) };
}

/** A defect as a detector told it, and when. */
export interface Told {
  startSeconds: number;
  endSeconds?: number;
  /** Time of the newest sample when it opened; absent when it opened at the end of the media. */
  openedAtSeconds?: number;
  measured: Values;
  threshold: Values;
  kind?: string;
  region?: Region;
}

interface Cut {
  /** Sizes of the blocks, used again and again; one block when absent. */
  readonly sizes?: readonly number[];
  /** Media time is missing before the sample of this index. */
  readonly gapBefore?: number;
}

/** Runs a detector over a track and returns what it told. Fails when it tells nonsense. */
export function judgeTrack(detector: DetectorDefinition, track: Track, cut: Cut = {}, parameters: object = {}): Told[] {
  return listenTo(detector.begin(detector.parameters.parse(parameters), testMedia, "full"), track, cut);
}

function listenTo(judging: Judging, track: Track, cut: Cut): Told[] {
  const told: Told[] = [];
  const open = new Map<DefectHandle, Told>();
  let newestSeconds: number | undefined;

  function openOne(handle: DefectHandle): Told {
    const defect = open.get(handle);
    if (defect === undefined) throw new Error("The detector speaks of a defect that is not open.");
    return defect;
  }
  const emit: Emit = {
    open({ startSeconds, measured, threshold, kind, region }) {
      const defect: Told = {
        startSeconds,
        measured,
        threshold,
        ...(kind !== undefined && { kind }),
        ...(region !== undefined && { region }),
      };
      if (newestSeconds !== undefined) defect.openedAtSeconds = newestSeconds;
      const handle = {};
      open.set(handle, defect);
      told.push(defect);
      return handle;
    },
    update(handle, measured) {
      openOne(handle).measured = measured;
    },
    close(handle, endSeconds, measured) {
      Object.assign(openOne(handle), { endSeconds, measured });
      open.delete(handle);
    },
  };

  for (const block of blocksOf(track, cut)) {
    newestSeconds = block.pts.at(-1);
    judging.push(block, emit);
  }
  newestSeconds = undefined;
  judging.end(track.endSeconds, emit);

  expect(open.size, "defects left open at the end").toBe(0);
  for (const { startSeconds, endSeconds = Number.NaN, measured, threshold } of told) {
    expect(endSeconds).toBeGreaterThanOrEqual(startSeconds);
    for (const value of [...Object.values(measured), ...Object.values(threshold)]) expect(value).not.toBeNaN();
  }
  return told;
}

function blocksOf({ pts, signals }: Track, { sizes = [pts.length], gapBefore }: Cut): SignalBlock[] {
  const blocks: SignalBlock[] = [];
  let turn = 0;
  for (let start = 0; start < pts.length; turn++) {
    const size = Math.max(1, sizes[turn % sizes.length] ?? 1);
    const untilGap = gapBefore !== undefined && start < gapBefore ? gapBefore : pts.length;
    const end = Math.min(start + size, untilGap);
    const gap = start === gapBefore && start > 0;
    blocks.push({
      lane: { name: "picture", track: 0 },
      startIndex: start,
      pts: Float64Array.from(pts.slice(start, end)),
      signals: Object.fromEntries(
        Object.entries(signals).map(([name, values]) => [name, Float32Array.from(values.slice(start, end))]),
      ),
      discontinuityBefore: gap,
      ...(gap && { previousEndSeconds: (pts[start - 1] ?? 0) + frameSeconds }),
    });
    start = end;
  }
  return blocks;
}

const frameSeconds = 0.01;
const gapSeconds = 10;

/** The same track with ten seconds missing before a sample. */
function withGap(track: Track, before: number): Track {
  return {
    ...track,
    pts: track.pts.map((seconds, index) => (index < before ? seconds : seconds + gapSeconds)),
    endSeconds: track.endSeconds + gapSeconds,
  };
}

function spansOf(told: readonly Told[]): Span[] {
  return told.map(({ startSeconds, endSeconds = Number.NaN }) => [startSeconds, endSeconds]);
}

/**
 * Tests a detector: what it finds (a track and the defects in it, `[start, end]…` in seconds), what it passes, and
 * what holds for every detector: the same result however signals are cut into blocks, nothing left open, told while
 * the fault lasts, nothing across a gap, nothing where nothing was measured, no state shared.
 */
export function testDetector(
  detector: DetectorDefinition,
  cases: {
    readonly finds: Readonly<Record<string, readonly [track: Track, ...expected: Span[]]>>;
    readonly passes: Readonly<Record<string, Track>>;
    /** Parameters that differ from the defaults, for a detector that judges nothing without them. */
    readonly parameters?: object;
    /** The fault is one of the programme as a whole: it lasts across gaps. */
    readonly lastsAcrossGaps?: boolean;
  },
): void {
  const { parameters = {}, lastsAcrossGaps = false } = cases;
  const judge = (track: Track, cut: Cut = {}): Told[] => judgeTrack(detector, track, cut, parameters);
  const tracks = [...Object.values(cases.finds).map(([track]) => track), ...Object.values(cases.passes)];
  const anyTrack = fc.constantFrom(...tracks);

  describe(detector.type, () => {
    for (const [name, [track, ...expected]] of Object.entries(cases.finds)) {
      it(`finds ${name}`, () => {
        const found = spansOf(judge(track));
        expect(found).toEqual(expected.map(([start, end]) => [expect.closeTo(start, 6), expect.closeTo(end, 6)]));
      });
    }

    for (const [name, track] of Object.entries(cases.passes)) {
      it(`passes ${name}`, () => expect(judge(track)).toEqual([]));
    }

    it("finds the same however the signals are cut into blocks", () => {
      fc.assert(
        fc.property(anyTrack, fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 8 }), (track, sizes) => {
          const defectsOf = (cut: Cut) => judge(track, cut).map(({ openedAtSeconds: _, ...defect }) => defect);
          expect(defectsOf({ sizes })).toEqual(defectsOf({}));
        }),
        { numRuns: 50 },
      );
    });

    it("tells of a fault while it lasts", () => {
      for (const track of tracks) {
        const told = judge(track, { sizes: [1] });
        for (const { openedAtSeconds = track.endSeconds, endSeconds = Number.NaN } of told) {
          expect(openedAtSeconds).toBeLessThanOrEqual(endSeconds);
        }
      }
    });

    if (!lastsAcrossGaps) {
      it("lets no fault last across a gap in the source", () => {
        fc.assert(
          fc.property(anyTrack, fc.nat(), fc.integer({ min: 1, max: 40 }), (track, place, size) => {
            const gapBefore = 1 + (place % Math.max(1, track.pts.length - 1));
            const gapStart = (track.pts[gapBefore - 1] ?? 0) + frameSeconds;
            for (const [start, end] of spansOf(judge(withGap(track, gapBefore), { sizes: [size], gapBefore }))) {
              expect(end <= gapStart + 1e-9 || start >= gapStart + gapSeconds - frameSeconds - 1e-9).toBe(true);
            }
          }),
          { numRuns: 50 },
        );
      });
    }

    it("finds nothing where nothing was measured", () => {
      const names = detector.signals.map((name) => signal(name)([20, Number.NaN]));
      expect(judge(together(...names))).toEqual([]);
    });

    it("finds nothing in no media at all", () => {
      const empty = { pts: [], signals: {}, endSeconds: 0 };
      expect(judge(empty)).toEqual([]);
    });

    it("keeps no state from one lane to another", () => {
      for (const track of tracks) expect(judge(track)).toEqual(judge(track));
    });

    it("says of each parameter what it means, and has a default for it", () => {
      expect(() => detector.parameters.parse({})).not.toThrow();
      for (const [name, schema] of Object.entries(detector.parameters.shape)) {
        expect(describes(schema), `${detector.type}.${name}`).toBe(true);
      }
    });
  });
}

function describes(schema: unknown): boolean {
  return typeof schema === "object" && schema !== null && "description" in schema && typeof schema.description === "string";
}
