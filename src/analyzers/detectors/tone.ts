import { z } from "zod";
import { defineDetector } from "../detector.js";
import { sustained } from "../sustained.js";

/** How far frequency and level of a generator move, coded lossily: a share and decibels. A voice or a flute moves more. */
const steadyShare = 0.005;
const steadyDb = 1;

/**
 * A line-up tone is on air: one pure sine that keeps its frequency and its level, as no instrument and no voice does.
 *
 * Short interruptions belong to it: line-up signals say by them which channel is which.
 *
 * Not this: a hum below a programme (`hum`), a beep over a word, a siren or a whistle, which move, a dial tone of two sines.
 */
export const tone = defineDetector({
  type: "tone",
  version: "1.0.0",
  medium: "audio",
  summary: "A line-up tone is on air",
  standard:
    "EBU R 68 and SMPTE RP 155 line-up tone, interrupted as by EBU Tech 3304; a sine by AES17 total harmonic distortion plus noise, in windows of 10 ms",
  signals: ["tone.residualDb", "tone.hertz", "tone.levelDbfs"],

  parameters: z.object({
    minimumSeconds: z.number().positive().default(2).describe("Shortest tone that counts, in seconds"),
    maximumResidualDb: z
      .number()
      .max(0)
      .default(-30)
      .describe("What is left without the sine, against all of the channel, at most; -30 dB is a distortion of 3 %"),
    minimumDbfs: z.number().max(0).default(-50).describe("Quieter tones do not count, in dBFS; a full-scale sine is 0"),
    bridgeSeconds: z.number().min(0).default(0.6).describe("Longest interruption that is looked over, in seconds"),
  }),

  begin: ({ minimumSeconds, maximumResidualDb, minimumDbfs, bridgeSeconds }) => {
    let [hertz, levelDbfs] = [0, 0];
    let heldSeconds = 0;
    return sustained({
      signal: "tone.residualDb",
      holds: (residualDb, { other, held }) => {
        const [ownHertz, ownDbfs] = [other("tone.hertz"), other("tone.levelDbfs")];
        if (!(residualDb <= maximumResidualDb && ownDbfs >= minimumDbfs)) return false;
        if (held.samples === 0) [hertz, levelDbfs] = [ownHertz, ownDbfs];
        heldSeconds = held.durationSeconds;
        return Math.abs(ownHertz - hertz) <= steadyShare * hertz && Math.abs(ownDbfs - levelDbfs) <= steadyDb;
      },
      minimumSeconds,
      // Only what is known for a tone may be interrupted: else notes of a melody would make one.
      bridge: { seconds: bridgeSeconds, allows: () => heldSeconds >= minimumSeconds },
      measured: (held) => ({ hertz, levelDbfs, residualDb: held.mean }),
      threshold: { minimumSeconds, maximumResidualDb, minimumDbfs },
    });
  },
});
