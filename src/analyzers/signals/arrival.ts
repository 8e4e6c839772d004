import type { Arrival } from "../../decoder/index.js";
import { definePictureMeasurer, defineSoundMeasurer, type SignalDeclaration, type WriteSignal } from "../measurer.js";

const arrivals = {
  "timing.isMissing": {
    unit: "0 or 1",
    range: [0, 1],
    meaning: "The source gives this sample no time; the one it has follows from what was before it",
  },
  "source.waitSeconds": {
    unit: "seconds",
    range: [0, 60],
    meaning:
      "Wall clock that the source let us wait for this sample, where that was a second and more; 0 for local files, which never do",
  },
  "format.isNew": {
    unit: "0 or 1",
    range: [0, 1],
    meaning: "From this sample on the decoder gives another format than before",
  },
} as const satisfies Record<string, SignalDeclaration>;

function writeArrival({ untimed, waitedSeconds, formatChanged }: Arrival, write: WriteSignal<keyof typeof arrivals>): void {
  write("timing.isMissing", untimed === true ? 1 : 0);
  write("source.waitSeconds", waitedSeconds ?? 0);
  write("format.isNew", formatChanged === true ? 1 : 0);
}

/** How frames come, and in which format. */
export const pictureArrival = definePictureMeasurer({
  name: "arrival of the picture",
  needs: "any",
  lookbackSeconds: 0.5,
  provides: {
    ...arrivals,
    "coding.isKeyframe": { unit: "0 or 1", range: [0, 1], meaning: "Decoding can begin at this frame" },
    "coding.isIntra": { unit: "0 or 1", range: [0, 1], meaning: "The frame is coded by itself (type I)" },
    "format.width": {
      unit: "pixels",
      range: [1, 8192],
      meaning: "Width of the frame as it was decoded, or scaled in profile fast",
    },
    "format.height": {
      unit: "pixels",
      range: [1, 8192],
      meaning: "Height of the frame as it was decoded, or scaled in profile fast",
    },
  },
  begin:
    () =>
    ({ frame }, write) => {
      writeArrival(frame, write);
      write("coding.isKeyframe", frame.keyframe ? 1 : 0);
      write("coding.isIntra", frame.intra === true ? 1 : 0);
      write("format.width", frame.width);
      write("format.height", frame.height);
    },
});

/** How sound comes, and in which format: that of the decoder, before all of a track is brought to one. */
export const soundArrival = defineSoundMeasurer({
  name: "arrival of the sound",
  needs: "any",
  lookbackSeconds: 0,
  provides: {
    ...arrivals,
    "format.sampleRateHz": { unit: "hertz", range: [8000, 192_000], meaning: "Samples per second as decoded" },
    "format.channels": { unit: "count", range: [1, 64], meaning: "Channels as decoded" },
  },
  begin: () => (window, write) => {
    writeArrival(window, write);
    write("format.sampleRateHz", window.source?.sampleRate ?? window.sampleRate);
    write("format.channels", window.source?.channels ?? window.channels);
  },
});
