import type { MessagePort } from "node:worker_threads";
import { FramewatchError } from "../../errors.js";
import type { ImageReply, ImageRequest } from "./messages.js";

/** An analysis worker's line to the inference worker. */
export interface InferenceClient {
  /**
   * Shows one image to one model. `pixels` holds the model's width × height bytes; its buffer is given away.
   * @returns the model's outputs in the order of its manifest
   * @throws FramewatchError `model-invalid` when the model fails, `worker-lost` when the inference worker died
   */
  run(model: string, pixels: Uint8Array<ArrayBuffer>): Promise<Float32Array>;
  close(): void;
}

/** Speaks over a port that `Inference.connect` gave. */
export function inferenceClient(port: MessagePort): InferenceClient {
  let nextId = 1;
  const waiting = new Map<number, { resolve(values: Float32Array): void; reject(error: unknown): void }>();

  port.on("message", (reply: ImageReply) => {
    const request = waiting.get(reply.id);
    waiting.delete(reply.id);
    if ("values" in reply) request?.resolve(reply.values);
    else request?.reject(new FramewatchError(reply.error.code, reply.error.message));
  });
  port.on("close", () => {
    for (const request of waiting.values()) request.reject(new FramewatchError("worker-lost", "The inference worker stopped."));
    waiting.clear();
  });
  // An idle line must not keep its thread alive.
  port.unref();

  return {
    run(model, pixels) {
      const id = nextId++;
      const request: ImageRequest = { id, model, pixels };
      return new Promise((resolve, reject) => {
        waiting.set(id, { resolve, reject });
        port.postMessage(request, [pixels.buffer]);
      });
    },
    close: () => port.close(),
  };
}
