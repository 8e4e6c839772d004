import type { Alert } from "../alert.js";

/** Where alerts go. */
export interface Sink {
  /** Word of the metrics' label `sink` and of the outbox' sent marks: `sns`, `stdout`. */
  readonly name: string;
  /** Returns when the other side has accepted the alert; the caller repeats what failed. @throws FramewatchError `queue-unavailable` */
  publish(alert: Alert, signal: AbortSignal): Promise<void>;
  /** Gives back connections. */
  close(): void;
}
