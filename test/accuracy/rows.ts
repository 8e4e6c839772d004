import type { Planter, Strength } from "./planter.js";
import { countBy } from "./score.js";
import type { TrialResult } from "./trials.js";

/** Median and 95th percentile of the absolute error, in frames of the clip. */
export interface ErrorInFrames {
  readonly median: number;
  readonly p95: number;
}

/** A row of the table: one detector at one strength. */
export interface Row {
  readonly type: string;
  readonly strength: string;
  readonly actionable: boolean;
  /** Faults planted. */
  readonly planted: number;
  readonly found: number;
  readonly falsePositives: number;
  /** Further defects in a fault that was found already. */
  readonly fragments: number;
  /** found / planted, 0..1; absent where nothing was planted. */
  readonly recall?: number;
  /** found / (found + false), 0..1; absent where nothing was raised. */
  readonly precision?: number;
  readonly onsetFrames?: ErrorInFrames;
  readonly endFrames?: ErrorInFrames;
  readonly sideAlarms: Readonly<Record<string, number>>;
  /** Clip, codec and time of what was not found or wrongly raised, so that a person can look. */
  readonly remarks: readonly string[];
}

/** Sums up the trials of one strength. */
export function rowOf({ type }: Planter, { name, actionable }: Strength, trials: readonly TrialResult[]): Row {
  const sum = (of: (trial: TrialResult) => number) => trials.reduce((total, trial) => total + of(trial), 0);
  const onset = trials.flatMap(({ frameRate, score }) => score.onsetErrors.map((seconds) => seconds * frameRate));
  const end = trials.flatMap(({ frameRate, score }) => score.endErrors.map((seconds) => seconds * frameRate));
  const planted = sum(({ score }) => score.planted);
  const found = sum(({ score }) => score.found);
  const falsePositives = sum(({ score }) => score.falsePositives);
  return {
    type,
    strength: name,
    actionable,
    planted,
    found,
    falsePositives,
    ...(planted === 0 ? {} : { recall: share(found, planted) }),
    ...(found + falsePositives === 0 ? {} : { precision: share(found, found + falsePositives) }),
    fragments: sum(({ score }) => score.fragments),
    ...(onset.length === 0 ? {} : { onsetFrames: summarise(onset) }),
    ...(end.length === 0 ? {} : { endFrames: summarise(end) }),
    sideAlarms: countBy(
      trials.flatMap(({ score }) =>
        Object.entries(score.sideAlarms).flatMap(([other, count]) => Array<string>(count).fill(other)),
      ),
    ),
    remarks: trials.flatMap(remark),
  };
}

function remark({ clip, encoding, span, score }: TrialResult): string[] {
  const missed = score.planted - score.found;
  const faults = [
    ...(missed > 0 ? ["missed"] : []),
    ...(score.falsePositives > 0 ? [`${score.falsePositives} false`] : []),
    ...(score.fragments > 0 ? [`${score.fragments} fragments`] : []),
  ];
  if (faults.length === 0) return [];
  return [`${clip} (${encoding}) ${span.startSeconds.toFixed(2)}-${span.endSeconds.toFixed(2)} s: ${faults.join(", ")}`];
}

function summarise(frames: readonly number[]): ErrorInFrames {
  const sorted = frames.map(Math.abs).sort((one, other) => one - other);
  const at = (share: number) => round(sorted[Math.ceil(share * sorted.length) - 1] ?? 0);
  return { median: at(0.5), p95: at(0.95) };
}

function share(part: number, whole: number): number {
  return Math.round((part / whole) * 1000) / 1000;
}

function round(frames: number): number {
  return Math.round(frames * 10) / 10;
}
