import { z } from "zod";
import { defineDetector } from "../detector.js";
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
  signals: ["decode.errorCount"],

  parameters: z.object({
    bridgeSeconds: z
      .number()
      .min(0)
      .default(1)
      .describe("Errors with at most this many quiet seconds between them are one damaged stretch"),
  }),

  begin: ({ bridgeSeconds }) =>
    sustained({
      signal: "decode.errorCount",
      holds: (errorCount) => errorCount > 0,
      minimumSeconds: 0,
      bridge: { seconds: bridgeSeconds },
      measured: (held) => ({ errorCount: held.sum }),
      threshold: { minimumErrorCount: 1, bridgeSeconds },
    }),
});
