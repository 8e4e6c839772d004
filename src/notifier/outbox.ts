import { FramewatchError } from "../errors.js";
import type { Store } from "../store.js";
import type { Alert, AlertDraft } from "./alert.js";
import { wallClock } from "./clock.js";
import { forEachGroup, openOutboxStore } from "./outbox-store.js";
import { type PublishRules, publish } from "./publish.js";
import type { Sink } from "./sinks/sink.js";

export interface OutboxOptions extends PublishRules {
  /** The job's part of the output; entries lie in it under `.state/outbox/`. */
  readonly store: Store;
  readonly sinks: readonly Sink[];
  /**
   * The job has no end. What every sink has accepted is removed, but for the newest 64 entries, and only of those it is
   * known that they were told before. A file's job tells everything again after a take-over, so it keeps all.
   */
  readonly endless?: true;
}

/** What earlier owners of the job had written down since it last came to an end. */
export interface ToldBefore {
  /** In their order. */
  readonly alerts: readonly Alert[];
  /** Nothing is missing; else older ones may be. */
  readonly isAll: boolean;
}

/** Alerts on their way out: written down before they are published, published in order, by each sink on its own. */
export interface Outbox {
  /** The alerts of the job's ends so far, `completed` or `failed`, those of earlier owners included; the newest last. */
  readonly outcomes: readonly Alert[];
  /** As it was when the outbox was opened: of an endless job the newest 64 at most. */
  readonly toldBefore: ToldBefore;
  /** Writes the alert down and publishes it, in the background. Nothing happens when one of its id is there already. */
  add(draft: AlertDraft): void;
  /**
   * Returns when everything added was accepted by every sink, or by the first that has accepted all. What a sink refused for
   * good counts as accepted. @throws FramewatchError `lease-lost`, or the signal's reason
   */
  flush(by: "every sink" | "one sink"): Promise<void>;
  /** Publishes an alert once more to every sink, without writing it down again. */
  repeat(alert: Alert): Promise<void>;
  /** Stops publishing; what is written down and not accepted is left to whoever opens the outbox next. */
  close(): Promise<void>;
}

/** Entries of an endless job that stay when all sinks have accepted them; entries of any job that are held in memory. */
const recentEntries = 64;
/** Removing waits until it is worth the request that notes it, and never holds up the next alert by more than so many. */
const prunedAtOnce = { minimum: 16, maximum: 64 };

/** One sink's way through the entries. */
interface Lane {
  readonly sink: Sink;
  /** Number of the last entry that it accepted. */
  accepted: number;
  isBusy: boolean;
  work: Promise<void>;
}

function isOutcome({ type }: Alert): boolean {
  return type === "framewatch.job.completed" || type === "framewatch.job.failed";
}

/**
 * Opens a job's outbox and goes on with what an earlier owner left: entries behind a sink's cursor are published again
 * under their own id, so a crash repeats at most one alert per sink. Entries are numbered and immutable; of two owners
 * at once only one gets a number, and the other adopts that entry.
 *
 * While a sink or the store is away, publishing is repeated with backoff for as long as the signal lasts, and adding
 * never waits for it. What waits lies in the store: of it, only its number is in memory.
 *
 * @throws FramewatchError `store-unavailable` when existing entries cannot be read
 */
