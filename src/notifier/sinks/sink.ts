import { FramewatchError } from "../../errors.js";
import type { Alert } from "../alert.js";

/** Where alerts go. One object per sink serves the process: whether the other side answers is known of it. */
export interface Sink {
  /** Word of the metrics' label `sink` and of the outbox' cursor: `sns`, `webhook`, `stdout`. */
  readonly name: string;
  /**
   * Returns when the other side has accepted the alert; the caller repeats what failed.
   * @throws FramewatchError `queue-unavailable` when it may be accepted later, `alert-refused` when it will hardly ever be
   */
  publish(alert: Alert, signal: AbortSignal): Promise<void>;
  /** Gives back connections. */
  close(): void;
}

/** The other side is there and asks to be left alone for a while. */
export class SinkBusy extends FramewatchError {
  readonly holdMilliseconds: number;

  constructor(message: string, holdMilliseconds: number) {
    super("queue-unavailable", message);
    this.holdMilliseconds = holdMilliseconds;
  }
}
