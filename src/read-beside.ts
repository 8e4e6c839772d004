/** Reads what lies beside picture and sound: captions, whose signals it delivers, and marks of where something is spliced in. */
import type { AnalysisRequest } from "./analyse-media.js";
import { captionBlock, captionTracks, type LaneSignals, openCaptionTimes, type SignalBlock } from "./analyzers/index.js";
import { captionContent, type PlacedMark, placeMark, readSideTracks, spliceMarkIn } from "./decoder/index.js";
import { FramewatchError } from "./errors.js";

/** Marks beyond so many are not kept. */
export const mostMarks = 10_000;

/**
 * Reads the media's side tracks to their end, where somebody wants them and the media has an end.
 * @param deliver receives the signals of captions, a block for each track, once all is read
 * @throws the signal's reason
 */
export async function readBeside(
  {
    input,
    media,
    range,
    signal,
    lanes,
  }: Pick<AnalysisRequest, "input" | "media" | "range" | "signal"> & {
    readonly lanes: readonly LaneSignals[];
  },
  deliver: (block: SignalBlock) => void,
): Promise<readonly PlacedMark[]> {
  const { sideTracks = [], durationSeconds } = media;
  if (sideTracks.length === 0 || durationSeconds === undefined) return [];
  const marks: PlacedMark[] = [];
  const tracks = sideTracks.map((track) => ({ ...track, times: openCaptionTimes(), hasContent: captionContent(track.codec) }));
  await readSideTracks(
    input,
    media,
    ({ track: index, seconds, durationSeconds: shownSeconds, bytes }) => {
      const track = tracks[index];
      if (track === undefined) return;
      if (track.kind === "scte-35") {
        const mark = spliceMarkIn(bytes);
        if (mark !== undefined && marks.length < mostMarks) marks.push(placeMark(mark, seconds, media.originSeconds));
      } else if (seconds !== undefined) {
        const content = track.kind === "text" ? bytes.length > 0 && !isBlank(bytes, track.codec) : track.hasContent(bytes);
        if (content !== undefined) track.times.note(seconds, track.kind === "text" ? shownSeconds : 0, content);
      }
    },
    signal,
  ).catch((error: unknown) => {
    signal.throwIfAborted();
    // Captions that cannot be read must not cost the job its picture and sound; without the program nothing else works either.
    if (error instanceof FramewatchError) throw error;
  });
  const endSeconds = range.durationSeconds === undefined ? durationSeconds : range.startSeconds + range.durationSeconds;
  for (const [place, { streamIndex, kind }] of captionTracks(media).entries()) {
    const lane = lanes.find(({ lane: { name, track } }) => name === "captions" && track === place);
    const times = tracks.find((track) => track.streamIndex === streamIndex && track.kind === kind)?.times;
    // User data of another kind than ours says nothing of what it holds.
    if (lane === undefined || times === undefined || (kind === "captions" && times.present.size === 0)) continue;
    deliver(captionBlock(times, kind, lane, range.startSeconds, Math.min(endSeconds, durationSeconds)));
  }
  const until = range.durationSeconds === undefined ? Number.POSITIVE_INFINITY : endSeconds;
  return marks
    .filter(({ startSeconds }) => startSeconds >= range.startSeconds && startSeconds <= until)
    .toSorted((one, other) => one.startSeconds - other.startSeconds);
}

/** A cue without text: mov_text writes one, of two bytes that say that it has none, wherever nothing is shown. */
function isBlank(bytes: Buffer, codec: string): boolean {
  return codec === "mov_text" ? bytes.length <= 2 || bytes.readUInt16BE(0) === 0 : bytes.toString("utf8").trim() === "";
}
