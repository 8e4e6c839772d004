import { type AlertDraft, type AlertFacts, type AlertJob, alertId, defectAlert, draftAlert } from "../alert.js";
import type { DefectEntry } from "../defect-entry.js";
import type { Defect } from "../../analyzers/index.js";
import { defectEntry } from "../defect-entry.js";
import { rank } from "../incident.js";
import { type Fault, flaps, isOpen, type LiveDefect, type Notice } from "./fault.js";

export function rfc3339(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}

/** The entry of a live defect, with the wall clock of its start and, where it is over, of its end. */
export function liveEntry(
  defect: Defect,
  { id, startMilliseconds, startSeconds }: LiveDefect,
  endMilliseconds?: number,
): DefectEntry {
  const { endSeconds: _, ...entry } = defectEntry({ ...defect, id, startSeconds }, undefined);
  const { endSeconds } = defectEntry(defect, undefined);
  return {
    ...entry,
    ...(endSeconds === undefined || endMilliseconds === undefined ? {} : { endSeconds }),
    startTime: rfc3339(startMilliseconds),
    ...(endMilliseconds === undefined ? {} : { endTime: rfc3339(endMilliseconds) }),
  };
}

/** The worse of two severities. */
export function worse(one: DefectEntry["severity"], other: DefectEntry["severity"]): DefectEntry["severity"] {
  return rank[one] >= rank[other] ? one : other;
}

/** What to tell of a fault at this moment. `quietUntilMilliseconds` where the limit is used up by it. */
export function noticeAlert(
  job: AlertJob,
  fault: Fault,
  notice: Notice,
  at: number,
  quietUntilMilliseconds: number | undefined,
): AlertDraft {
  const { incidentKey, incident, flapping, heldBack } = fault;
  const isOver = !flaps(fault, at);
  const facts: AlertFacts & { readonly incidentKey: string } = {
    incidentKey,
    ...(incident.cause === undefined ? {} : { cause: incident.cause.word, causeReason: incident.cause.reason }),
    ...(flapping === undefined || (isOver && !flapping.isTold)
      ? {}
      : {
          flapping: {
            startTime: rfc3339(flapping.sinceMilliseconds),
            ...(isOver ? { endTime: rfc3339(flapping.lastMilliseconds) } : {}),
            changes: flapping.changes,
            isOpen: isOpen(fault),
          },
        }),
    ...(heldBack === 0 ? {} : { heldBack }),
    ...(quietUntilMilliseconds === undefined ? {} : { quietUntil: rfc3339(quietUntilMilliseconds) }),
  };
  if (notice !== "flapping") return defectAlert(job, notice, incident.defect, facts, new Date(at));
  const id = alertId(
    incidentKey,
    "flapping",
    flapping?.sinceMilliseconds ?? at,
    isOver ? "ended" : "began",
    flapping?.changes ?? 0,
  );
  return draftAlert(job, "framewatch.stream.flapping", id, { ...facts, defect: incident.defect }, new Date(at));
}
