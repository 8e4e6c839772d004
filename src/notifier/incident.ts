import { createHash } from "node:crypto";
import type { Defect, DefectEvent, Severity } from "../analyzers/index.js";
import type { MediaInfo } from "../decoder/index.js";
import { type AlertDraft, type AlertJob, defectAlert } from "./alert.js";
import { defectEntry } from "./defect-entry.js";
import { displaySource } from "../display-source.js";

/** Severities in their order. */
export const rank: Readonly<Record<Severity, number>> = { info: 0, warning: 1, error: 2, critical: 3 };

/** PagerDuty's `dedup_key` is the shortest that paging tools allow. */
const maximumKeyCharacters = 255;

/** What paging tools group by: stream or source, type and track. A source too long for that is told by its hash. */
export function incidentKey(job: AlertJob, defect: Defect): string {
  const subject = job.stream ?? displaySource(job.source);
  const rest = ` ${defect.type} ${defect.affects ?? defect.medium}:${defect.track}`;
  if (subject.length + rest.length <= maximumKeyCharacters) return subject + rest;
  return createHash("sha256").update(subject).digest("hex") + rest;
}

/** The lives of a job's defects, as people hear of them. */
export interface Incidents {
  /** The alert that an event is worth; absent where nobody needs to hear of it. */
  alertOf(event: DefectEvent, media: MediaInfo): AlertDraft | undefined;
}

/** Opens a job's incidents: each is told when it opens, when it becomes more severe, and when it is over. */
export function openIncidents(job: AlertJob): Incidents {
  const told = new Map<string, Severity>();
  return {
    alertOf({ kind, defect }, media) {
      const severity = told.get(defect.id);
      if (kind === "updated" && (severity === undefined || rank[defect.severity] <= rank[severity])) return undefined;
      if (kind === "resolved") told.delete(defect.id);
      else told.set(defect.id, defect.severity);
      return defectAlert(job, kind, defectEntry(defect, media), { incidentKey: incidentKey(job, defect) });
    },
  };
}
