import { z } from "zod";
import type { Policy } from "../../analyzers/index.js";

/** What a policy asks of loudness; absent is what it does not ask. */
export const loudnessLimitsSchema = z.object({
  targetLufs: z.number().optional().describe("Integrated loudness to reach"),
  toleranceLu: z.number().optional().describe("How far integrated loudness may lie from the target"),
  maximumShortTermLufs: z.number().optional(),
  maximumRangeLu: z.number().optional(),
  maximumTruePeakDbtp: z.number().optional(),
});

export type LoudnessLimits = z.output<typeof loudnessLimitsSchema>;

/** The limits that detectors `loudness` and `true-peak` judge by, where the policy has them on; undefined where there are none. */
export function loudnessLimits({ detectors }: Policy): LoudnessLimits | undefined {
  const loudness = detectors["loudness"]?.enabled ? detectors["loudness"].parameters : {};
  const truePeak = detectors["true-peak"]?.enabled ? detectors["true-peak"].parameters : {};
  const { targetLufs, toleranceLu, maximumShortTermLufs, maximumRangeLu } = loudness;
  const limits = {
    targetLufs,
    // A tolerance alone limits nothing.
    toleranceLu: typeof targetLufs === "number" ? toleranceLu : undefined,
    maximumShortTermLufs,
    maximumRangeLu,
    maximumTruePeakDbtp: truePeak["maximumDbtp"],
  };
  const given = Object.entries(limits).filter(([, value]) => typeof value === "number");
  return given.length === 0 ? undefined : loudnessLimitsSchema.parse(Object.fromEntries(given));
}
