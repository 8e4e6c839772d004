import type { MediaInfo } from "./media-info.js";

/**
 * What ffmpeg says when the bytes end too early. Its exit status says nothing: measured with 5.1, half a file of any
 * container exits with 0.
 */
const prematureEnd =
  /partial file|end(ed|s) prematurely|Error during demuxing|: (Input\/output error|Connection (reset|refused|timed out)|End of file)$/i;

/** Why the media is not whole, if this line of stderr says so. */
export function prematureEndIn(line: string): string | undefined {
  if (!prematureEnd.test(line)) return undefined;
  const [, message = line] = /^(?:\[[^\]]+ @ 0x[0-9a-f]+\] )*\[\w+\] (.*)$/.exec(line) ?? [];
  // What stands before these is the source's address.
  return `The source ends too early: ${message.replace(/^.*: (?=Input\/output|Connection|End of)/, "").slice(0, 200)}`;
}

/**
 * Why a file of MPEG-TS packets is not whole: it ends inside one. Packets have 188 bytes, 192 or 204 with their
 * wrappings.
 *
 * @param positions where some access units begin in the file; they tell the size of the packets and where these begin
 */
export function cutInsidePacket(bytes: number, positions: readonly number[]): string | undefined {
  const [first] = positions;
  if (first === undefined) return undefined;
  const packetBytes = [188, 192, 204].find((size) => positions.every((position) => (position - first) % size === 0));
  if (packetBytes === undefined || (bytes - first) % packetBytes === 0) return undefined;
  return "The source ends inside a transport packet.";
}

/** Where decoding ended, and how long frames lasted at most. */
export interface DecodedEnd {
  readonly pictureEndSeconds?: number;
  readonly soundEndSeconds?: number;
  readonly longestFrameSeconds?: number;
}

/** Sound files that count their samples, and those of which a codec's own delay and padding may be missing. */
const countingSamples = /^(flac|wav|w64|aiff|caf|au|wv|tta|ape)$/;
const countingFrames = /^(ogg|mp3)$/;

/**
 * Why media that was decoded to its end is shorter than its container declares; undefined where it is not, or where
 * nothing is declared. Picture and sound must both be counted in: the longer one fills the declared duration.
 * The tolerance is half a second, half a percent, or two of the longest frames (the last frame's length is not known);
 * a tenth of a second (or two frames) where frames are counted: in compressed sound, in MXF and in AVI; a hundredth where samples are.
 */
export function shortfall(
  media: MediaInfo,
  { pictureEndSeconds, soundEndSeconds, longestFrameSeconds = 0 }: DecodedEnd,
): string | undefined {
  const declared = media.durationSeconds;
  if (!media.durationDeclared || declared === undefined || media.video?.still === true) return undefined;
  const end = Math.max(pictureEndSeconds ?? 0, soundEndSeconds ?? 0);
  // MXF counts its edit units: one for each picture (SMPTE ST 377-1, B.17); AVI its chunks (dwLength of a stream's header).
  const picturesAreCounted = /^(mxf|avi)$/.test(media.container);
  const isSound = media.video === undefined;
  const longest = 2 * longestFrameSeconds;
  const tolerance =
    isSound && countingSamples.test(media.container)
      ? 0.01
      : picturesAreCounted || (isSound && countingFrames.test(media.container))
        ? Math.max(0.1, longest)
        : Math.max(0.5, 0.005 * declared, longest);
  if (end >= declared - tolerance) return undefined;
  return `The media ends at ${end.toFixed(2)} s, its container declares ${declared.toFixed(2)} s.`;
}
