import { z } from "zod";
import { defineDetector, type DefectHandle, type Emit, type Judging, type Values } from "../detector.js";

/** One pure sine, and how far its frequency moves: as `tone` has it. */
const toneResidualDb = -30;
const steadyShare = 0.005;
/** A line-up signal is known for one after this time of tone. */
const toneSeconds = 0.5;
/**
 * Shortest interruption that says which channel is which: 0.25 s by EBU Tech 3304 and in GLITS, 0.3 s in BLITS, less what
 * coders smear. What breaks off by accident in a tone is shorter.
 */
const interruptionSeconds = 0.2;
/** Windows at the border of an interruption are no pure sine: so long is looked over. */
const edgeSeconds = 0.06;
/** Until a tone is known it goes on without pause, but for one window that is none by chance. */
const lostSeconds = 0.025;
/** Longest interruption that a known tone goes on after, as `tone` has it. */
const bridgedSeconds = 0.6;

/**
 * The sound breaks off and goes on, or a sample jumps: a packet was lost, a buffer ran empty, a tape has a fault.
 *
 * - A gap: sound that runs for a second and longer goes to nothing, or to one held sample, within 16 ms, and is back within
 *   16 ms, less than 30 dB softer or louder. Speech and instruments die away more slowly, and rooms and microphones are never
 *   that quiet. The faint noise that a coder spreads over its borders, 30 dB below the sound, may last for 48 ms.
 * - A click: one sample, or the step between two, that the sound around it does not explain. A lossy coder smears it beyond
 *   recognition: it is found in what was coded without loss.
 * - A repeat: 5 to 100 ms that come again at once, sample by sample, once: a buffer was played twice. It too is found in what
 *   was coded without loss. What is periodic, looped or struck anew is none, but where the wave breaks between the two.
 *
 * It is known when it is over, and lasts until then. What follows within `bridgeSeconds` is the same fault.
 *
 * Not this: silence of seconds (`silence`), time that is missing in the source (`timestamp-gap`), beeps and words between
 * silences, the interruptions of a line-up tone (`tone`), which last 0.2 s and longer.
 */
export const dropout = defineDetector({
  type: "dropout",
  version: "1.1.0",
  medium: "audio",
  summary: "The sound drops out, clicks or stutters",
  standard:
    "Gaps and clicks as in Essentia's GapsDetector and ClickDetector (Music Technology Group), with stricter edges; nothing is -90 dBFS, above the dither of 16 bits",
  signals: [
    "dropout.gapSeconds",
    "dropout.gapAgoSeconds",
    "dropout.clickDb",
    "dropout.clickAgoSeconds",
    "dropout.repeatSeconds",
    "dropout.repeatAgoSeconds",
    "tone.residualDb",
    "tone.hertz",
  ],

  parameters: z.object({
    minimumGapSeconds: z.number().min(0).default(0.004).describe("Shortest gap that counts, in seconds"),
    minimumClickDb: z
      .number()
      .min(0)
      .default(36)
      .describe("How far a jump stands out from the sound around it, at least, in dB of the second difference"),
    minimumRepeatSeconds: z
      .number()
      .min(0)
      .default(0.005)
      .describe("Shortest block played twice that counts, in seconds; none shorter than 5 ms is looked for"),
    bridgeSeconds: z
      .number()
      .min(0)
      .default(1)
      .describe("Faults that follow each other within this time, in seconds, are one defect"),
  }),

  begin: ({ minimumGapSeconds, minimumClickDb, minimumRepeatSeconds, bridgeSeconds }): Judging => {
    const threshold = { minimumGapSeconds, minimumClickDb, minimumRepeatSeconds };
    let open: DefectHandle | undefined;
    let endSeconds = 0;
    /** Where the lane begins, or goes on after a discontinuity: nothing begins before it. */
    let earliestSeconds: number | undefined;
    let [gaps, longestGapSeconds, clicks, highestClickDb] = [0, 0, 0, 0];
    let [repeats, longestRepeatSeconds] = [0, 0];

    const lineUp = watchForTone();

    const measured = (): Values => ({
      ...(gaps > 0 && { gaps, longestGapSeconds }),
      ...(clicks > 0 && { clicks, maximumClickDb: highestClickDb }),
      ...(repeats > 0 && { repeats, longestRepeatSeconds }),
    });

    function close(emit: Emit): void {
      if (open !== undefined) emit.close(open, endSeconds, measured());
      open = undefined;
      gaps = longestGapSeconds = clicks = highestClickDb = repeats = longestRepeatSeconds = 0;
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
          lineUp.forget();
        }
        for (const [index, now] of pts.entries()) {
          earliestSeconds ??= now;
          const gapSeconds = at("dropout.gapSeconds", index);
          const clickDb = at("dropout.clickDb", index);
          const gapAgoSeconds = at("dropout.gapAgoSeconds", index);
          lineUp.push(now, at("tone.residualDb", index), at("tone.hertz", index));
          const isLineUp = gapSeconds >= interruptionSeconds && lineUp.ranAt(now - gapAgoSeconds);
          const [hasGap, hasClick] = [gapSeconds >= minimumGapSeconds && !isLineUp, clickDb >= minimumClickDb];
          const repeatSeconds = at("dropout.repeatSeconds", index);
          const hasRepeat = repeatSeconds >= minimumRepeatSeconds;
          if (open !== undefined && now - endSeconds > bridgeSeconds) close(emit);
          if (!hasGap && !hasClick && !hasRepeat) continue;
          if (hasRepeat) {
            repeats++;
            longestRepeatSeconds = Math.max(longestRepeatSeconds, repeatSeconds);
          }
          if (hasGap) {
            gaps++;
            longestGapSeconds = Math.max(longestGapSeconds, gapSeconds);
          }
          if (hasClick) {
            clicks++;
            highestClickDb = Math.max(highestClickDb, clickDb);
          }
          const agoSeconds = Math.max(
            hasGap ? gapAgoSeconds : 0,
            hasClick ? at("dropout.clickAgoSeconds", index) : 0,
            hasRepeat ? at("dropout.repeatAgoSeconds", index) : 0,
          );
          tell(agoSeconds, now, emit);
        }
      },
      end: (_, emit) => close(emit),
    };
  },
});

/** Follows the steady tones of a track: the present one, and the one before it. */
function watchForTone() {
  let [startSeconds, endSeconds, steadyHertz] = [Number.NaN, Number.NaN, Number.NaN];
  let before = { startSeconds: Number.NaN, endSeconds: Number.NaN };

  return {
    forget(): void {
      startSeconds = endSeconds = steadyHertz = before.startSeconds = before.endSeconds = Number.NaN;
    },

    push(now: number, residualDb: number, hertz: number): void {
      if (!(residualDb <= toneResidualDb)) return;
      const pauseSeconds = endSeconds - startSeconds >= toneSeconds ? bridgedSeconds : lostSeconds;
      const goesOn = now - endSeconds <= pauseSeconds && Math.abs(hertz - steadyHertz) <= steadyShare * steadyHertz;
      if (!goesOn) {
        if (endSeconds - startSeconds >= toneSeconds) before = { startSeconds, endSeconds };
        startSeconds = now;
        steadyHertz = hertz;
      }
      endSeconds = now;
    },

    /** A tone had been on for a while at this time, which is not long ago. */
    ranAt(seconds: number): boolean {
      const ran = (from: number, to: number) => seconds - from >= toneSeconds && seconds - to <= edgeSeconds;
      return ran(startSeconds, endSeconds) || ran(before.startSeconds, before.endSeconds);
    },
  };
}
