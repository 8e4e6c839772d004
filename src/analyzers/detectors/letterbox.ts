import { z } from "zod";
import { defineDetector, type DefectHandle, type Emit, type Judging, type Values } from "../detector.js";

/** In the order of the bits of `border.straightSides`. */
const sides = ["left", "top", "right", "bottom"] as const;
type Side = (typeof sides)[number];
type Borders = Record<Side, number>;

/** Two measures of one border differ by no more, in pixels: a coder softens its edge. */
const samePixels = 2;

/** Exact to a pixel or two, but a scene can have straight black edges of its own. */
const confidence = 0.9;

const toleranceSeconds = 1e-6;

/**
 * Black borders around the active picture: letterbox, pillarbox, both. Each change of the active area is a defect of its own.
 *
 * A border that is known stays so until another one, or none, is measured there for as long as it takes to become known: where a
 * scene is dark nothing is measured, and nothing changes. Aspect ratios are those of coded pixels.
 *
 * Not this: a black picture, a dark scene, subtitles or a logo in the border (they do not end it).
 */
export const letterbox = defineDetector({
  type: "letterbox",
  version: "1.0.0",
  medium: "video",
  summary: "Black borders surround the active picture",
  standard: "FFmpeg cropdetect: limit=24 of 255; borders with straight edges, the widest area within the time",
  signals: ["border.left", "border.top", "border.right", "border.bottom", "border.straightSides"],

  parameters: z.object({
    minimumSeconds: z.number().positive().default(2).describe("Shortest time that an active area lasts, in seconds"),
    minimumBorderRatio: z
      .number()
      .min(0)
      .max(0.5)
      .default(0.01)
      .describe("Narrowest border that counts, as a share (0..0.5) of the picture's width or height"),
  }),

  begin: (parameters, media) => {
    const width = media.video?.width ?? 0;
    const height = media.video?.height ?? 0;
    return watchActiveArea(parameters, width, height);
  },
});

/** What is known of one side: pixels of border, undefined while nothing was measured for long enough; and what may follow. */
interface Belief {
  pixels: number | undefined;
  next: { pixels: number; sinceSeconds: number } | undefined;
}

function watchActiveArea(
  { minimumSeconds, minimumBorderRatio }: { minimumSeconds: number; minimumBorderRatio: number },
  width: number,
  height: number,
): Judging {
  const beliefs: Record<Side, Belief> = { left: unknown(), top: unknown(), right: unknown(), bottom: unknown() };
  const threshold = { minimumSeconds, minimumBorderRatio };
  let open: { handle: DefectHandle; startSeconds: number; borders: Borders } | undefined;
  let previousSeconds: number | undefined;

  /** Takes what has been measured for long enough by `now` for known, and tells what that changes. */
  function settle(now: number, emit: Emit): void {
    let changedSeconds: number | undefined;
    let isNews = false;
    for (const side of sides) {
      const belief = beliefs[side];
      const { next } = belief;
      if (next === undefined || now - next.sinceSeconds < minimumSeconds - toleranceSeconds) continue;
      if (belief.pixels !== undefined || open === undefined) isNews = true;
      changedSeconds = Math.min(changedSeconds ?? next.sinceSeconds, next.sinceSeconds);
      belief.pixels = next.pixels;
      belief.next = undefined;
    }
    if (changedSeconds === undefined) return;
    const borders = knownBorders();
    if (open !== undefined && !isNews) {
      // A side that had been dark is known now: the same area, better known.
      open.borders = borders;
      emit.update(open.handle, measured(open.startSeconds, now));
      return;
    }
    close(changedSeconds, emit);
    if (!isBoxed(borders)) return;
    const region = activeArea(borders);
    open = { handle: {}, startSeconds: changedSeconds, borders };
    const values = measured(changedSeconds, now);
    open.handle = emit.open({ startSeconds: changedSeconds, measured: values, threshold, confidence, region });
  }

  function knownBorders(): Borders {
    const { left, top, right, bottom } = beliefs;
    return { left: left.pixels ?? 0, top: top.pixels ?? 0, right: right.pixels ?? 0, bottom: bottom.pixels ?? 0 };
  }

  function isBoxed({ left, top, right, bottom }: Borders): boolean {
    return Math.max(left, right) >= minimumBorderRatio * width || Math.max(top, bottom) >= minimumBorderRatio * height;
  }

  function activeArea({ left, top, right, bottom }: Borders) {
    return { x: left, y: top, width: Math.max(1, width - left - right), height: Math.max(1, height - top - bottom) };
  }

  function measured(startSeconds: number, endSeconds: number): Values {
    const borders = open?.borders ?? knownBorders();
    const area = activeArea(borders);
    return {
      durationSeconds: endSeconds - startSeconds,
      leftPixels: borders.left,
      topPixels: borders.top,
      rightPixels: borders.right,
      bottomPixels: borders.bottom,
      activeWidth: area.width,
      activeHeight: area.height,
      activeAspectRatio: area.width / area.height,
      activeAreaRatio: (area.width * area.height) / (width * height),
    };
  }

  function close(seconds: number, emit: Emit): void {
    if (open === undefined) return;
    const endSeconds = Math.max(seconds, open.startSeconds);
    emit.close(open.handle, endSeconds, measured(open.startSeconds, endSeconds));
    open = undefined;
  }

  /** Nothing lasts beyond `seconds`: the media ends there, or its time is torn. */
  function stopAt(seconds: number, emit: Emit): void {
    const endSeconds = Math.max(seconds, previousSeconds ?? seconds);
    settle(endSeconds, emit);
    close(endSeconds, emit);
    for (const side of sides) beliefs[side] = unknown();
    previousSeconds = undefined;
  }

  return {
    push(block, emit) {
      if (block.discontinuityBefore && previousSeconds !== undefined) stopAt(block.previousEndSeconds ?? previousSeconds, emit);
      for (let index = 0; index < block.pts.length; index++) {
        const now = block.pts[index] ?? 0;
        settle(now, emit);
        const straightSides = block.signals["border.straightSides"]?.[index] ?? 0;
        for (const [bit, side] of sides.entries()) {
          const pixels = block.signals[`border.${side}`]?.[index] ?? Number.NaN;
          const isStraight = (straightSides & (1 << bit)) !== 0;
          if (isStraight) consider(beliefs[side], pixels, now);
          // Something was seen where a border was: it is gone, though the scene does not show whether another is there.
          else if (pixels < (beliefs[side].pixels ?? 0) - samePixels) consider(beliefs[side], 0, now);
        }
        settle(now, emit);
        previousSeconds = now;
      }
    },
    end(endSeconds, emit) {
      if (previousSeconds !== undefined) stopAt(endSeconds, emit);
    },
  };
}

function unknown(): Belief {
  return { pixels: undefined, next: undefined };
}

/** Takes in one measure of a side; one that is not measured (NaN) tells nothing. */
function consider(belief: Belief, pixels: number, now: number): void {
  if (Number.isNaN(pixels)) return;
  if (belief.pixels !== undefined && Math.abs(pixels - belief.pixels) <= samePixels) {
    belief.next = undefined;
  } else if (belief.next !== undefined && Math.abs(pixels - belief.next.pixels) <= samePixels) {
    // The widest active area that was seen.
    belief.next.pixels = Math.min(belief.next.pixels, pixels);
  } else {
    belief.next = { pixels, sinceSeconds: now };
  }
}
