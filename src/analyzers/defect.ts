import type { Medium, Region, Values } from "./detector.js";

export const severities = ["info", "warning", "error", "critical"] as const;
export type Severity = (typeof severities)[number];

/** A fault found by a detector, as report and alerts name it. Times in seconds, 0 at the media's first presented frame or sample. */
export interface Defect {
  readonly id: string;
  readonly type: string;
  readonly severity: Severity;
  readonly medium: Medium;
  /** Track of its medium, counted from 0. */
  readonly track: number;
  readonly startSeconds: number;
  /** Absent while the defect is open. */
  readonly endSeconds?: number;
  readonly confidence: number;
  readonly region?: Region;
  /** Which form of the defect it is, in kebab-case, where there are several. */
  readonly kind?: string;
  /** What most likely caused it, in words. */
  readonly causes?: readonly string[];
  /** Of a defect of the stream: whose. Both may have one at the same time. */
  readonly affects?: "picture" | "sound" | "transport";
  readonly measured: Values;
  readonly threshold: Values;
  readonly detector: { readonly name: string; readonly version: string };
}

/** What the judge says: a defect opened, its severity or measure changed, or it ended. */
export interface DefectEvent {
  readonly kind: "opened" | "updated" | "resolved";
  readonly defect: Defect;
}
