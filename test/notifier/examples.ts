import type { Defect, DefectEvent, Severity } from "../../src/analyzers/index.js";
import type { MediaInfo } from "../../src/decoder/index.js";
import type { AlertJob, PublishObserver } from "../../src/notifier/index.js";

/** A job as a queue would bring it, with secrets that may not leave. */
export const exampleJob: AlertJob = {
  id: "job-1",
  run: 1,
  source: "https://user:secret@media.example/film.mp4?signature=secret#secret",
  labels: { title: "Film" },
};

/** Two minutes of 25 frames per second that start at timecode 10:00:00:00. */
export const exampleMedia: MediaInfo = {
  container: "mov",
  durationSeconds: 120,
  durationDeclared: true,
  originSeconds: 0,
  seekable: true,
  bytes: 1_234_567,
  startTimecode: "10:00:00:00",
  video: {
    streamIndex: 0,
    codec: "h264",
    width: 1920,
    height: 1080,
    frameRate: 25,
    pixelFormat: "yuv420p",
    bitDepth: 8,
    fullRange: false,
    scan: "progressive",
    rotationDegrees: 0,
    still: false,
  },
  audio: [{ streamIndex: 1, codec: "aac", channels: 2, layout: "stereo", layoutGuessed: false, sampleRateHz: 48_000 }],
};

/** A black of two seconds, changed as asked. */
export function exampleDefect(changes: Partial<Defect> = {}): Defect {
  return {
    id: "defect-1",
    type: "black",
    severity: "warning",
    medium: "video",
    track: 0,
    startSeconds: 10,
    confidence: 1,
    measured: { darkRatio: 0.99999999 },
    threshold: { minimumSeconds: 2, minimumDarkRatio: 0.98 },
    detector: { name: "black", version: "1.0.0" },
    ...changes,
  };
}

/** What a judge says of `count` defects that open and end one after the other. */
export function exampleEvents(count: number, severity: Severity = "warning"): DefectEvent[] {
  return Array.from({ length: count }, (_, index) =>
    exampleDefect({ id: `defect-${index + 1}`, startSeconds: index * 5, severity }),
  ).flatMap((defect) => [
    { kind: "opened", defect },
    { kind: "resolved", defect: { ...defect, endSeconds: defect.startSeconds + 2 } },
  ]);
}

/** Nobody who hears how publishing goes. */
export const silent: PublishObserver = { accepted: () => {}, failed: () => {}, refused: () => {}, waiting: () => {} };
