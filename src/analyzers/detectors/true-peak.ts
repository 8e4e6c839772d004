import { z } from "zod";
import { defineDetector } from "../detector.js";
import { sustained } from "../sustained.js";

/**
 * The sound goes beyond the permitted level, between its samples too: converters, coders and resamplers behind this
 * will clip it.
 *
 * Overs that follow each other closely are one defect: a loud passage has dozens.
 *
 * Not this: tops that are cut off already (`clipping`), whatever their level is.
 */
export const truePeak = defineDetector({
  type: "true-peak",
  version: "1.0.0",
  medium: "audio",
  summary: "The true peak is too high",
  standard: "EBU R 128 (2023): maximum permitted true peak -1 dBTP, measured by ITU-R BS.1770-5 Annex 2",
  signals: ["truePeak.dbtp"],

  parameters: z.object({
    maximumDbtp: z.number().min(-60).max(20).default(-1).describe("Highest permitted true peak, in dBTP; an over lies above it"),
    bridgeSeconds: z
      .number()
      .min(0)
      .default(5)
      .describe("Overs that follow each other within this time, in seconds, are one defect"),
  }),

  begin: ({ maximumDbtp, bridgeSeconds }) => {
    let highestDbtp = maximumDbtp;
    let highestAtSeconds = 0;
    return sustained({
      signal: "truePeak.dbtp",
      holds: (dbtp, { seconds, held }) => {
        const isOver = dbtp > maximumDbtp;
        if (isOver && (held.samples === 0 || dbtp > highestDbtp)) {
          highestDbtp = dbtp;
          highestAtSeconds = seconds;
        }
        return isOver;
      },
      bridge: { seconds: bridgeSeconds },
      minimumSeconds: 0,
      measured: (held) => ({ maximumDbtp: held.maximum, maximumAtSeconds: highestAtSeconds, overWindows: held.samples }),
      threshold: { maximumDbtp },
    });
  },
});
