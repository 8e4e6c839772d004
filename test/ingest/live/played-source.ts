import type { Receiver, ReceiverSink } from "../../../src/ingest/live/receiver.js";

/** A receiver that gives what the test hands it, and ends when told to, or by the signal. */
export function playedSource(): Receiver & { readonly sink: ReceiverSink; end(): void } {
  let given: ReceiverSink | undefined;
  let resolveEnd = (): void => undefined;
  return {
    isTransport: true,
    receive(sink, signal) {
      given = sink;
      return new Promise((resolve, reject) => {
        resolveEnd = resolve;
        if (signal.aborted) reject(signal.reason);
        signal.addEventListener("abort", () => reject(signal.reason), { once: true });
      });
    },
    get sink() {
      if (given === undefined) throw new Error("It is not connected.");
      return given;
    },
    end: () => resolveEnd(),
  };
}
