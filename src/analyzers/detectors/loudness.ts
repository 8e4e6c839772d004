import { z } from "zod";
import { defineDetector, type Emit, type Judging, type Values } from "../detector.js";
import { sustained } from "../sustained.js";

/** A loud or quiet stretch may be left for this long and is still the same: a sentence, a pause. In seconds. */
const bridgeSeconds = 3;

/** Two decimals more than meters show, and far more than single precision moves: a programme at the limit passes. */
const roundingLu = 0.005;

const level = (description: string) => z.number().min(-70).max(10).nullable().default(null).describe(description);

/**
 * The programme is louder or quieter than its policy asks for: a loudness target is a matter of where something is
 * shown, so nothing is judged until a policy gives one.
 *
 * - Integrated loudness and loudness range are those of the whole programme: they are judged at its end, and last from
 *   its start.
 * - A programme without a known duration (a live stream) has no end to wait for: its short-term loudness is judged, when
 *   it stays away from the target for minutes.
 * - Short-term loudness may have a limit of its own.
 *
 * Not this: no sound at all (`silence`), a jump from one level to another (`level-jump`).
 */
export const loudness = defineDetector({
  type: "loudness",
  version: "1.0.0",
  medium: "audio",
  summary: "The loudness is off target",
  standard: "EBU R 128 (2023), ITU-R BS.1770-5; short-term limit as in EBU R 128 s1; range by EBU Tech 3342",
  signals: ["loudness.integratedLufs", "loudness.shortTermLufs", "loudness.rangeLu"],

  parameters: z.object({
    targetLufs: level("Integrated loudness to reach, in LUFS; null: loudness is not judged against a target"),
    toleranceLu: z.number().min(0).default(0.5).describe("How far integrated loudness may lie from the target, in LU"),
    maximumShortTermLufs: level("Highest permitted short-term loudness, in LUFS (EBU R 128 s1: -18); null: no limit"),
    maximumRangeLu: z
      .number()
      .min(0)
      .nullable()
      .default(null)
      .describe("Largest permitted loudness range, in LU; null: no limit"),
    driftLu: z
      .number()
      .min(0)
      .default(6)
      .describe("How far short-term loudness of a programme without a known end may stay from the target, in LU"),
    driftSeconds: z.number().positive().default(120).describe("For how long it may stay further away than that, in seconds"),
  }),

  begin: ({ targetLufs, toleranceLu, maximumShortTermLufs, maximumRangeLu, driftLu, driftSeconds }, media) => {
    const rules: Judging[] = [];
    if (targetLufs !== null) {
      rules.push(
        wholeProgramme("loudness.integratedLufs", (integratedLufs) =>
          Math.abs(integratedLufs - targetLufs) > toleranceLu + roundingLu
            ? { measured: { integratedLufs }, threshold: { targetLufs, toleranceLu } }
            : undefined,
        ),
      );
    }
    if (targetLufs !== null && media.durationSeconds === undefined) {
      const [minimumLufs, maximumLufs] = [targetLufs - driftLu, targetLufs + driftLu];
      rules.push(
        stretch(driftSeconds, (lufs) => lufs > maximumLufs, { maximumLufs, minimumSeconds: driftSeconds }),
        stretch(driftSeconds, (lufs) => lufs < minimumLufs, { minimumLufs, minimumSeconds: driftSeconds }),
      );
    }
    if (maximumShortTermLufs !== null) {
      rules.push(stretch(0, (lufs) => lufs > maximumShortTermLufs + roundingLu, { maximumShortTermLufs }));
    }
    if (maximumRangeLu !== null) {
      rules.push(
        wholeProgramme("loudness.rangeLu", (rangeLu) =>
          rangeLu > maximumRangeLu + roundingLu ? { measured: { rangeLu }, threshold: { maximumRangeLu } } : undefined,
        ),
      );
    }
    return {
      push: (block, emit) => rules.forEach((rule) => rule.push(block, emit)),
      end: (endSeconds, emit) => rules.forEach((rule) => rule.end(endSeconds, emit)),
    };
  },
});

/** Short-term loudness that stays where it should not be. */
function stretch(minimumSeconds: number, holds: (shortTermLufs: number) => boolean, threshold: Values): Judging {
  return sustained({
    signal: "loudness.shortTermLufs",
    holds,
    minimumSeconds,
    bridge: { seconds: bridgeSeconds },
    measured: ({ minimum, maximum }) => ({ minimumShortTermLufs: minimum, maximumShortTermLufs: maximum }),
    threshold,
  });
}

/** The last value of a signal that runs over the whole programme, judged when that is over. */
function wholeProgramme(
  signal: string,
  faultOf: (value: number) => { readonly measured: Values; readonly threshold: Values } | undefined,
): Judging {
  let startSeconds: number | undefined;
  let value = Number.NaN;
  return {
    push({ pts, signals }) {
      startSeconds ??= pts[0];
      value = signals[signal]?.findLast((sample) => !Number.isNaN(sample)) ?? value;
    },
    end(endSeconds: number, emit: Emit) {
      const fault = Number.isNaN(value) ? undefined : faultOf(value);
      if (startSeconds === undefined || fault === undefined) return;
      emit.close(emit.open({ startSeconds, ...fault }), endSeconds, fault.measured);
    },
  };
}
