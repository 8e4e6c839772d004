import { type AlertDraft, type AlertFacts, type AlertJob, alertId, defectAlert, draftAlert } from "../alert.js";
import type { DefectEntry } from "../defect-entry.js";
import type { Defect } from "../../analyzers/index.js";
import { defectEntry } from "../defect-entry.js";
import { rank } from "../incident.js";
import { type Fault, isOpen, type LiveDefect, type Notice } from "./fault.js";

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

/** The moment at which a notice goes out. */
export interface NoticeMoment {
  readonly atMilliseconds: number;
  /** It goes on to come and go. */
  readonly isFlapping: boolean;
  /** Where the limit is used up by this notice: until when. */
  readonly quietUntilMilliseconds: number | undefined;
}

/** What to tell of a fault at this moment. The notice after flapping says what the case is, and sums up. */
export function noticeAlert(
  job: AlertJob,
  fault: Fault,
  notice: Notice,
  { atMilliseconds, isFlapping, quietUntilMilliseconds }: NoticeMoment,
): AlertDraft {
  const { incidentKey, incident, heldBack } = fault;
  const flapping = isFlapping || fault.flapping?.isTold ? fault.flapping : undefined;
  const facts: AlertFacts & { readonly incidentKey: string } = {
    incidentKey,
    ...(incident.cause === undefined ? {} : { cause: incident.cause.word, causeReason: incident.cause.reason }),
    ...(flapping === undefined
      ? {}
      : {
          flapping: {
            startTime: rfc3339(flapping.sinceMilliseconds),
            ...(isFlapping ? {} : { endTime: rfc3339(flapping.lastMilliseconds) }),
            changes: flapping.changes,
            isOpen: isOpen(fault),
          },
        }),
    ...(heldBack === 0 ? {} : { heldBack }),
    ...(quietUntilMilliseconds === undefined ? {} : { quietUntil: rfc3339(quietUntilMilliseconds) }),
  };
  const time = new Date(atMilliseconds);
  if (notice !== "flapping") return defectAlert(job, notice, incident.defect, facts, time);
  const { sinceMilliseconds = atMilliseconds, changes = 0 } = flapping ?? {};
  const id = alertId(incidentKey, "flapping", sinceMilliseconds, isFlapping ? "began" : "ended", changes);
  return draftAlert(job, "framewatch.stream.flapping", id, { ...facts, defect: incident.defect }, time);
}
