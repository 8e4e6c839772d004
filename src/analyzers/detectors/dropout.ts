import { z } from "zod";
import { defineDetector, type DefectHandle, type Emit, type Judging, type Values } from "../detector.js";

/**
 * The sound breaks off and goes on, or a sample jumps: a packet was lost, a buffer ran empty, a tape has a fault.
 *
 * - A gap: sound that runs for a second and longer goes to nothing, or to one held sample, within 16 ms, and is back within
 *   16 ms, as loud as before. Speech and instruments die away more slowly, and rooms and microphones are never that quiet.
 * - A click: one sample, or the step between two, that the sound around it does not explain. A lossy coder smears it beyond
 *   recognition: it is found in what was coded without loss.
 *
 * It is known when it is over, and lasts until then. What follows within `bridgeSeconds` is the same fault.
 *
 * Not this: silence of seconds (`silence`), time that is missing in the source (`timestamp-gap`), beeps and words between
 * silences.
 */
export const dropout = defineDetector({
  type: "dropout",
  version: "1.0.0",
  medium: "audio",
  summary: "The sound drops out or clicks",
  standard:
    "Gaps and clicks as in Essentia's GapsDetector and ClickDetector (Music Technology Group), with stricter edges; nothing is -90 dBFS, above the dither of 16 bits",
  signals: ["dropout.gapSeconds", "dropout.gapAgoSeconds", "dropout.clickDb", "dropout.clickAgoSeconds"],

  parameters: z.object({
    minimumGapSeconds: z.number().min(0).default(0.004).describe("Shortest gap that counts, in seconds"),
    minimumClickDb: z
      .number()
      .min(0)
      .default(36)
      .describe("How far a jump stands out from the sound around it, at least, in dB of the second difference"),
    bridgeSeconds: z
      .number()
      .min(0)
      .default(1)
      .describe("Faults that follow each other within this time, in seconds, are one defect"),
  }),

  begin: ({ minimumGapSeconds, minimumClickDb, bridgeSeconds }): Judging => {
    const threshold = { minimumGapSeconds, minimumClickDb };
    let open: DefectHandle | undefined;
    let endSeconds = 0;
    /** Where the lane begins, or goes on after a discontinuity: nothing begins before it. */
    let earliestSeconds: number | undefined;
    let [gaps, longestGapSeconds, clicks, highestClickDb] = [0, 0, 0, 0];

    const measured = (): Values => ({
      ...(gaps > 0 && { gaps, longestGapSeconds }),
      ...(clicks > 0 && { clicks, maximumClickDb: highestClickDb }),
    });

    function close(emit: Emit): void {
      if (open !== undefined) emit.close(open, endSeconds, measured());
      open = undefined;
      gaps = longestGapSeconds = clicks = highestClickDb = 0;
    }

    function tell(agoSeconds: number, now: number, emit: Emit): void {
      endSeconds = now;
      const startSeconds = Math.max(now - agoSeconds, earliestSeconds ?? now);
      if (open === undefined) open = emit.open({ startSeconds, measured: measured(), threshold });
      else emit.update(open, measured());
    }

    return {
      push({ pts, signals, discontinuityBefore }, emit) {
        const at = (name: string, index: number) => signals[name]?.[index] ?? Number.NaN;
        if (discontinuityBefore) {
          close(emit);
          earliestSeconds = undefined;
        }
        for (const [index, now] of pts.entries()) {
          earliestSeconds ??= now;
          const gapSeconds = at("dropout.gapSeconds", index);
          const clickDb = at("dropout.clickDb", index);
          const [hasGap, hasClick] = [gapSeconds >= minimumGapSeconds, clickDb >= minimumClickDb];
          if (open !== undefined && now - endSeconds > bridgeSeconds) close(emit);
          if (!hasGap && !hasClick) continue;
          if (hasGap) {
            gaps++;
            longestGapSeconds = Math.max(longestGapSeconds, gapSeconds);
          }
          if (hasClick) {
            clicks++;
            highestClickDb = Math.max(highestClickDb, clickDb);
          }
          const agoSeconds = Math.max(
            hasGap ? at("dropout.gapAgoSeconds", index) : 0,
            hasClick ? at("dropout.clickAgoSeconds", index) : 0,
          );
          tell(agoSeconds, now, emit);
        }
      },
      end: (_, emit) => close(emit),
    };
  },
});
