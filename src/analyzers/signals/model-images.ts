import type { VideoFrame } from "../../decoder/index.js";
import type { Kernels } from "../kernels/index.js";
import type { ModelMeasurer } from "../measurer.js";
import { bytesPerSample } from "./frame-passes.js";
import type { Discontinuity, LaneColumns } from "./lane-columns.js";
import { lumaRange } from "./luma.js";

/** Frames of one stream that may wait for their models' answers before it has to wait itself. */
const framesInFlight = 4;

/** Media times are compared with the models' grid at this tolerance, in grid steps: 0.1 + 0.2 must not miss 0.3. */
const gridTolerance = 1e-6;

/** What runs the models: the line to the inference worker. */
export interface Infer {
  readonly models: readonly ModelMeasurer[];
  /** Shows one image to one model; the pixels are copied before this returns. Outputs come in the order of the model's `provides`. */
  run(model: string, pixels: Uint8Array): Promise<Float32Array>;
}

/** Shows some frames to the models and writes their answers, in order, into the `models` lane. */
export interface ModelImages {
  /** Every frame, also those that are only run-in. A returned promise asks the caller to wait: enough is in flight. */
  show(frame: VideoFrame, inside: boolean): void | Promise<void>;
  /** Waits until all answers are written. @throws what a model failed with */
  finish(): Promise<void>;
}

interface ShownFrame extends Discontinuity {
  readonly pts: number;
  readonly answers: Map<ModelMeasurer, Float32Array>;
  done: boolean;
}

/**
 * A model sees the first frame at or after each multiple of its interval, by media time only: where the media is cut
 * into segments makes no difference, as the run-in tells whether an earlier frame has served that multiple.
 */
export function openModelImages(
  kernels: Kernels,
  models: readonly ModelMeasurer[],
  infer: Infer,
  lane: LaneColumns,
): ModelImages {
  const shown: ShownFrame[] = [];
  const running = new Set<Promise<void>>();
  let previousSeconds: number | undefined;
  let failed: { readonly error: unknown } | undefined;

  function isDue(model: ModelMeasurer, seconds: number): boolean {
    if (previousSeconds === undefined) return true;
    const stepAt = (time: number) => Math.floor(time * model.imagesPerSecond + gridTolerance);
    return stepAt(seconds) !== stepAt(previousSeconds);
  }

  function imageFor(model: ModelMeasurer, frame: VideoFrame): Uint8Array {
    const [plane] = frame.planes;
    if (plane === undefined) throw new Error("The frame has no planes.");
    return kernels.scalePlane(plane, bytesPerSample(frame.bitDepth), {
      ...model.image,
      ...lumaRange(frame.bitDepth, frame.fullRange),
    });
  }

  async function ask(due: readonly ModelMeasurer[], frame: VideoFrame, entry: ShownFrame): Promise<void> {
    // The images are made before the first await: the frame's memory is reused after that.
    const asked = due.map((model) => infer.run(model.model, imageFor(model, frame)));
    const answers = await Promise.all(asked);
    for (const [index, model] of due.entries()) {
      const answer = answers[index];
      if (answer) entry.answers.set(model, answer);
    }
    entry.done = true;
    while (shown[0]?.done === true) write(shown.shift());
  }

  function write(entry: ShownFrame | undefined): void {
    if (entry === undefined) return;
    lane.begin(entry.pts, entry);
    for (const [model, values] of entry.answers) {
      for (const [index, name] of Object.keys(model.provides).entries()) lane.write(name, values[index] ?? Number.NaN);
    }
    // Models see few frames a second: an answer that waits for its block to be full would come late.
    lane.flush();
  }

  return {
    show(frame, inside) {
      if (failed) throw failed.error;
      if (frame.discontinuityBefore) previousSeconds = undefined;
      const due = models.filter((model) => isDue(model, frame.pts));
      previousSeconds = frame.pts;
      if (!inside || due.length === 0) return;
      const { pts, discontinuityBefore, previousEndSeconds } = frame;
      const entry: ShownFrame = {
        pts,
        discontinuityBefore,
        ...(previousEndSeconds === undefined ? {} : { previousEndSeconds }),
        answers: new Map(),
        done: false,
      };
      shown.push(entry);
      const run = ask(due, frame, entry)
        .catch((error: unknown) => {
          failed ??= { error };
        })
        .finally(() => running.delete(run));
      running.add(run);
      if (running.size >= framesInFlight) {
        return Promise.race(running).then(() => {
          if (failed) throw failed.error;
        });
      }
    },
    async finish() {
      await Promise.all(running);
      if (failed) throw failed.error;
    },
  };
}
