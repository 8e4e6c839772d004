import { z } from "zod";
import { defineDetector } from "../detector.js";
import { sustained } from "../sustained.js";

/**
 * Soft windows between loud ones have a room or an atmosphere of their own in stereo, where a coder's noise stays so far below them.
 */
const widestPauseDb = -20;
/** The last 2 s are looked at each time: so the beginning of what is short may still show what was before. */
const mostWideShare = 0.4;

/**
 * A coder's noise rises where the sound is noise itself, such as rain: there it may come so much nearer, while half of the time it
 * stays below the limit.
 */
const hysteresisDb = 8;
const strictShare = 0.5;

/** Where the sound changed to mono, the median of 2 s tells it after 1 s; where it began, at once. It is this far off at most. */
const medianLagSeconds = 0.5;

/**
 * Left and right of a stereo track carry the same: mono in two channels.
 *
 * Coders keep both the same to the last bit most of the time, and add noise, each side its own, in some windows, at low bitrates 40 dB
 * below the sound: so the median counts, of what is loud. A mix whose middle is loud has a reverberation or a room beside it, which lies
 * above that, or else comes out where the middle pauses.
 *
 * Not this: one side alone (`channel-missing`), the same with opposite signs (`phase`).
 */
export const dualMono = defineDetector({
  type: "dual-mono",
  version: "1.1.0",
  medium: "audio",
  summary: "Left and right are the same",
  standard:
    "No standard sets a limit; as FFmpeg aphasemeter's mono detection, by the level of the side signal against the middle. The least difference in level between the ears that is noticed, 0.5 dB (Mills 1960), makes -31 dB of it",
  signals: ["pair.sideDb", "pair.pauseSideDb"],

  parameters: z.object({
    minimumSeconds: z.number().positive().default(5).describe("Shortest time that counts, in seconds"),
    maximumSideDb: z
      .number()
      .max(0)
      .default(-36)
      .describe("Left minus right stays below left plus right by this, in dB: a coder's noise, and no room"),
    bridgeSeconds: z.number().min(0).default(10).describe("Pauses that are looked over, in seconds"),
  }),

  begin: ({ minimumSeconds, maximumSideDb, bridgeSeconds }) => {
    let [strict, wide] = [0, 0];
    return sustained({
      signal: "pair.sideDb",
      holds: (sideDb, { other, held }) => {
        if (held.samples === 0) strict = wide = 0;
        if (!(sideDb <= maximumSideDb + hysteresisDb)) return false;
        if (sideDb <= maximumSideDb) strict++;
        if (other("pair.pauseSideDb") > widestPauseDb) wide++;
        return true;
      },
      opens: ({ samples }) => wide <= mostWideShare * samples && strict >= strictShare * samples,
      minimumSeconds,
      earlierSeconds: () => medianLagSeconds,
      bridge: { seconds: bridgeSeconds, allows: () => false, unmeasured: true },
      measured: (held) => ({ maximumSideDb: held.maximum }),
      threshold: { minimumSeconds, maximumSideDb },
    });
  },
});
