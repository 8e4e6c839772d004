import { createHash } from "node:crypto";

/**
 * The id of a live stream's defect: 24 hex digits of SHA-256. No ordinal is in it: after a take-over that would begin again, and
 * name another defect by the id of one that was told.
 *
 * @param track medium and number, such as `video:0`
 * @param onsetSecond wall clock of the onset, in whole seconds since 1970
 * @param repeat counts the defects that began within the same second, from 0
 */
export function liveDefectId(stream: string, detector: string, track: string, onsetSecond: number, repeat = 0): string {
  const parts = repeat === 0 ? [stream, detector, track, onsetSecond] : [stream, detector, track, onsetSecond, repeat];
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, 24);
}
