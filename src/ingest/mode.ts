import type { JobRequest } from "./job.js";
import { sourceKind } from "./source-guard.js";

/** `as-opened`: only who opens the source can say, since a playlist over HTTP may be a film or a channel. */
export type JobMode = "file" | "live" | "as-opened";

/** Whether a job ends by itself: the mode that the request names, else what kind of source it is; nothing is opened. */
export function modeOf({ mode, source }: Pick<JobRequest, "mode" | "source">): JobMode {
  if (mode !== undefined) return mode;
  switch (sourceKind(source)) {
    case "live":
      return "live";
    case "http":
      return "as-opened";
    case "s3":
    case "file":
      return "file";
  }
}
