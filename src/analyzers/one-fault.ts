import type { Defect, DefectEvent } from "./defect.js";

/** Damage is seen at most so long after the decoder complained. */
const joinSeconds = 1;
/** Complaints that go on for longer than this after the last damage that is seen are told by themselves from there on. */
const outlastSeconds = 2;

/** What damaged data that the decoder complained of is called where it is the cause of something that is seen. */
export const damagedDataCause = "decode-error: the coded data is damaged";

/** What damaged blocks are called where the decoder's complaints were told before they could be seen. */
export const damagedBlocksCause = "block-corruption: damaged blocks are seen in the picture";

/** Makes one defect of two that are one fault. */
export interface OneFault {
  /** What is to be told, of what the judge says after the picture was judged up to `pictureSeconds`. */
  take(events: readonly DefectEvent[], pictureSeconds: number): DefectEvent[];
  /** The picture is over: nothing waits any more. */
  end(): DefectEvent[];
}

/** Complaints of the decoder, as the judge told them last. */
interface Complaint {
  defect: Defect;
  /** They wait to be told, were told, or belong to damage that is told. */
  state: "waiting" | "told" | "joined";
  /** With `joined`: when the last damage that they belong to ended; absent while it lasts. */
  damageEndSeconds?: number | undefined;
  /** With `told`: damage was seen since, which is not told by itself. */
  isSeen?: boolean;
}

/**
 * Damaged blocks and the decoder's complaints about the picture in the same place are one fault: it is told as
 * `block-corruption`, which is what people see, and the complaints are named as its cause. For that a `decode-error` of the picture
 * waits for a second of media time to be told. Damage that is seen only later stays part of the `decode-error`, which names it.
 */
export function openOneFault(): OneFault {
  const complaints = new Map<string, Complaint>();
  /** Damage that is part of complaints which were told before it. */
  const partOf = new Map<string, Complaint>();

  /** Only times decide, so that it does not matter how the signals were cut into blocks. */
  function ofDamage(event: DefectEvent): DefectEvent[] {
    const { kind, defect } = event;
    const { startSeconds, endSeconds } = defect;
    const toldBefore = partOf.get(defect.id);
    if (toldBefore !== undefined) return kind === "resolved" ? restOfDamage(defect, toldBefore) : [];
    const told: DefectEvent[] = [];
    let isCaused = false;
    for (const complaint of complaints.values()) {
      const { startSeconds: begun, endSeconds: ended = Number.POSITIVE_INFINITY } = complaint.defect;
      if (begun > (endSeconds ?? startSeconds) || ended < startSeconds - joinSeconds) continue;
      isCaused = true;
      if (complaint.state === "waiting" && begun + joinSeconds < startSeconds) told.push(...tell(complaint));
      if (complaint.state === "told") {
        if (kind !== "opened" || ended <= startSeconds) continue;
        complaint.isSeen = true;
        partOf.set(defect.id, complaint);
        return [...told, { kind: "updated", defect: asSeen(complaint) }];
      }
      complaint.state = "joined";
      complaint.damageEndSeconds = endSeconds;
    }
    const causes = [...(defect.causes ?? []), damagedDataCause];
    return [...told, { kind, defect: isCaused ? { ...defect, causes } : defect }];
  }

  /** Damage that is seen for longer than the decoder complained is told by itself. */
  function restOfDamage(defect: Defect, complaint: Complaint): DefectEvent[] {
    partOf.delete(defect.id);
    const { endSeconds: complained = Number.POSITIVE_INFINITY } = complaint.defect;
    if ((defect.endSeconds ?? 0) <= complained + outlastSeconds) return [];
    return asWhole({ ...defect, startSeconds: complained, causes: [...(defect.causes ?? []), damagedDataCause] });
  }

  function ofComplaint(event: DefectEvent): DefectEvent[] {
    const known = complaints.get(event.defect.id);
    if (known?.state === "told") {
      known.defect = event.defect;
      return [{ ...event, defect: asSeen(known) }];
    }
    if (known === undefined) complaints.set(event.defect.id, { defect: event.defect, state: "waiting" });
    else known.defect = event.defect;
    return [];
  }

  function tell(complaint: Complaint): DefectEvent[] {
    complaint.state = "told";
    return asWhole(complaint.defect);
  }

  /** What complaints say after the damage that they belong to was no longer seen. */
  function restOf({ defect, damageEndSeconds }: Complaint): DefectEvent[] {
    const { endSeconds } = defect;
    if (damageEndSeconds === undefined || endSeconds === undefined || endSeconds <= damageEndSeconds + outlastSeconds) return [];
    return asWhole({ ...defect, startSeconds: damageEndSeconds });
  }

  function tellUntil(pictureSeconds: number): DefectEvent[] {
    const told: DefectEvent[] = [];
    for (const [id, complaint] of complaints) {
      const { startSeconds, endSeconds = Number.POSITIVE_INFINITY } = complaint.defect;
      if (complaint.state === "waiting" && startSeconds + joinSeconds < pictureSeconds) told.push(...tell(complaint));
      if (complaint.state === "waiting" || endSeconds + joinSeconds >= pictureSeconds) continue;
      if (complaint.state === "joined") told.push(...restOf(complaint));
      complaints.delete(id);
    }
    return told;
  }

  return {
    take(events, pictureSeconds) {
      const isComplaint = ({ defect }: DefectEvent) => defect.type === "decode-error" && defect.affects === "picture";
      // What the decoder says of a frame comes before what is seen in it.
      const told = [...events.filter(isComplaint), ...events.filter((event) => !isComplaint(event))].flatMap((event) => {
        if (isComplaint(event)) return ofComplaint(event);
        return event.defect.type === "block-corruption" ? ofDamage(event) : [event];
      });
      return [...told, ...tellUntil(pictureSeconds)];
    },
    end: () => tellUntil(Number.POSITIVE_INFINITY),
  };
}

function asSeen({ defect, isSeen = false }: Complaint): Defect {
  return isSeen ? { ...defect, causes: [...(defect.causes ?? []), damagedBlocksCause] } : defect;
}

function asWhole(defect: Defect): DefectEvent[] {
  const { endSeconds, ...open } = defect;
  const opened: DefectEvent = { kind: "opened", defect: open };
  return endSeconds === undefined ? [opened] : [opened, { kind: "resolved", defect }];
}
