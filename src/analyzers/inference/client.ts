import type { MessagePort } from "node:worker_threads";
import { FramewatchError } from "../../errors.js";
import type { ImageReply, ImageRequest } from "./messages.js";

/** An analysis worker's line to the inference worker. */
export interface InferenceClient {
  /**
   * Shows one image to one model. `pixels` holds the model's width × height bytes, and is copied.
   * @returns the model's outputs in the order of its manifest
   * @throws FramewatchError `model-invalid` when the model fails, `worker-lost` when the inference worker died
   */
  run(model: string, pixels: Uint8Array): Promise<Float32Array>;
  close(): void;
}

interface Waiting {
  resolve(values: Float32Array): void;
  reject(error: unknown): void;
  readonly place: Uint8Array;
}

/**
 * Speaks over a port that `Inference.connect` gave. Images lie in memory that both threads see, and its places are used
 * again: arrays that are made in one thread and freed in another grow a process by tens of MB.
 */
export function inferenceClient(port: MessagePort): InferenceClient {
  let nextId = 1;
  const waiting = new Map<number, Waiting>();
  const free: Uint8Array[] = [];

  function placeFor(pixels: Uint8Array): Uint8Array {
    const found = free.findIndex(({ length }) => length === pixels.length);
    const place = free.splice(found, found < 0 ? 0 : 1)[0] ?? new Uint8Array(new SharedArrayBuffer(pixels.length));
    place.set(pixels);
    return place;
  }

  port.on("message", (reply: ImageReply) => {
    const request = waiting.get(reply.id);
    waiting.delete(reply.id);
    if (request !== undefined) free.push(request.place);
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
      const place = placeFor(pixels);
      const request: ImageRequest = { id, model, pixels: place };
      return new Promise((resolve, reject) => {
        waiting.set(id, { resolve, reject, place });
        port.postMessage(request);
      });
    },
    close: () => port.close(),
  };
}
