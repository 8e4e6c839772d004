import type { Defect, DefectEvent } from "./defect.js";

/** Damage is seen at most so long after the decoder complained, or the decoder complains so long after it is seen. */
const joinSeconds = 1;
/** Complaints that go on for longer than this after the last damage that is seen are told by themselves from there on. */
const outlastSeconds = 2;

/** What damaged data that the decoder complained of is called where it is the cause of something that is seen. */
export const damagedDataCause = "decode-error: the coded data is damaged";

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
}

/**
 * Damaged blocks and the decoder's complaints about the picture in the same place are one fault: it is told as
 * `block-corruption`, which is what people see, and the complaints are named as its cause. For that a `decode-error` of the picture
 * waits for a second of media time to be told.
 */
export function openOneFault(): OneFault {
  const complaints = new Map<string, Complaint>();
  /** Damage that lasts, and the one that ended last. */
  let damages: Defect[] = [];

  function meet(complaint: Defect, damage: Defect): boolean {
    return (
      complaint.startSeconds <= (damage.endSeconds ?? Number.POSITIVE_INFINITY) + joinSeconds &&
      (complaint.endSeconds ?? Number.POSITIVE_INFINITY) >= damage.startSeconds - joinSeconds
    );
  }

  function ofDamage({ kind, defect }: DefectEvent): DefectEvent {
    const met = [...complaints.values()].filter((complaint) => meet(complaint.defect, defect));
    for (const complaint of met) {
      if (complaint.state === "told") continue;
      complaint.state = "joined";
      complaint.damageEndSeconds = defect.endSeconds;
    }
    damages = [...damages.filter(({ id, endSeconds }) => id !== defect.id && endSeconds === undefined), defect];
    const causes = [...(defect.causes ?? []), damagedDataCause];
    return { kind, defect: met.length === 0 ? defect : { ...defect, causes } };
  }

  function ofComplaint(event: DefectEvent): DefectEvent[] {
    const { defect } = event;
    const known = complaints.get(defect.id);
    if (known === undefined) {
      const damage = damages.findLast((one) => meet(defect, one));
      complaints.set(defect.id, {
        defect,
        ...(damage === undefined ? { state: "waiting" } : { state: "joined", damageEndSeconds: damage.endSeconds }),
      });
      return [];
    }
    known.defect = defect;
    if (known.state === "told") return [event];
    return event.kind === "resolved" && known.state === "joined" ? restOf(known) : [];
  }

  /** What complaints say after the damage that they belong to was no longer seen. */
  function restOf({ defect, damageEndSeconds }: Complaint): DefectEvent[] {
    const { endSeconds } = defect;
    if (damageEndSeconds === undefined || endSeconds === undefined || endSeconds <= damageEndSeconds + outlastSeconds) return [];
    return asWhole({ ...defect, startSeconds: damageEndSeconds });
  }

  function asWhole(defect: Defect): DefectEvent[] {
    const { endSeconds, ...open } = defect;
    const opened: DefectEvent = { kind: "opened", defect: open };
    return endSeconds === undefined ? [opened] : [opened, { kind: "resolved", defect }];
  }

  function tellUntil(pictureSeconds: number): DefectEvent[] {
    const told: DefectEvent[] = [];
    for (const [id, complaint] of complaints) {
      const { state, defect } = complaint;
      if (state === "waiting" && defect.startSeconds + joinSeconds < pictureSeconds) {
        complaint.state = "told";
        told.push(...asWhole(defect));
      }
      if (complaint.state !== "waiting" && (defect.endSeconds ?? Number.POSITIVE_INFINITY) + joinSeconds < pictureSeconds)
        complaints.delete(id);
    }
    return told;
  }

  return {
    take(events, pictureSeconds) {
      const told = events.flatMap((event) => {
        if (event.defect.type === "block-corruption") return [ofDamage(event)];
        return event.defect.type === "decode-error" && event.defect.affects === "picture" ? ofComplaint(event) : [event];
      });
      return [...told, ...tellUntil(pictureSeconds)];
    },
    end: () => tellUntil(Number.POSITIVE_INFINITY),
  };
}
