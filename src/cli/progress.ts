import { SingleBar } from "cli-progress";
import type { JobProgress } from "../meter.js";

/** Shows how far a job has come, on standard error. */
export interface ProgressView {
  show(progress: JobProgress): void;
  close(): void;
}

/** A bar on a terminal, else one line of JSON every `everySeconds`. */
export function openProgress(input: string, everySeconds = 5): ProgressView {
  return process.stderr.isTTY ? bar(input) : lines(input, everySeconds);
}

function bar(input: string): ProgressView {
  const view = new SingleBar({
    format:
      "{input} {bar} {percentage} % | {fps} frames/s, {realTimeFactor} x real time | {remaining} s left | defects: {defects}",
    clearOnComplete: true,
    hideCursor: true,
    stream: process.stderr,
  });
  view.start(1, 0, { input, fps: 0, realTimeFactor: 0, remaining: "?", defects: 0 });
  return {
    show({ doneRatio, framesPerSecond, realTimeFactor, remainingSeconds, defects, again }) {
      view.update(doneRatio, {
        input: again ? `${input} (once more, uncut)` : input,
        fps: framesPerSecond.toFixed(0),
        realTimeFactor: realTimeFactor.toFixed(1),
        remaining: remainingSeconds === undefined ? "?" : Math.ceil(remainingSeconds).toFixed(0),
        defects,
      });
    },
    close: () => view.stop(),
  };
}

/** Four digits: the rest of a speed or an estimate means nothing. */
function rounded(value: number): number {
  return Number.isInteger(value) ? value : Number(value.toPrecision(4));
}

function lines(input: string, everySeconds: number): ProgressView {
  let last = performance.now();
  return {
    show(progress) {
      if (performance.now() - last < everySeconds * 1000) return;
      last = performance.now();
      process.stderr.write(
        `${JSON.stringify({ input, ...progress }, (_, value: unknown) => (typeof value === "number" ? rounded(value) : value))}\n`,
      );
    },
    close() {},
  };
}
