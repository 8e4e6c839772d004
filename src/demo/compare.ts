import type { Alert, Report } from "../notifier/index.js";
import type { Planted } from "./plant.js";

/** How one planted defect was found and told. */
export interface Comparison {
  readonly planted: Planted;
  /** What was found in its place. */
  readonly found: readonly Report["defects"][number][];
  /** Alerts `framewatch.defect.opened` that told of it, repeats included. */
  readonly alerts: number;
  /** Why it does not count as found and alerted exactly once; absent when it does. */
  readonly fault?: string;
}

/** An onset may be off by a keyframe's distance: a still picture is coded anew there. */
const onsetToleranceSeconds = 2;

/** Holds what was planted against the report and the alerts. */
export function compare(planted: readonly Planted[], report: Report, alerts: readonly Alert[]): Comparison[] {
  return planted.map((one) => {
    const found = report.defects.filter(
      ({ type, causes = [], startSeconds, endSeconds = startSeconds }) =>
        // Damage that is seen is told as such, with the decoder's complaints as its cause.
        (type === one.type || causes.some((cause) => cause.startsWith(`${one.type}:`))) &&
        startSeconds < one.endSeconds &&
        endSeconds > one.startSeconds &&
        Math.abs(startSeconds - one.startSeconds) <= onsetToleranceSeconds,
    );
    const ids = new Set(found.map(({ id }) => id));
    const opened = alerts.filter(
      ({ type, data }) => type === "framewatch.defect.opened" && data.defect !== undefined && ids.has(data.defect.id),
    );
    const fault = faultOf(found.length, opened.length);
    return { planted: one, found, alerts: opened.length, ...(fault === undefined ? {} : { fault }) };
  });
}

function faultOf(found: number, alerts: number): string | undefined {
  if (found === 0) return "not found";
  if (found > 1) return `found ${found} times`;
  if (alerts === 0) return "not alerted";
  return alerts > 1 ? `alerted ${alerts} times` : undefined;
}
