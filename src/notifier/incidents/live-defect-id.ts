import { createHash } from "node:crypto";

/**
 * The id of a live stream's defect: 24 hex digits of SHA-256. No ordinal is in it: after a take-over that would begin again, and
 * name another defect by the id of one that was told.
 *
 * @param track where it was found: lane and number, such as `picture:0`
 * @param onsetSecond wall clock of the onset, in whole seconds since 1970
 * @param repeat counts the defects that began within the same second, from 0
 */
export function liveDefectId(stream: string, detector: string, track: string, onsetSecond: number, repeat = 0): string {
  const parts = repeat === 0 ? [stream, detector, track, onsetSecond] : [stream, detector, track, onsetSecond, repeat];
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, 24);
}

/** Gives the defects of a stream their ids. */
export interface LiveIds {
  /** Call it once for each defect, in the order in which they are found. */
  next(detector: string, track: string, onsetMilliseconds: number): string;
}

/** Several defects of a detector may begin on a track within one second: each gets an id of its own. */
export function openLiveIds(stream: string): LiveIds {
  const given = new Map<string, { readonly second: number; readonly repeat: number }>();
  return {
    next(detector, track, onsetMilliseconds) {
      const key = `${detector} ${track}`;
      const second = Math.floor(onsetMilliseconds / 1000);
      const last = given.get(key);
      const repeat = last?.second === second ? last.repeat + 1 : 0;
      given.set(key, { second, repeat });
      return liveDefectId(stream, detector, track, second, repeat);
    },
  };
}
