import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { besideEachOther } from "../../src/analyzers/beside.js";
import type { DefectHandle, DetectorDefinition, Emit, Region, Values } from "../../src/analyzers/detector.js";
import type { Lane, SignalBlock } from "../../src/analyzers/signal-block.js";
import type { MediaInfo } from "../../src/decoder/index.js";

/** One stretch of a signal: how long, and its value (or value at each time since the stretch began). */
export type Stretch = readonly [seconds: number, value: number | ((seconds: number, index: number) => number)];

/** Signals over time, as a detector sees them. */
export interface Track {
  readonly pts: readonly number[];
  readonly signals: Readonly<Record<string, readonly number[]>>;
  readonly endSeconds: number;
  /** What a detector of picture and sound sees of the sound; all else is of the picture. */
  readonly sound?: Omit<Track, "sound">;
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

/** A track of the picture with one of the sound, for a detector that reads both. */
export function withSound(picture: Track, sound: Track): Track {
  return { ...picture, sound };
}

/** The same track, so much later. */
export function later(track: Track, seconds: number): Track {
  return { ...track, pts: track.pts.map((one) => one + seconds), endSeconds: track.endSeconds + seconds };
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
  /** It is missing in the picture alone: the sound goes on. */
  readonly keepsSound?: boolean;
  /** The same for blocks of the sound; those of the picture where absent. */
  readonly soundSizes?: readonly number[];
  /** Whether the next block is one of the picture, used again and again; all of the picture comes first where absent. */
  readonly picks?: readonly boolean[];
}

const pictureLane: Lane = { name: "picture", track: 0 };
const soundLane: Lane = { name: "sound", track: 0 };

/** Runs a detector over a track and returns what it told. Fails when it tells nonsense. */
export function judgeTrack(
  detector: DetectorDefinition,
  track: Track,
  cut: Cut = {},
  parameters: object = {},
  media: MediaInfo = testMedia,
): Told[] {
  const judging = detector.begin(detector.parameters.parse(parameters), media, "full");
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

  const tell = (block: SignalBlock): void => {
    newestSeconds = block.pts.at(-1);
    judging.push(block, emit);
  };
  const end = (endSeconds: number): void => {
    newestSeconds = undefined;
    judging.end(endSeconds, emit);
  };
  if (detector.soundSignals === undefined) {
    for (const block of blocksOf(track, pictureLane, cut)) tell(block);
    end(track.endSeconds);
  } else {
    const lanes = [
      { lane: pictureLane, signals: detector.signals },
      { lane: soundLane, signals: detector.soundSignals },
    ];
    tellBeside(besideEachOther(lanes, { ...judging, push: tell, end }), track, cut, emit);
  }

  expect(open.size, "defects left open at the end").toBe(0);
  for (const { startSeconds, endSeconds = Number.NaN, measured, threshold } of told) {
    expect(endSeconds).toBeGreaterThanOrEqual(startSeconds);
    for (const value of [...Object.values(measured), ...Object.values(threshold)]) expect(value).not.toBeNaN();
  }
  return told;
}

/** Tells blocks of both lanes, and each lane's end behind its last block. */
function tellBeside(beside: ReturnType<typeof besideEachOther>, track: Track, cut: Cut, emit: Emit): void {
  const { sizes, soundSizes = sizes, gapBefore, keepsSound = false, picks = [true] } = cut;
  const { sound = { pts: [], signals: {}, endSeconds: 0 } } = track;
  const tornSeconds = gapBefore === undefined || keepsSound ? Number.POSITIVE_INFINITY : (track.pts[gapBefore] ?? 0);
  const soundGap = sound.pts.findIndex((seconds) => seconds >= tornSeconds);
  const ofSound: Cut = { ...(soundSizes && { sizes: soundSizes }), ...(soundGap > 0 && { gapBefore: soundGap }) };
  const lanes = [
    { lane: pictureLane, blocks: blocksOf(track, pictureLane, cut), endSeconds: track.endSeconds },
    { lane: soundLane, blocks: blocksOf(sound, soundLane, ofSound), endSeconds: sound.endSeconds },
  ];
  for (let turn = 0; lanes.length > 0; turn++) {
    const index = lanes.length === 1 || picks[turn % picks.length] === true ? 0 : 1;
    const { lane, blocks, endSeconds } = lanes[index] as (typeof lanes)[number];
    const block = blocks.shift();
    if (block !== undefined) beside.push(block, emit);
    if (blocks.length > 0) continue;
    beside.end(lane, endSeconds, emit);
    lanes.splice(index, 1);
  }
}

function blocksOf({ pts, signals }: Track, lane: Lane, { sizes = [pts.length], gapBefore }: Cut): SignalBlock[] {
  const blocks: SignalBlock[] = [];
  let turn = 0;
  for (let start = 0; start < pts.length; turn++) {
    const size = Math.max(1, sizes[turn % sizes.length] ?? 1);
    const untilGap = gapBefore !== undefined && start < gapBefore ? gapBefore : pts.length;
    const end = Math.min(start + size, untilGap);
    const gap = start === gapBefore && start > 0;
    blocks.push({
      lane,
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
  const fromSeconds = track.pts[before] ?? Number.POSITIVE_INFINITY;
  const torn = <Lane extends Omit<Track, "sound">>(lane: Lane): Lane => ({
    ...lane,
    pts: lane.pts.map((seconds) => (seconds < fromSeconds ? seconds : seconds + gapSeconds)),
    endSeconds: lane.endSeconds + gapSeconds,
  });
  return { ...torn(track), ...(track.sound && { sound: torn(track.sound) }) };
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
    /** The media that it is told of; `testMedia` where absent. */
    readonly media?: MediaInfo;
  },
): void {
  const { parameters = {}, lastsAcrossGaps = false, media = testMedia } = cases;
  const judge = (track: Track, cut: Cut = {}): Told[] => judgeTrack(detector, track, cut, parameters, media);
  const tracks = [...Object.values(cases.finds).map(([track]) => track), ...Object.values(cases.passes)];
  const anyTrack = fc.constantFrom(...tracks);
  const anySizes = fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 8 });

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
        fc.property(anyTrack, anySizes, anySizes, fc.array(fc.boolean(), { minLength: 1 }), (track, sizes, soundSizes, picks) => {
          const defectsOf = (cut: Cut) => judge(track, cut).map(({ openedAtSeconds: _, ...defect }) => defect);
          expect(defectsOf({ sizes, soundSizes, picks })).toEqual(defectsOf({}));
        }),
        { numRuns: 50 },
      );
    });

    it("tells of a fault while it lasts", () => {
      for (const track of tracks) {
        const told = judge(track, { sizes: [1] });
        const lastSeconds = Math.max(track.endSeconds, track.sound?.endSeconds ?? 0);
        for (const { openedAtSeconds = lastSeconds, endSeconds = Number.NaN } of told) {
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
      const empty = (names: readonly string[], samplesPerSecond: number): Track =>
        together(...names.map((name) => signal(name, samplesPerSecond)([20, Number.NaN])));
      const picture = empty(detector.signals, 25);
      const { soundSignals } = detector;
      expect(judge(soundSignals === undefined ? picture : withSound(picture, empty(soundSignals, 100)))).toEqual([]);
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
