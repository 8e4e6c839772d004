import { z } from "zod";
import { defineDetector } from "../detector.js";
import { sustained } from "../sustained.js";

/** Lines are known for steady when they have stood for most of the time that the measurer looks back over. */
const knownAfterSeconds = 3.9;

/** Nothing in the physics says how loud and how steady a hum is: a drone of a synthesizer may stand on the same frequency. */
const confidence = 0.8;

/**
 * Mains hum: lines at 50 or 60 Hz and their harmonics that stand through programme and pauses. A ground loop, a bad cable, a
 * transformer nearby.
 *
 * Not this: a bass note (it stands on another frequency, 49 Hz or 51.9 Hz, or not for long), a voice, a tone of one sine
 * (`tone`). A loud bass on the same frequencies hides a hum: such stretches are looked over.
 */
export const hum = defineDetector({
  type: "hum",
  version: "1.0.0",
  medium: "audio",
  summary: "Mains hum is in the sound",
  standard: "Lines at 50 or 60 Hz within 0.3 Hz and their harmonics (EN 50160 mains frequency; IEC 60268-1 hum)",
  signals: ["hum.lines", "hum.hertz", "hum.levelDbfs"],

  parameters: z.object({
    minimumSeconds: z.number().min(knownAfterSeconds).default(5).describe("Shortest hum that counts, in seconds"),
    minimumDbfs: z
      .number()
      .max(0)
      .default(-60)
      .describe("Quieter hum does not count: level of all its lines, in dBFS; a full-scale sine is 0"),
    minimumLines: z
      .number()
      .int()
      .min(1)
      .default(2)
      .describe("How many harmonics must stand; one line alone may be a note or a tone"),
    bridgeSeconds: z
      .number()
      .min(0)
      .default(6)
      .describe("Stretches in which something hides the hum are looked over for so long, in seconds"),
  }),

  begin: ({ minimumSeconds, minimumDbfs, minimumLines, bridgeSeconds }) => {
    let hertz = 0;
    let loudestDbfs = minimumDbfs;
    return sustained({
      signal: "hum.lines",
      holds: (lines, { other, held }) => {
        const levelDbfs = other("hum.levelDbfs");
        if (!(lines >= minimumLines && levelDbfs >= minimumDbfs)) return false;
        loudestDbfs = held.samples === 0 ? levelDbfs : Math.max(loudestDbfs, levelDbfs);
        hertz = other("hum.hertz");
        return true;
      },
      minimumSeconds: minimumSeconds - knownAfterSeconds,
      earlierSeconds: () => knownAfterSeconds,
      bridge: { seconds: bridgeSeconds },
      confidence,
      measured: (held) => ({ hertz, levelDbfs: loudestDbfs, lines: held.maximum }),
      threshold: { minimumSeconds, minimumDbfs, minimumLines },
    });
  },
});
