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
  readonly fragments: number;
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
  return {
    type,
    strength: name,
    actionable,
    planted: sum(({ score }) => score.planted),
    found: sum(({ score }) => score.found),
    falsePositives: sum(({ score }) => score.falsePositives),
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

function round(frames: number): number {
  return Math.round(frames * 10) / 10;
}

/** 0..1; undefined where nothing was planted. */
export function recallOf({ planted, found }: Pick<Row, "planted" | "found">): number | undefined {
  return planted === 0 ? undefined : found / planted;
}

/** 0..1; undefined where nothing was raised. */
export function precisionOf({ found, falsePositives }: Pick<Row, "found" | "falsePositives">): number | undefined {
  return found + falsePositives === 0 ? undefined : found / (found + falsePositives);
}