export async function openOutbox(options: OutboxOptions): Promise<Outbox> {
  const { sinks, check, observer, clock = wallClock, endless = false } = options;
  const closing = new AbortController();
  const signal = AbortSignal.any([options.signal, closing.signal]);
  const rules = { check, signal, observer, clock };
  const repeatRules = { ...rules, observer: { ...observer, accepted: (sink: string) => observer.accepted(sink) } };
  const failed = (error: unknown) => observer.failed("outbox", error);
  /** flush() hands a failure to the owner, but one whose stream has no end may not flush for hours. */
  const told = (error: unknown) => {
    if (!signal.aborted) failed(error);
  };
  const names = sinks.map(({ name }) => name);
  const stored = await openOutboxStore(options.store.under(".state/outbox/"), names, { check, signal, clock, failed });

  let newest = stored.newest;
  const known = new Set<string>();
  const recent = new Map<number, Alert>();
  const outcomes: Alert[] = [];

  function remember(number: number, alert: Alert): void {
    known.add(alert.id);
    recent.set(number, alert);
    recent.delete(number - recentEntries);
    if (isOutcome(alert)) outcomes.push(alert);
    if (!endless || known.size <= recentEntries) return;
    const [first = ""] = known;
    known.delete(first);
  }

  const oldest = endless ? Math.max(stored.pruned, newest - recentEntries) + 1 : 1;
  await forEachGroup(oldest, newest, async (numbers) => {
    const read = await Promise.all(numbers.map((number) => stored.look(number)));
    for (const [index, number] of numbers.entries()) {
      const alert = read[index];
      if (alert !== undefined) remember(number, alert);
    }
  });

  const left = [...recent.values()];
  const ended = left.findLastIndex(isOutcome);
  const toldBefore = { alerts: left.slice(ended + 1), isAll: ended >= 0 || left.length === newest };

  const lanes = sinks.map(
    (sink): Lane => ({ sink, accepted: stored.acceptedBy(sink.name), isBusy: false, work: Promise.resolve() }),
  );
  let writing = Promise.resolve();

  async function work(lane: Lane): Promise<void> {
    while (lane.accepted < newest) {
      const number = lane.accepted + 1;
      const alert = recent.get(number) ?? (await stored.read(number));
      if (alert === undefined) failed(new FramewatchError("store-unavailable", `entry ${number} of the outbox is gone`));
      else await publish(lane.sink, alert, rules);
      await stored.advance(lane.sink.name, number);
      lane.accepted = number;
      observer.waiting(lane.sink.name, -1);
    }
    lane.isBusy = false;
  }

  /** Each sink has its own lane, so that one that is away holds up no other; a failure ends the lane. */
  function deliver(lane: Lane): void {
    if (lane.isBusy) return;
    lane.isBusy = true;
    lane.work = work(lane);
    lane.work.catch(told);
  }

  async function prune(): Promise<void> {
    const through = Math.min(newest - recentEntries, ...lanes.map(({ accepted }) => accepted));
    if (through - stored.pruned < prunedAtOnce.minimum) return;
    await stored.prune(Math.min(through, stored.pruned + prunedAtOnce.maximum));
  }

  async function write(draft: AlertDraft): Promise<void> {
    while (!known.has(draft.id)) {
      const number = newest + 1;
      const alert: Alert = { ...draft, data: { ...draft.data, sequence: number } };
      const entry = (await stored.create(number, alert)) ? alert : await stored.adopt(number);
      newest = number;
      remember(number, entry);
      for (const lane of lanes) {
        observer.waiting(lane.sink.name, 1);
        deliver(lane);
      }
    }
    if (endless) await prune();
  }

  for (const lane of lanes) {
    observer.waiting(lane.sink.name, newest - lane.accepted);
    deliver(lane);
  }

  return {
    outcomes,
    toldBefore,
    add(draft) {
      writing = writing.then(() => write(draft));
      writing.catch(told);
    },
    async flush(by) {
      await writing;
      const works = lanes.map((lane) => lane.work);
      if (by === "every sink") await Promise.all(works);
      else if (works.length > 0) await Promise.race(works);
    },
    async repeat(alert) {
      await Promise.all(sinks.map((sink) => publish(sink, alert, repeatRules)));
    },
    async close() {
      closing.abort(new FramewatchError("interrupted", "the outbox was closed"));
      await Promise.allSettled([writing, ...lanes.map((lane) => lane.work)]);
      for (const lane of lanes) observer.waiting(lane.sink.name, lane.accepted - newest);
    },
  };
}
