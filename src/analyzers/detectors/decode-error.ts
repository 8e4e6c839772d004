import { z } from "zod";
import { defineDetector, type Region } from "../detector.js";
import { sustained } from "../sustained.js";

/**
 * The decoder complains: the coded data is damaged, missing or wrong, whatever the picture looks like after concealment.
 *
 * Not this: damage that was coded as picture (`block-corruption`), packets missing without a complaint
 * (`timestamp-gap`, `transport`). It runs on the picture and on each sound track, which have decoders of their own.
 */
export const decodeError = defineDetector({
  type: "decode-error",
  version: "1.0.0",
  medium: "stream",
  summary: "The decoder finds damaged data",
  standard: "FFmpeg decoder messages of level error; ETSI TR 101 290 says the same of the transport layer only",
  signals: ["decode.errorCount", "decode.damagedTop", "decode.damagedHeight"],

  parameters: z.object({
    bridgeSeconds: z
      .number()
      .min(0)
      .default(1)
      .describe("Errors with at most this many quiet seconds between them are one damaged stretch"),
  }),

  begin: ({ bridgeSeconds }, { video }) => {
    let counted = { second: Number.NaN, errors: 0 };
    let mostPerSecond = 0;
    let region: Region | undefined;

    function count(errors: number, seconds: number): void {
      const second = Math.floor(seconds);
      if (counted.second !== second) counted = { second, errors: 0 };
      counted.errors += errors;
      mostPerSecond = Math.max(mostPerSecond, counted.errors);
    }

    return sustained({
      signal: "decode.errorCount",
      holds: (errorCount, { seconds, other, held }) => {
        if (errorCount === 0) return false;
        if (held.samples === 0) {
          counted = { second: Number.NaN, errors: 0 };
          mostPerSecond = 0;
          const [top, height] = [other("decode.damagedTop"), other("decode.damagedHeight")];
          region = Number.isNaN(top) || video === undefined ? undefined : { x: 0, y: top, width: video.width, height };
        }
        count(errorCount, seconds);
        return true;
      },
      minimumSeconds: 0,
      bridge: { seconds: bridgeSeconds },
      measured: (held) => ({ errorCount: held.sum, mostErrorsPerSecond: mostPerSecond }),
      region: () => region,
      threshold: { minimumErrorCount: 1, bridgeSeconds },
    });
  },
});
