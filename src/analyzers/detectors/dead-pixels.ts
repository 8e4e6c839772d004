import { z } from "zod";
import { type DefectHandle, defineDetector, type Emit, type Judging } from "../detector.js";

/** A sighting this long after the one before it, in seconds, goes on with it; a later one counts for as much as below. */
const longestPauseSeconds = 0.4;
const sightingSeconds = 0.16;
/** A dot is told by the pixel of it that was found first; its others lie no further away. */
const dotPixels = 3;

/** A dot that was seen to stand still while the picture moved. */
interface Place {
  readonly x: number;
  readonly y: number;
  readonly startSeconds: number;
  /** For how long in all it was seen so. */
  seenSeconds: number;
  lastSeconds: number;
}

/** What the signals say of one still. */
interface Sighting {
  readonly x: number;
  readonly y: number;
  /** For how long it has stood there, and for how long of that the picture around it is known to have moved. */
  readonly stoodSeconds: number;
  readonly movedSeconds: number;
}

/**
 * A pixel, or a few beside each other, shows the same light or dark dot while the picture moves behind it: a fault of the camera's
 * sensor, or of what was wired behind it.
 *
 * Not this: logos, subtitles and clocks (what lies beside their dots stands still too), stars and lamps before a still camera
 * (nothing moves), rain, confetti, noise (they move themselves).
 *
 * A dot is seen only where it stands out and while the picture around it moves; it is looked for again for a while before it counts
 * as gone. A coder at a low rate blurs single pixels away.
 */
export const deadPixels = defineDetector({
  type: "dead-pixels",
  version: "1.3.0",
  medium: "video",
  summary: "Pixels of the camera are stuck",
  standard:
    "Isolated samples against their neighbourhood, kept over time, as in defect pixel detection for sensors (ISO 9241-307 names the kinds)",
  signals: ["dots.stuck", "dots.stoodSeconds", "dots.movedSeconds", "dots.left", "dots.top"],

  parameters: z.object({
    minimumSeconds: z
      .number()
      .positive()
      .default(2)
      .describe("How long in all one dot must have been seen to stand still while the picture moved, in seconds"),
    patienceSeconds: z
      .number()
      .positive()
      .default(5)
      .describe("How long a dot may be unseen, as before a bright or a still picture, before it counts as gone, in seconds"),
  }),

  begin: ({ minimumSeconds, patienceSeconds }): Judging => {
    let places: Place[] = [];
    let open: { readonly handle: DefectHandle; readonly place: Place } | undefined;
    let previousSeconds: number | undefined;
    let endOfLast = 0;

    function measured({ seenSeconds, x, y }: Place) {
      return { seenSeconds, x, y };
    }

    function closeIfGone(now: number, emit: Emit, isOver: boolean): void {
      places = places.filter((place) => place === open?.place || (!isOver && now - place.lastSeconds <= patienceSeconds));
      if (open === undefined || (!isOver && now - open.place.lastSeconds <= patienceSeconds)) return;
      emit.close(open.handle, open.place.lastSeconds, measured(open.place));
      endOfLast = open.place.lastSeconds;
      open = undefined;
      places = [];
    }

    function see({ x, y, stoodSeconds, movedSeconds }: Sighting, now: number, emit: Emit): void {
      let place = places.find((one) => Math.abs(one.x - x) <= dotPixels && Math.abs(one.y - y) <= dotPixels);
      if (place === undefined) {
        place = { x, y, startSeconds: Math.max(endOfLast, now - stoodSeconds), seenSeconds: movedSeconds, lastSeconds: now };
        places.push(place);
      } else {
        // Seen without a break it counts in full; now and again, as a lamp behind which cars pass, only a little.
        const pauseSeconds = now - place.lastSeconds;
        place.seenSeconds += pauseSeconds <= longestPauseSeconds ? pauseSeconds : sightingSeconds;
        place.seenSeconds = Math.max(place.seenSeconds, movedSeconds);
        place.lastSeconds = now;
      }
      if (open !== undefined || place.seenSeconds < minimumSeconds - 1e-6) return;
      const handle = emit.open({
        startSeconds: place.startSeconds,
        measured: measured(place),
        threshold: { minimumSeconds },
        confidence: 0.8,
        region: { x, y, width: 1, height: 1 },
      });
      open = { handle, place };
    }

    return {
      push(block, emit) {
        const at = (name: string, index: number): number => block.signals[name]?.[index] ?? 0;
        if (block.discontinuityBefore && previousSeconds !== undefined) {
          closeIfGone(previousSeconds, emit, true);
          endOfLast = block.pts[0] ?? previousSeconds;
        }
        for (const [index, now] of block.pts.entries()) {
          closeIfGone(now, emit, false);
          if (at("dots.stuck", index) >= 1) {
            const [x, y] = [at("dots.left", index), at("dots.top", index)];
            const [stoodSeconds, movedSeconds] = [at("dots.stoodSeconds", index), at("dots.movedSeconds", index)];
            see({ x, y, stoodSeconds, movedSeconds }, now, emit);
          }
          previousSeconds = now;
        }
      },
      end(endSeconds, emit) {
        closeIfGone(endSeconds, emit, true);
      },
    };
  },
});
