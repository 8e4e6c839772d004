import type { Writable } from "node:stream";
import type { Sink } from "./sink.js";

/** Alerts as NDJSON, one line each, on standard output or `stream`; accepted when the line is handed to the system. */
export function stdoutSink(stream: Writable = process.stdout): Sink {
  return {
    name: "stdout",
    publish: (alert) =>
      new Promise((resolve, reject) => {
        stream.write(`${JSON.stringify(alert)}\n`, (error) => (error ? reject(error) : resolve()));
      }),
    close: () => {},
  };
}
