import type { MessagePort } from "node:worker_threads";
import type { ErrorFacts } from "../../errors.js";
import type { ModelManifest } from "./manifest.js";

/** Which execution provider runs the models. */
export type Provider = "cuda" | "cpu";

/** What the inference worker is started with. */
export interface InferenceWorkerData {
  readonly models: readonly { readonly manifest: ModelManifest; readonly file: string }[];
}

/** From the main thread: an analysis worker's line. */
export interface Connect {
  readonly kind: "connect";
  readonly port: MessagePort;
}

/** To the main thread. */
export type FromInference =
  | { readonly kind: "ready"; readonly provider: Provider; readonly reason: string }
  | { readonly kind: "failed"; readonly error: ErrorFacts }
  | { readonly kind: "ran"; readonly model: string; readonly images: number; readonly seconds: number };

/** From an analysis worker: one image for one model, in memory that both threads see until the answer comes. */
export interface ImageRequest {
  readonly id: number;
  readonly model: string;
  readonly pixels: Uint8Array;
}

/** To an analysis worker: the model's outputs in the manifest's order. */
export type ImageReply =
  | { readonly id: number; readonly values: Float32Array }
  | { readonly id: number; readonly error: ErrorFacts };
