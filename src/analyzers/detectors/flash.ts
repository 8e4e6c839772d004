import { z } from "zod";
import { type DefectHandle, defineDetector, type Emit, type Region, type Values } from "../detector.js";

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
] as const;

type SignalName = (typeof signals)[number];

/**
 * Light, or a saturated red, flashes so often over so much of the picture that it can cause an epileptic fit. It begins at the frame
 * with which the limit is passed, not with the first flash.
 *
 * Not this: up to three flashes in a second, lightning, a camera's flash, a cut, flashing in less than a quarter of the picture,
 * light that changes slowly.
 */
export const flash = defineDetector({
  type: "flash",
  version: "1.0.0",
  medium: "video",
  summary: "The picture flashes in a way that can harm photosensitive viewers",
  standard:
    "ITU-R BT.1702-3, WCAG 2.3.1: more than three general or saturated-red flashes in a second over a quarter of the picture; extended failure as EA IRIS has it",
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
  }),

  begin: (parameters, _media, profile) => {
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
      const region = isTooOften ? regionOf(value) : undefined;
      const handle = emit.open({ startSeconds: seconds, measured: measuredOf(worst, 0), threshold, ...(region && { region }) });
      open = { handle, startSeconds: seconds, worst };
    }

    return {
      push(block, emit) {
        // Keyframes alone do not tell how often a picture flashes.
        if (profile === "keyframes") return;
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
  },
});

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

function regionOf(value: (name: SignalName) => number): Region | undefined {
  const region = {
    x: value("flash.left"),
    y: value("flash.top"),
    width: value("flash.width"),
    height: value("flash.height"),
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
