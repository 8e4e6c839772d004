import { FramewatchError, isError } from "../errors.js";
import type { Store } from "../store.js";
import { type Alert, type AlertDraft, alertSchema } from "./alert.js";
import { type PublishRules, publish } from "./publish.js";
import { retry } from "./retry.js";
import type { Sink } from "./sinks/sink.js";

export interface OutboxOptions extends PublishRules {
  /** The job's part of the output; entries lie in it under `.state/outbox/`. */
  readonly store: Store;
  readonly sinks: readonly Sink[];
}

/** Alerts on their way out: written down before they are published, published in order, by each sink on its own. */
export interface Outbox {
  /** The alerts written down so far, those of earlier owners of the job included. */
  readonly entries: readonly Alert[];
  /** Writes the alert down and publishes it, in the background. Nothing happens when one of its id is there already. */
  add(draft: AlertDraft): void;
  /** Returns when everything added was accepted by every sink. @throws FramewatchError `lease-lost`, or the signal's reason */
  flush(): Promise<void>;
  /** Publishes an alert once more to every sink, without writing it down again. */
  repeat(alert: Alert): Promise<void>;
  /** Stops publishing; what is written down and not accepted is left to whoever opens the outbox next. */
  close(): Promise<void>;
}

const readsAtOnce = 16;

function entryKey(number: number): string {
  return `${String(number).padStart(6, "0")}.json`;
}

function markKey(number: number, sink: string): string {
  return `${String(number).padStart(6, "0")}.${sink}.sent`;
}

/** What lies under numbered keys, from 1 until the first that is missing. */
async function readNumbered(store: Store, keyOf: (number: number) => string): Promise<Buffer[]> {
  const found: Buffer[] = [];
  for (;;) {
    const numbers = Array.from({ length: readsAtOnce }, (_, index) => found.length + index + 1);
    const read = await Promise.all(numbers.map((number) => store.get(keyOf(number))));
    const missing = read.indexOf(undefined);
    found.push(...read.slice(0, missing < 0 ? undefined : missing).filter((bytes) => bytes !== undefined));
    if (missing >= 0) return found;
  }
}

function parseEntry(bytes: Buffer): Alert {
  return alertSchema.parse(JSON.parse(bytes.toString("utf8")));
}

/**
 * Opens a job's outbox and goes on with what an earlier owner left: entries without a sent mark are published again
 * under their own id, so a crash repeats at most one alert per sink. Entries are numbered and immutable; of two owners
 * at once only one gets a number, and the other adopts that entry.
 *
 * While a sink or the store is away, publishing is repeated with backoff for as long as the signal lasts, and adding
 * never waits for it.
 *
 * @throws FramewatchError `store-unavailable` when existing entries cannot be read
 */
export async function openOutbox({ store: jobStore, sinks, check, signal: jobSignal, observer }: OutboxOptions): Promise<Outbox> {
  const store = jobStore.under(".state/outbox/");
  const closing = new AbortController();
  const signal = AbortSignal.any([jobSignal, closing.signal]);
  const publishRules = { check, signal, observer };
  const repeatRules = { check, signal, observer: { ...observer, accepted: (sink: string) => observer.accepted(sink) } };
  const storeRules = {
    signal,
    isTemporary: (error: unknown) => isError(error, "store-unavailable"),
    failed: (error: unknown) => observer.failed("outbox", error),
  };

  const entries = (await readNumbered(store, entryKey)).map(parseEntry);
  const known = new Set(entries.map(({ id }) => id));
  const lanes = await Promise.all(
    sinks.map(async (sink) => ({
      sink,
      accepted: (await readNumbered(store, (number) => markKey(number, sink.name))).length,
      tail: Promise.resolve(),
    })),
  );
  let writing = Promise.resolve();

  async function create(key: string, body: string): Promise<boolean> {
    return retry(async () => {
      check();
      return store.create(key, body, "application/json");
    }, storeRules);
  }

  /** Each sink has its own chain, so that one that is away holds up no other; a failure ends the chain. */
  function deliver(number: number, alert: Alert): void {
    for (const lane of lanes) {
      if (number <= lane.accepted) continue;
      lane.tail = lane.tail.then(async () => {
        await publish(lane.sink, alert, publishRules);
        await create(markKey(number, lane.sink.name), "{}");
      });
      lane.tail.catch(() => {}); // flush() hands the failure to the owner
    }
  }

  async function adopt(number: number): Promise<Alert> {
    return retry(async () => {
      const bytes = await store.get(entryKey(number));
      if (bytes === undefined)
        throw new FramewatchError("store-unavailable", `${store.url}${entryKey(number)} exists and cannot be read`);
      return parseEntry(bytes);
    }, storeRules);
  }

  async function write(draft: AlertDraft): Promise<void> {
    while (!known.has(draft.id)) {
      const number = entries.length + 1;
      const alert: Alert = { ...draft, data: { ...draft.data, sequence: number } };
      const entry = (await create(entryKey(number), JSON.stringify(alert))) ? alert : await adopt(number);
      entries.push(entry);
      known.add(entry.id);
      deliver(number, entry);
    }
  }

  for (const [index, entry] of entries.entries()) deliver(index + 1, entry);

  return {
    entries,
    add(draft) {
      writing = writing.then(() => write(draft));
      writing.catch(() => {}); // flush() hands the failure to the owner
    },
    async flush() {
      await writing;
      await Promise.all(lanes.map(({ tail }) => tail));
    },
    async repeat(alert) {
      await Promise.all(lanes.map(({ sink }) => publish(sink, alert, repeatRules)));
    },
    async close() {
      closing.abort(new FramewatchError("interrupted", "the outbox was closed"));
      await Promise.allSettled([writing, ...lanes.map(({ tail }) => tail)]);
    },
  };
}
