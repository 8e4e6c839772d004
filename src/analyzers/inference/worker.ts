/**
 * The inference worker: owns the ONNX sessions and runs the images of all streams in batches.
 * A thread of its own because onnxruntime's `run()` blocks the thread that calls it.
 */
import type { MessagePort } from "node:worker_threads";
import { parentPort, workerData } from "node:worker_threads";
import { env, InferenceSession, Tensor } from "onnxruntime-node";
import { FramewatchError } from "../../errors.js";
import { openBatcher } from "./batcher.js";
import type { ModelManifest } from "./manifest.js";
import type { Connect, FromInference, ImageReply, ImageRequest, InferenceWorkerData, Provider } from "./messages.js";

/** The CPU gains nothing from larger batches, and keeps the memory of the largest for ever: measured 260 MB for 16, 60 for 4. */
const largestBatches: Readonly<Record<Provider, number>> = { cuda: 16, cpu: 4 };
const batchDelayMilliseconds = 4;

interface Waiting {
  readonly request: ImageRequest;
  readonly port: MessagePort;
}

function tell(message: FromInference): void {
  parentPort?.postMessage(message);
}

function reply(port: MessagePort, message: ImageReply): void {
  port.postMessage(message);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** A missing CUDA library makes `create` throw: there is no silent fall-back, so ours is explicit and told. */
async function createSession(file: string, provider: Provider): Promise<InferenceSession> {
  return InferenceSession.create(file, {
    executionProviders: provider === "cuda" ? [{ name: "cuda", deviceId: 0 }, "cpu"] : ["cpu"],
    intraOpNumThreads: 1,
    // A plan of its memory is kept for each batch size that comes by; without them a run is no slower.
    enableMemPattern: false,
    logSeverityLevel: 4,
  });
}

/** One model ready to run. Its batches run one after the other, so that they can share one input buffer. */
interface Runner {
  readonly session: InferenceSession;
  readonly manifest: ModelManifest;
  readonly input: Uint8Array;
  running: Promise<void>;
}

async function runBatch({ session, manifest, input }: Runner, batch: readonly Waiting[]): Promise<void> {
  const { width, height, name } = manifest.input;
  const imageBytes = width * height;
  const pixels = input.subarray(0, imageBytes * batch.length);
  batch.forEach(({ request }, place) => pixels.set(request.pixels, place * imageBytes));
  const started = performance.now();
  try {
    const outputs = await session.run({ [name]: new Tensor("uint8", pixels, [batch.length, height, width, 1]) });
    const columns = Object.keys(manifest.output.signals).length;
    const values = outputs[manifest.output.name]?.data;
    if (!(values instanceof Float32Array) || values.length !== columns * batch.length) {
      throw new FramewatchError("model-invalid", `${manifest.name} gave no float32 output of ${columns} columns.`);
    }
    batch.forEach(({ request, port }, place) =>
      reply(port, { id: request.id, values: values.slice(place * columns, (place + 1) * columns) }),
    );
    tell({ kind: "ran", model: manifest.name, images: batch.length, seconds: (performance.now() - started) / 1000 });
  } catch (error) {
    for (const { request, port } of batch) {
      reply(port, { id: request.id, error: { code: "model-invalid", message: `${manifest.name}: ${messageOf(error)}` } });
    }
  }
}

// Trying CUDA where it is not installed is ordinary and told by us in one line; onnxruntime would shout about it on stderr.
env.logLevel = "fatal";

async function openSessions(
  models: InferenceWorkerData["models"],
): Promise<{ sessions: InferenceSession[]; provider: Provider; reason: string }> {
  try {
    const sessions = await Promise.all(models.map(({ file }) => createSession(file, "cuda")));
    return { sessions, provider: "cuda", reason: "onnxruntime's CUDA provider loaded" };
  } catch (cudaError) {
    const sessions = await Promise.all(models.map(({ file }) => createSession(file, "cpu")));
    return { sessions, provider: "cpu", reason: messageOf(cudaError) };
  }
}

async function start({ models }: InferenceWorkerData): Promise<void> {
  const { sessions, provider, reason } = await openSessions(models);
  const largest = largestBatches[provider];
  const batchers = new Map(
    models.map(({ manifest }, place) => {
      const { width, height } = manifest.input;
      const session = sessions[place] as InferenceSession;
      const runner: Runner = { session, manifest, input: new Uint8Array(width * height * largest), running: Promise.resolve() };
      const run = (batch: readonly Waiting[]): void => {
        runner.running = runner.running.then(() => runBatch(runner, batch));
      };
      return [manifest.name, openBatcher<Waiting>({ largest, delayMilliseconds: batchDelayMilliseconds, run })];
    }),
  );
  parentPort?.on("message", ({ port }: Connect) => {
    port.on("message", (request: ImageRequest) => {
      const batcher = batchers.get(request.model);
      if (batcher) batcher.add({ request, port });
      else reply(port, { id: request.id, error: { code: "model-invalid", message: `There is no model ${request.model}.` } });
    });
  });
  tell({ kind: "ready", provider, reason });
}

start(workerData as InferenceWorkerData).catch((error: unknown) => {
  tell({ kind: "failed", error: { code: "model-invalid", message: messageOf(error) } });
});
