import { setTimeout as pause } from "node:timers/promises";
import { FramewatchError } from "../errors.js";
import type { Log } from "../log.js";
import type { Store } from "../store.js";

const cancelKey = ".state/cancel.json";
const lookEveryMilliseconds = 2000;

/**
 * Asks whoever runs a job, now or next, to end it: the message may have come to another process than the job.
 * @param store the job's own folder in the output
 * @throws FramewatchError `store-unavailable`
 */
export async function requestCancel(store: Store): Promise<void> {
  await store.put(cancelKey, "{}", "application/json");
}

/** Looks out for a request to end one job. */
export interface CancelWatch {
  /** Aborts with `cancelled` when there is one. */
  readonly signal: AbortSignal;
  close(): Promise<void>;
}

/** Looks into the job's folder every 2 s; a store that does not answer is asked again. */
export function watchCancel(store: Store, log: Log): CancelWatch {
  const asked = new AbortController();
  const closing = new AbortController();

  async function look(): Promise<void> {
    while (!closing.signal.aborted && !asked.signal.aborted) {
      try {
        if (await store.has(cancelKey)) {
          await store.remove(cancelKey);
          asked.abort(new FramewatchError("cancelled", "The job was cancelled."));
        }
      } catch (error) {
        log.warn({ err: error }, "it cannot be told whether the job was cancelled");
      }
      await pause(lookEveryMilliseconds, undefined, { signal: closing.signal }).catch(() => {});
    }
  }

  const looking = look();
  return {
    signal: asked.signal,
    async close() {
      closing.abort();
      await looking;
    },
  };
}
