import { z } from "zod";
import { type DefectHandle, defineDetector, type Emit, type Judging, type Region, type Values } from "../detector.js";
import { sideBySide, sustained } from "../sustained.js";

/** 25 frames of 0.04 s are a second to nobody's floating point. */
const toleranceSeconds = 1e-3;

const signals = [
  "flash.transitions",
  "flash.redTransitions",
  "flash.areaRatio",
  "flash.change",
  "flash.left",
  "flash.top",
  "flash.width",
  "flash.height",
  "stripes.areaRatio",
  "stripes.pairs",
  "stripes.left",
  "stripes.top",
  "stripes.width",
  "stripes.height",
] as const;

type SignalName = (typeof signals)[number];

/** Stripes that are gone for no longer than this are one pattern, and so are those of a slightly smaller area once it is found. */
const bridgeSeconds = 0.2;
const keptAreaShare = 0.8;

/** Which stripes are clearly discernible and regular is a matter of limits that no standard gives. */
const patternConfidence = 0.8;

/**
 * Light, or a saturated red, flashes so often over so much of the picture that it can cause an epileptic fit. It begins at the frame
 * with which the limit is passed, not with the first flash. Of kind `pattern`: stripes stand in the picture that can cause one too.
 *
 * Not this: up to three flashes in a second, lightning, a camera's flash, a cut, flashing in less than a quarter of the picture,
 * light that changes slowly; a few stripes, and stripes that one can hardly see.
 */
export const flash = defineDetector({
  type: "flash",
  version: "1.1.0",
  medium: "video",
  summary: "The picture flashes, or shows stripes, in a way that can harm photosensitive viewers",
  standard:
    "ITU-R BT.1702-3, WCAG 2.3.1: more than three general or saturated-red flashes in a second over a quarter of the picture; extended failure as EA IRIS has it; regular patterns of stripes by the consensus of the Epilepsy Foundation of America (Harding et al., Epilepsia 46(9), 2005)",
  signals: [...signals],

  parameters: z.object({
    maximumTransitions: z
      .number()
      .int()
      .min(1)
      .default(6)
      .describe("Most rises and falls that a quarter of the picture may make in a second: two are one flash (count)"),
    extendedTransitions: z
      .number()
      .int()
      .min(1)
      .default(4)
      .describe("Rises and falls in a second that are too many when they go on (count)"),
    extendedSeconds: z.number().positive().default(4).describe("For how long they may not go on, in seconds"),
    extendedWindowSeconds: z.number().positive().default(5).describe("Within how much time, in seconds"),
    quietSeconds: z
      .number()
      .min(0)
      .default(1)
      .describe("Time within the limits that ends the fault: flashes that begin again sooner are the same fault, in seconds"),
    patterns: z.boolean().default(true).describe("Whether regular patterns of stripes are looked for"),
    maximumPairs: z
      .number()
      .int()
      .min(5)
      .default(8)
      .describe(
        "Most light-dark pairs of stripes that a pattern may have; 5 where they change direction, oscillate, flash or reverse (count)",
      ),
    minimumPatternAreaRatio: z
      .number()
      .min(0)
      .max(1)
      .default(0.25)
      .describe("Smallest area of stripes that counts (share of the picture)"),
    minimumPatternSeconds: z.number().positive().default(0.5).describe("Shortest time of stripes that counts, in seconds"),
  }),

  begin: (parameters, _media, profile) => {
    // Keyframes alone tell neither how often a picture flashes nor how long stripes stand.
    if (profile === "keyframes") return { push: () => undefined, end: () => undefined };
    const flashes = watchFlashes(parameters);
    return parameters.patterns ? sideBySide(signals, flashes, watchPatterns(parameters)) : flashes;
  },
});

interface FlashLimits {
  readonly maximumTransitions: number;
  readonly extendedTransitions: number;
  readonly extendedSeconds: number;
  readonly extendedWindowSeconds: number;
  readonly quietSeconds: number;
}

