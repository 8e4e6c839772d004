import { z } from "zod";
import type { MediaInfo } from "../decoder/index.js";

/** A window begins and ends within the precision of a frame: bars up to 60 s may end with the frame at 60.02 s. */
const toleranceSeconds = 0.05;

/** Part of the media in which a fault of one type is meant: bars before the programme, black at an act break. */
export const allowedWindowSchema = z.strictObject({
  fromSeconds: z
    .number()
    .describe("Where the window begins, from the start of the media; a negative number counts from its declared end"),
  toSeconds: z.number().optional().describe("Where it ends, counted in the same way; the end of the media where nothing is said"),
});

export type AllowedWindow = z.output<typeof allowedWindowSchema>;

/**
 * Until when a fault that begins at `startSeconds` is allowed; undefined where it is not. A window that counts from the end
 * allows nothing in media that declares no duration.
 */
export function allowedUntil(
  startSeconds: number,
  windows: readonly AllowedWindow[],
  { durationSeconds, durationDeclared }: Pick<MediaInfo, "durationSeconds" | "durationDeclared">,
): number | undefined {
  const declaredEnd = durationDeclared && durationSeconds !== undefined ? durationSeconds : Number.NaN;
  const at = (seconds: number) => (seconds < 0 ? declaredEnd + seconds : seconds);
  let untilSeconds: number | undefined;
  for (const { fromSeconds, toSeconds } of windows) {
    const until = toSeconds === undefined ? Number.POSITIVE_INFINITY : at(toSeconds) + toleranceSeconds;
    if (startSeconds < at(fromSeconds) - toleranceSeconds || Number.isNaN(at(fromSeconds))) continue;
    if (startSeconds <= until) untilSeconds = Math.max(untilSeconds ?? until, until);
  }
  return untilSeconds;
}
