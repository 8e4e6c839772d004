import { MessageChannel, type MessagePort, Worker } from "node:worker_threads";
import { FramewatchError } from "../../errors.js";
import type { ModelMeasurer } from "../measurer.js";
import { loadModels, type Model, measurerOf } from "./manifest.js";
import type { Connect, FromInference, InferenceWorkerData, Provider } from "./messages.js";

/** What a report says of a model that ran. */
export interface ModelFacts {
  readonly name: string;
  readonly version: string;
  readonly sha256: string;
  readonly provider: Provider;
}

/** The running inference worker, seen from the main thread. */
export interface Inference {
  readonly models: readonly Model[];
  readonly facts: readonly ModelFacts[];
  readonly measurers: readonly ModelMeasurer[];
  readonly provider: Provider;
  /** Why this provider and not another; for the log and `doctor`. */
  readonly providerReason: string;
  /** A new line for an analysis worker; pass it in a transfer list. */
  connect(): MessagePort;
  /** Rejects with `worker-lost` when the worker dies by itself; otherwise stays pending. */
  readonly lost: Promise<never>;
  close(): Promise<void>;
}

const entry = new URL(
  import.meta.url.endsWith(".ts") ? "../../../dist/analyzers/inference/worker.js" : "./worker.js",
  import.meta.url,
);

/**
 * Loads and checks all models of the folders and starts the thread that runs them, on CUDA where that loads, else on the CPU.
 * @param onRun told of every batch: for metrics
 * @throws FramewatchError `model-invalid`
 */
export async function startInference(
  folders: readonly string[],
  onRun?: (run: { readonly model: string; readonly images: number; readonly seconds: number }) => void,
): Promise<Inference> {
  const models = await loadModels(folders);
  // ONNX Runtime's releases for Linux report to Microsoft unless told not to, and leave files in HOME and TMPDIR. Said here and
  // not in the worker, whose environment is a copy that native code does not see.
  process.env["ORT_DISABLE_TELEMETRY"] ??= "1";
  const workerData: InferenceWorkerData = { models };
  const worker = new Worker(entry, { workerData, resourceLimits: { maxYoungGenerationSizeMb: 1 } });
  let closing = false;

  const lost = new Promise<never>((_, reject) => {
    let cause: unknown;
    worker.on("error", (error) => {
      cause = error;
    });
    worker.on("exit", () => {
      if (!closing) reject(new FramewatchError("worker-lost", "The inference worker died.", { cause }));
    });
  });
  lost.catch(() => {});

  const ready = new Promise<{ provider: Provider; reason: string }>((resolve, reject) => {
    worker.on("message", (message: FromInference) => {
      if (message.kind === "ready") resolve(message);
      else if (message.kind === "failed") reject(new FramewatchError(message.error.code, message.error.message));
      else onRun?.(message);
    });
  });

  const close = async (): Promise<void> => {
    closing = true;
    await worker.terminate();
  };

  try {
    const { provider, reason } = await Promise.race([ready, lost]);
    return {
      models,
      facts: models.map(({ manifest: { name, version, sha256 } }) => ({ name, version, sha256, provider })),
      measurers: models.map(measurerOf),
      provider,
      providerReason: reason,
      connect() {
        const { port1, port2 } = new MessageChannel();
        const message: Connect = { kind: "connect", port: port2 };
        worker.postMessage(message, [port2]);
        return port1;
      },
      lost,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
