import { z } from "zod";
import { defineDetector } from "../detector.js";
import { sustained } from "../sustained.js";

/**
 * Left and right of a stereo track carry the same: mono in two channels.
 *
 * A coder that works on mid and side keeps both the same to the last bit; one that does not adds noise, each side its
 * own. A mix whose middle is loud has a reverberation or a room beside it, which lies far above that noise.
 *
 * Not this: one side alone (`channel-missing`), the same with opposite signs (`phase`).
 */
export const dualMono = defineDetector({
  type: "dual-mono",
  version: "1.0.0",
  medium: "audio",
  summary: "Left and right are the same",
  standard:
    "No standard sets a limit; as FFmpeg aphasemeter's mono detection, by the level of the side signal against the middle",
  signals: ["pair.sideDb"],

  parameters: z.object({
    minimumSeconds: z.number().positive().default(5).describe("Shortest time that counts, in seconds"),
    maximumSideDb: z
      .number()
      .max(0)
      .default(-50)
      .describe("Left minus right stays below left plus right by this, in dB: a coder's noise, and no room"),
    bridgeSeconds: z.number().min(0).default(10).describe("Pauses that are looked over, in seconds"),
  }),

  begin: ({ minimumSeconds, maximumSideDb, bridgeSeconds }) =>
    sustained({
      signal: "pair.sideDb",
      holds: (sideDb) => sideDb <= maximumSideDb,
      minimumSeconds,
      bridge: { seconds: bridgeSeconds, allows: () => false, unmeasured: true },
      measured: (held) => ({ maximumSideDb: held.maximum }),
      threshold: { minimumSeconds, maximumSideDb },
    }),
});