function watchFlashes(parameters: FlashLimits): Judging {
  const { maximumTransitions, extendedTransitions, extendedSeconds, extendedWindowSeconds, quietSeconds } = parameters;
  const threshold: Values = { maximumTransitions, extendedTransitions, extendedSeconds, extendedWindowSeconds };
  const general = openExtended(extendedTransitions, maximumTransitions, extendedWindowSeconds);
  const red = openExtended(extendedTransitions, maximumTransitions, extendedWindowSeconds);
  let open: { readonly handle: DefectHandle; readonly startSeconds: number; readonly worst: Worst } | undefined;
  /** When the picture came within the limits again, while the fault is open. */
  let withinSince: number | undefined;
  let previousSeconds: number | undefined;
  let lastChange = 0;

  function close(seconds: number, emit: Emit): void {
    if (open !== undefined) {
      const endSeconds = Math.max(open.startSeconds, withinSince ?? seconds);
      emit.close(open.handle, endSeconds, measuredOf(open.worst, endSeconds - open.startSeconds));
    }
    open = withinSince = undefined;
  }

  function judge(seconds: number, value: (name: SignalName) => number, emit: Emit): void {
    const transitions = value("flash.transitions");
    const redTransitions = value("flash.redTransitions");
    const change = value("flash.change");
    if (change > 0) lastChange = change;
    const isTooOften = transitions > maximumTransitions || redTransitions > maximumTransitions;
    const lasts = seconds - (previousSeconds ?? seconds);
    const extended = Math.max(general(seconds, lasts, transitions), red(seconds, lasts, redTransitions));
    const isExtended = extended >= extendedSeconds - toleranceSeconds;
    if (!isTooOften && !isExtended) {
      if (open === undefined) return;
      withinSince ??= seconds;
      if (seconds - withinSince >= quietSeconds - toleranceSeconds) close(seconds, emit);
      return;
    }
    withinSince = undefined;
    const worst: Worst = {
      transitions,
      redTransitions,
      areaRatio: value("flash.areaRatio"),
      change: transitions > 0 ? lastChange : 0,
      extended: isExtended ? extended : 0,
    };
    if (open !== undefined) {
      for (const name of worstNames) open.worst[name] = Math.max(open.worst[name], worst[name]);
      return;
    }
    const region = isTooOften ? regionOf("flash", value) : undefined;
    const handle = emit.open({ startSeconds: seconds, measured: measuredOf(worst, 0), threshold, ...(region && { region }) });
    open = { handle, startSeconds: seconds, worst };
  }

  return {
    push(block, emit) {
      if (block.discontinuityBefore) {
        close(block.previousEndSeconds ?? previousSeconds ?? 0, emit);
        previousSeconds = undefined;
      }
      for (const [index, seconds] of block.pts.entries()) {
        judge(seconds, (name) => block.signals[name]?.[index] ?? Number.NaN, emit);
        previousSeconds = seconds;
      }
    },
    end(endSeconds, emit) {
      close(Math.max(endSeconds, previousSeconds ?? endSeconds), emit);
    },
  };
}

interface PatternLimits {
  readonly maximumPairs: number;
  readonly minimumPatternAreaRatio: number;
  readonly minimumPatternSeconds: number;
}

function watchPatterns({ maximumPairs, minimumPatternAreaRatio, minimumPatternSeconds }: PatternLimits): Judging {
  let pairs = 0;
  let region: Region | undefined;
  const isPattern = (areaRatio: number, leastAreaRatio: number, other: (signal: SignalName) => number): boolean => {
    if (areaRatio < leastAreaRatio || !(other("stripes.pairs") > maximumPairs)) return false;
    region = regionOf("stripes", other);
    return true;
  };
  return sustained({
    signal: "stripes.areaRatio",
    holds: (areaRatio, { other, held }) => {
      if (!isPattern(areaRatio, minimumPatternAreaRatio, other)) return false;
      pairs = Math.max(held.samples === 0 ? 0 : pairs, other("stripes.pairs"));
      return true;
    },
    keeps: (areaRatio, { other }) => isPattern(areaRatio, keptAreaShare * minimumPatternAreaRatio, other),
    minimumSeconds: minimumPatternSeconds,
    bridge: { seconds: bridgeSeconds },
    measured: ({ maximum }) => ({ areaRatio: maximum, pairs }),
    threshold: { maximumPairs, minimumPatternAreaRatio, minimumPatternSeconds },
    confidence: patternConfidence,
    region: () => region,
    kind: "pattern",
  });
}

const worstNames = ["transitions", "redTransitions", "areaRatio", "change", "extended"] as const;

/** The largest values of a fault. */
type Worst = Record<(typeof worstNames)[number], number>;

function measuredOf({ transitions, redTransitions, areaRatio, change, extended }: Worst, durationSeconds: number): Values {
  return {
    flashesPerSecond: transitions / 2,
    redFlashesPerSecond: redTransitions / 2,
    durationSeconds,
    ...(areaRatio > 0 && { areaRatio }),
    ...(change > 0 && { luminanceChangeRatio: change }),
    ...(extended > 0 && { extendedSeconds: extended }),
  };
}

function regionOf(of: "flash" | "stripes", value: (name: SignalName) => number): Region | undefined {
  const region = {
    x: value(`${of}.left`),
    y: value(`${of}.top`),
    width: value(`${of}.width`),
    height: value(`${of}.height`),
  };
  return region.width > 0 && region.height > 0 ? region : undefined;
}

/**
 * EA IRIS: for how long, of the last so many seconds, the picture made between `fewest` and `most` transitions a second; a frame
 * counts for the time since the one before it. 0 where it does not now.
 */
function openExtended(fewest: number, most: number, windowSeconds: number) {
  let frames: { readonly seconds: number; readonly lasts: number }[] = [];
  return (seconds: number, lasts: number, transitions: number): number => {
    if (transitions >= fewest && transitions <= most) frames.push({ seconds, lasts });
    if (frames.length === 0) return 0;
    frames = frames.filter((frame) => frame.seconds > seconds - windowSeconds + toleranceSeconds);
    return transitions >= fewest ? frames.reduce((sum, frame) => sum + frame.lasts, 0) : 0;
  };
}
