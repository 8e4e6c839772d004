import type { MediaInfo } from "../decoder/index.js";

/**
 * Part of a frame by which a time may lie before its frame and still be that frame: containers with a clock of 1 ms
 * (Matroska, FLV) round timestamps by up to 0.5 ms, which is 0.03 of a frame at 60 frames per second.
 */
const frameTolerance = 0.05;

interface Counting {
  /** Timecode counts whole frames per second: 30 for 29.97. */
  readonly framesPerSecond: number;
  /** Numbers skipped at each minute but every tenth: 2 at 29.97, 4 at 59.94, 0 when nothing is dropped. */
  readonly droppedPerMinute: number;
}

function frameNumber(timecode: string, { framesPerSecond, droppedPerMinute }: Counting): number {
  const [hours = 0, minutes = 0, seconds = 0, frames = 0] = timecode.split(/[:;]/).map(Number);
  const totalMinutes = hours * 60 + minutes;
  const dropped = droppedPerMinute * (totalMinutes - Math.floor(totalMinutes / 10));
  return (totalMinutes * 60 + seconds) * framesPerSecond + frames - dropped;
}

function label(frame: number, { framesPerSecond, droppedPerMinute }: Counting): string {
  const perTenMinutes = framesPerSecond * 600 - droppedPerMinute * 9;
  const perMinute = framesPerSecond * 60 - droppedPerMinute;
  const wrapped = frame % (perTenMinutes * 144);
  const tens = Math.floor(wrapped / perTenMinutes);
  const inTen = wrapped % perTenMinutes;
  // The first minute of ten drops nothing, so it is longer than the others.
  const minutesPast = inTen < framesPerSecond * 60 ? 0 : Math.floor((inTen - droppedPerMinute) / perMinute);
  const counted = wrapped + droppedPerMinute * (tens * 9 + minutesPast);
  const parts = [
    counted / (framesPerSecond * 3600),
    (counted / (framesPerSecond * 60)) % 60,
    (counted / framesPerSecond) % 60,
    counted % framesPerSecond,
  ];
  const [hours, minutes, seconds, frames] = parts.map((part) => String(Math.floor(part)).padStart(2, "0"));
  return `${hours}:${minutes}:${seconds}${droppedPerMinute > 0 ? ";" : ":"}${frames}`;
}

/**
 * The timecode of the frame on screen at `seconds`, counted from the file's own start timecode, else from 00:00:00:00;
 * it wraps after 24 hours. Drop-frame (`;`, SMPTE ST 12-1) where the file's own is. Absent without a frame rate, which
 * a count of frames needs.
 */
export function timecodeAt(seconds: number, media: Pick<MediaInfo, "startTimecode" | "video">): string | undefined {
  const frameRate = media.video?.frameRate ?? 0;
  if (frameRate <= 0 || seconds < 0) return undefined;
  const framesPerSecond = Math.max(1, Math.round(frameRate));
  const isDropFrame = media.startTimecode?.includes(";") === true && framesPerSecond % 30 === 0;
  const counting = { framesPerSecond, droppedPerMinute: isDropFrame ? framesPerSecond / 15 : 0 };
  const start = frameNumber(media.startTimecode ?? "00:00:00:00", counting);
  return label(start + Math.floor(seconds * frameRate + frameTolerance), counting);
}
