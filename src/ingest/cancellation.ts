import { setTimeout as pause } from "node:timers/promises";
import { z } from "zod";
import { FramewatchError } from "../errors.js";
import type { Log } from "../log.js";
import type { Store } from "../store.js";

const cancelKey = ".state/cancel.json";
const lookEveryMilliseconds = 2_000;

/** How often a live job looks: each look is a request that the store bills, and it looks for months. */
export const liveLookMilliseconds = 2_700;

/** Who looks out in this process, by the store's URL: they need not wait for their next look. */
const lookouts = new Map<string, Set<() => void>>();

const cancelSchema = z.object({ atMilliseconds: z.number() });

/**
 * Asks whoever runs a job, now or next, to end it: the message may have come to another process than the job. It holds for
 * every message that asked for the job before, and for none that does so later.
 * @param store the job's own folder in the service's output, also where the job's report goes elsewhere
 * @param atMilliseconds when it was asked, by the queue's clock
 * @throws FramewatchError `store-unavailable`
 */
export async function requestCancel(store: Store, atMilliseconds: number): Promise<void> {
  await store.put(cancelKey, JSON.stringify({ atMilliseconds }), "application/json");
  for (const look of lookouts.get(store.url) ?? []) look();
}

/** Looks out for a request to end one job. */
export interface CancelWatch {
  /** Aborts with `cancelled` when there is one. */
  readonly signal: AbortSignal;
  close(): Promise<void>;
}

/**
 * Looks into the job's folder again and again; a store that does not answer is asked again.
 * @param sinceMilliseconds when the job was asked for, by the queue's clock: what was cancelled before is another story
 */
export function watchCancel(
  store: Store,
  sinceMilliseconds: number,
  log: Log,
  everyMilliseconds = lookEveryMilliseconds,
): CancelWatch {
  const asked = new AbortController();
  const closing = new AbortController();
  let waiting = new AbortController();
  const lookAtOnce = (): void => waiting.abort();
  const ofStore = lookouts.get(store.url) ?? new Set();
  lookouts.set(store.url, ofStore.add(lookAtOnce));

  async function isAsked(): Promise<boolean> {
    const bytes = await store.get(cancelKey);
    if (bytes === undefined) return false;
    return cancelSchema.parse(JSON.parse(bytes.toString("utf8"))).atMilliseconds >= sinceMilliseconds;
  }

  async function look(): Promise<void> {
    while (!closing.signal.aborted && !asked.signal.aborted) {
      waiting = new AbortController();
      try {
        if (await isAsked()) asked.abort(new FramewatchError("cancelled", "The job was cancelled."));
      } catch (error) {
        log.warn({ err: error }, "it cannot be told whether the job was cancelled");
      }
      await pause(everyMilliseconds, undefined, { signal: waiting.signal }).catch(() => {});
    }
  }

  const looking = look();
  return {
    signal: asked.signal,
    async close() {
      closing.abort();
      lookAtOnce();
      ofStore.delete(lookAtOnce);
      if (ofStore.size === 0 && lookouts.get(store.url) === ofStore) lookouts.delete(store.url);
      await looking;
    },
  };
}
