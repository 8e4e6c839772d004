import { FramewatchError, isError } from "../errors.js";
import type { Store } from "../store.js";
import { type Alert, alertSchema } from "./alert.js";
import type { Clock } from "./clock.js";
import { retry } from "./retry.js";

const atOnce = 16;

/** The objects of an outbox: `NUMBER.json` for each entry, `SINK.cursor.json` for each sink, and `pruned.json`. */
export interface OutboxStore {
  /** Number of the newest entry that was there when this was opened; 0 where there was none. */
  readonly newest: number;
  /** Entries up to this number are removed, or about to be. */
  readonly pruned: number;
  /** Number of the last entry that the sink accepted or refused for good, when this was opened. */
  acceptedBy(sink: string): number;
  /** Undefined where there is none; fails at once. @throws FramewatchError `store-unavailable` */
  look(number: number): Promise<Alert | undefined>;
  /** Undefined where there is none; repeated while the store is away, like all below. */
  read(number: number): Promise<Alert | undefined>;
  /** Writes an entry if there is none of its number; else false. */
  create(number: number, alert: Alert): Promise<boolean>;
  /** The entry of a number that somebody else has created. */
  adopt(number: number): Promise<Alert>;
  /** Moves the sink's cursor on to this number; it stays where it is if another owner moved it further. */
  advance(sink: string, number: number): Promise<void>;
  /** Removes the entries up to this number. */
  prune(through: number): Promise<void>;
}

/** What writing and reading follow once the outbox is open: they are repeated until the signal aborts. */
interface StoreRules {
  /** Throws when the job is no longer ours. */
  readonly check: () => void;
  readonly signal: AbortSignal;
  readonly clock: Clock;
  failed(error: unknown): void;
}

function entryKey(number: number): string {
  return `${String(number).padStart(6, "0")}.json`;
}

const cursorKey = (sink: string): string => `${sink}.cursor.json`;
const prunedKey = "pruned.json";

function numberIn(bytes: Buffer | undefined, name: string): number {
  if (bytes === undefined) return 0;
  const { number } = JSON.parse(bytes.toString("utf8")) as { readonly number?: unknown };
  if (!Number.isSafeInteger(number)) throw new FramewatchError("store-unavailable", `${name} holds no number`);
  return Number(number);
}

const readNumber = async (store: Store, key: string): Promise<number> => numberIn(await store.get(key), store.url + key);

/** It never goes back, whoever else moves it. */
async function raise(store: Store, key: string, number: number, check: () => void): Promise<void> {
  const change = (bytes: Buffer | undefined): string | undefined => {
    if (numberIn(bytes, store.url + key) >= number) return undefined;
    check();
    return JSON.stringify({ number });
  };
  await store.update(key, change, "application/json");
}

/** The newest of entries that are all there from `known` on: steps that double, then halves. */
async function findNewest(store: Store, known: number): Promise<number> {
  let low = known;
  let step = 1;
  while (await store.has(entryKey(low + step))) {
    low += step;
    step *= 2;
  }
  let high = low + step;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (await store.has(entryKey(middle))) low = middle;
    else high = middle;
  }
  return low;
}

/** In groups, so that many entries are neither asked for one by one nor all at once. */
export async function forEachGroup(from: number, to: number, act: (numbers: readonly number[]) => Promise<void>): Promise<void> {
  for (let first = from; first <= to; first += atOnce)
    await act(Array.from({ length: Math.min(atOnce, to - first + 1) }, (_, index) => first + index));
}

/**
 * Opens an outbox' objects, by some requests more for each doubling of what no sink has accepted, however much was accepted.
 * @throws FramewatchError `store-unavailable` when they cannot be read
 */
export async function openOutboxStore(store: Store, sinks: readonly string[], rules: StoreRules): Promise<OutboxStore> {
  let pruned = await readNumber(store, prunedKey);
  const read = await Promise.all(sinks.map((sink) => readNumber(store, cursorKey(sink))));
  // A sink that is new here, or was left out for long, has missed what is gone.
  const cursors = new Map(sinks.map((sink, index) => [sink, Math.max(pruned, read[index] ?? 0)]));
  const newest = await findNewest(store, Math.max(pruned, ...cursors.values()));

  const persistently = <Result>(act: () => Promise<Result>): Promise<Result> =>
    retry(act, {
      signal: rules.signal,
      clock: rules.clock,
      isTemporary: (error) => isError(error, "store-unavailable"),
      failed: rules.failed,
    });

  async function readEntry(number: number): Promise<Alert | undefined> {
    const bytes = await store.get(entryKey(number));
    return bytes === undefined ? undefined : alertSchema.parse(JSON.parse(bytes.toString("utf8")));
  }

  return {
    newest,
    get pruned() {
      return pruned;
    },
    acceptedBy: (sink) => cursors.get(sink) ?? 0,
    create: (number, alert) =>
      persistently(async () => {
        rules.check();
        return store.create(entryKey(number), JSON.stringify(alert), "application/json");
      }),
    look: readEntry,
    read: (number) => persistently(() => readEntry(number)),
    adopt: (number) =>
      persistently(async () => {
        const entry = await readEntry(number);
        if (entry !== undefined) return entry;
        throw new FramewatchError("store-unavailable", `${store.url}${entryKey(number)} exists and cannot be read`);
      }),
    advance: (sink, number) => persistently(() => raise(store, cursorKey(sink), number, rules.check)),
    async prune(through) {
      const from = pruned + 1;
      // First, so that nobody looks for an entry where some are gone already.
      await persistently(() => raise(store, prunedKey, through, rules.check));
      pruned = through;
      await forEachGroup(from, through, async (numbers) => {
        await persistently(() => Promise.all(numbers.map((number) => store.remove(entryKey(number)))));
      });
    },
  };
}
