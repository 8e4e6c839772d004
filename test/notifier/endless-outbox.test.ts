import { once } from "node:events";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as pause } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { AlertDraft } from "../../src/notifier/alert.js";
import { completedAlert, defectAlert } from "../../src/notifier/alert.js";
import type { Clock } from "../../src/notifier/clock.js";
import { defectEntry } from "../../src/notifier/defect-entry.js";
import { type Alert, type PublishObserver, type Sink, webhookSink } from "../../src/notifier/index.js";
import { type Outbox, openOutbox } from "../../src/notifier/outbox.js";
import type { Store } from "../../src/store.js";
import { openFolderStore } from "../../src/store-folder.js";
import { exampleDefect, exampleJob, exampleMedia, silent } from "./examples.js";

const secret = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;
const { signal } = new AbortController();

/** Minutes pass in fractions of a second. */
const speed = 300;
function fastClock(): Clock {
  const start = Date.now();
  return {
    now: () => start + (Date.now() - start) * speed,
    sleep: (milliseconds, stop) => pause(milliseconds / speed, undefined, { signal: stop }).catch(() => {}),
  };
}

let folder: string;
let store: Store;
let server: Server;
let url: string;
/** Ids in the order in which the receiver accepted them. */
let arrived: string[];
let attempts: number;
let answerTo: (alert: Alert) => number;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "framewatch-endless-"));
  store = openFolderStore(folder);
  [arrived, attempts, answerTo] = [[], 0, () => 204];
  server = createServer(async (request, response) => {
    attempts += 1;
    const alert = JSON.parse(await text(request)) as Alert;
    const status = answerTo(alert);
    if (status === 204) arrived.push(alert.id);
    response.writeHead(status).end();
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
});
afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await once(server, "close");
  await rm(folder, { recursive: true, force: true });
});

function memorySink(name = "sns"): { sink: Sink; ids: string[]; sequences: number[] } {
  const ids: string[] = [];
  const sequences: number[] = [];
  const publish = async ({ id, data }: Alert) => {
    ids.push(id);
    sequences.push(data.sequence);
  };
  return { sink: { name, publish, close: () => {} }, ids, sequences };
}

/** An answer that does not come. */
const noAnswer = (stop: AbortSignal): Promise<void> =>
  new Promise((_, reject) => stop.addEventListener("abort", () => reject(stop.reason as Error), { once: true }));

const drafts = (count: number, from = 1): AlertDraft[] =>
  Array.from({ length: count }, (_, index) =>
    defectAlert(exampleJob, "opened", defectEntry(exampleDefect({ id: `defect-${from + index}` }), exampleMedia), {
      incidentKey: "key",
    }),
  );

interface Changes {
  readonly in?: Store;
  readonly observer?: PublishObserver;
  readonly clock?: Clock;
  readonly check?: () => void;
}

function open(sinks: readonly Sink[], { in: where = store, ...changes }: Changes = {}): Promise<Outbox> {
  return openOutbox({ store: where, sinks, check: () => {}, signal, observer: silent, endless: true, ...changes });
}

function addAll(outbox: Outbox, all: readonly AlertDraft[]): string[] {
  for (const draft of all) outbox.add(draft);
  return all.map(({ id }) => id);
}

async function tell(outbox: Outbox, count: number, from = 1): Promise<string[]> {
  const ids = addAll(outbox, drafts(count, from));
  await outbox.flush("every sink");
  return ids;
}

const entriesLeft = async () =>
  (await readdir(path.join(folder, ".state/outbox"))).filter((name) => /^\d+\.json$/.test(name)).length;

describe("the outbox of a stream without end", () => {
  test("keeps no more than the newest alerts once all sinks have them, and goes on numbering", async () => {
    const { sink, ids, sequences } = memorySink();
    const outbox = await open([sink]);
    const told = await tell(outbox, 200);
    for (let number = 201; number <= 210; number += 1) told.push(...(await tell(outbox, 1, number)));
    await outbox.close();
    expect(ids).toEqual(told);
    expect(sequences).toEqual(told.map((_, index) => index + 1));
    expect(await entriesLeft()).toBeLessThanOrEqual(64 + 16);

    const next = await open([sink]);
    expect(await tell(next, 10, 202)).toHaveLength(10);
    expect(ids.slice(210), "only the one that was not told before").toHaveLength(1);
    expect(sequences.at(-1)).toBe(211);
    await next.close();
  });

  test("says to a successor what was told since the job last ended, and whether that is all", async () => {
    const { sink } = memorySink();
    const outbox = await open([sink]);
    expect(outbox.toldBefore).toEqual({ alerts: [], isAll: true });
    const told = await tell(outbox, 3);
    await outbox.close();
    const next = await open([sink]);
    expect(next.toldBefore.alerts.map(({ id }) => id)).toEqual(told);
    expect(next.toldBefore.isAll).toBe(true);
    const more = await tell(next, 100, 4);
    await next.close();
    const third = await open([sink]);
    expect(third.toldBefore.alerts.map(({ id }) => id)).toEqual(more.slice(-64));
    expect(third.toldBefore.isAll, "older ones are not known any more").toBe(false);
    third.add(completedAlert(exampleJob, { verdict: "pass", counts: {}, reportUrl: "file:///report.json" }));
    const [last] = await tell(third, 1, 104);
    await third.close();
    const fourth = await open([sink]);
    expect(fourth.toldBefore).toMatchObject({ alerts: [{ id: last }], isAll: true });
    await fourth.close();
  });

  test("keeps what one sink has not accepted, for whoever takes the stream over", async () => {
    const one = memorySink();
    const away: Sink = { ...memorySink("webhook").sink, publish: (_, stop) => noAnswer(stop) };
    const outbox = await open([one.sink, away]);
    const told = addAll(outbox, drafts(150));
    await outbox.flush("one sink");
    expect(one.ids).toEqual(told);
    const other = memorySink("webhook");
    const next = await open([one.sink, other.sink]);
    await next.flush("every sink");
    expect(other.ids).toEqual(told);
    expect(one.ids, "nothing is told again where it was accepted").toEqual(told);
    await next.close();
    await outbox.close();
  });

  test("opens by some dozens of requests after a hundred thousand alerts", async () => {
    const past = store.under(".state/outbox/");
    const alerts = drafts(64);
    for (const [index, draft] of alerts.entries()) {
      const sequence = 100_000 - 64 + index + 1;
      const alert: Alert = { ...draft, data: { ...draft.data, sequence } };
      await past.create(`${sequence}.json`.padStart(11, "0"), JSON.stringify(alert), "application/json");
    }
    await past.put("pruned.json", '{"number":99936}', "application/json");
    await past.put("sns.cursor.json", '{"number":100000}', "application/json");
    let requests = 0;
    const counting = (inner: Store): Store => ({
      ...inner,
      get: (key) => inner.get(key).finally(() => (requests += 1)),
      has: (key) => inner.has(key).finally(() => (requests += 1)),
      under: (prefix) => counting(inner.under(prefix)),
    });
    const { sink, sequences } = memorySink();
    const outbox = await open([sink], { in: counting(store) });
    expect(requests).toBeLessThan(80);
    await tell(outbox, 1, 1000);
    expect(sequences).toEqual([100_001]);
    await outbox.close();
  });

  test("gives a sink that is new what is still there", async () => {
    const first = memorySink();
    const outbox = await open([first.sink]);
    await tell(outbox, 100);
    await tell(outbox, 1, 101);
    await outbox.close();
    const late = memorySink("webhook");
    const next = await open([first.sink, late.sink]);
    await next.flush("every sink");
    expect(late.ids.length).toBeGreaterThanOrEqual(64);
    expect(late.ids).toEqual(first.ids.slice(-late.ids.length));
    await next.close();
  });

  test("leaves a cursor that was moved on by both of two owners where nothing is told again", async () => {
    const [one, other, third] = [memorySink(), memorySink(), memorySink()];
    const owners = await Promise.all([open([one.sink]), open([other.sink])]);
    await Promise.all(owners.map((owner) => tell(owner, 20)));
    expect(one.ids).toEqual(other.ids);
    expect(one.sequences).toEqual(other.sequences);
    await Promise.all(owners.map((owner) => owner.close()));
    const next = await open([third.sink]);
    await tell(next, 20);
    expect(third.ids).toEqual([]);
    await next.close();
  });

  test("is not set back by an owner that lags behind another", async () => {
    const [ahead, third] = [memorySink(), memorySink()];
    let release = (): void => {};
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    let reached = (): void => {};
    const reachedSecond = new Promise<void>((resolve) => {
      reached = resolve;
    });
    const slow: Sink = {
      ...memorySink().sink,
      async publish({ data }, stop) {
        if (data.sequence === 1) return released;
        reached();
        return noAnswer(stop);
      },
    };
    const lagging = await open([slow]);
    lagging.add(drafts(1)[0] as AlertDraft);
    const outbox = await open([ahead.sink]);
    await tell(outbox, 20);
    await outbox.close();
    for (const draft of drafts(20)) lagging.add(draft);
    release();
    await reachedSecond;
    const next = await open([third.sink]);
    await next.flush("every sink");
    expect(third.ids).toEqual([]);
    await next.close();
    await lagging.close();
  });

  test("loses nothing when its owner dies at any effect of publishing or removing, and repeats at most one", async () => {
    for (let at = 5; at < 500; at += 97) {
      const inside = openFolderStore(path.join(folder, String(at)));
      let effects = 0;
      const check = () => {
        effects += 1;
        if (effects > at) throw new Error("the process died");
      };
      const { sink, ids } = memorySink();
      const mortal = await open([sink], { in: inside, check });
      for (let from = 1; from <= 141; from += 20) await tell(mortal, 20, from).catch(() => {});
      await mortal.close();
      const next = await open([sink], { in: inside });
      await next.flush("every sink");
      const written = new Set(ids).size;
      await tell(next, 160 - written, written + 1);
      expect([...new Set(ids)], `effect ${at}`).toEqual(drafts(160).map(({ id }) => id));
      expect(ids.length - new Set(ids).size, `effect ${at}`).toBeLessThanOrEqual(1);
      await next.close();
    }
  });
});

describe("while a receiver is away for five minutes", () => {
  test("the other sink gets all at once; then all comes in order, after few attempts by all streams together", async () => {
    const clock = fastClock();
    const since = clock.now();
    let until = Number.POSITIVE_INFINITY;
    answerTo = () => (clock.now() < until ? 503 : 204);
    const hook = webhookSink(url, secret);
    let waiting = 0;
    const observer = { ...silent, waiting: (sink: string, change: number) => (waiting += sink === "webhook" ? change : 0) };
    const streams = await Promise.all(
      Array.from({ length: 20 }, async (_, index) => {
        const direct = memorySink();
        const where = openFolderStore(path.join(folder, `stream-${index}`));
        const outbox = await open([direct.sink, hook], { in: where, clock, observer });
        return { outbox, direct, told: addAll(outbox, drafts(4, 1000 * index)) };
      }),
    );
    await Promise.all(streams.map(({ outbox }) => outbox.flush("one sink")));
    for (const { direct, told } of streams) expect(direct.ids).toEqual(told);
    expect(waiting).toBe(80);
    until = clock.now() + 300_000;
    await Promise.all(streams.map(({ outbox }) => outbox.flush("every sink")));
    for (const { told } of streams) expect(arrived.filter((id) => told.includes(id))).toEqual(told);
    expect(arrived).toHaveLength(80);
    expect(waiting).toBe(0);
    // Of each stream the one that was under way when it broke, then one every ten seconds; and 80 that were accepted.
    expect(attempts).toBeLessThanOrEqual(20 + 5 + Math.ceil((until - since) / 10_000) + 80);
    await Promise.all(streams.map(({ outbox }) => outbox.close()));
  }, 30_000);
});

describe("a receiver that refuses", () => {
  test("one alert gets those behind it, a minute later", async () => {
    const clock = fastClock();
    const all = drafts(5);
    const poison = all[1]?.id;
    answerTo = ({ id }) => (id === poison ? 422 : 204);
    const refused: string[] = [];
    const observer = { ...silent, refused: (sink: string) => refused.push(sink) };
    const outbox = await open([webhookSink(url, secret)], { clock, observer });
    const begun = clock.now();
    const told = addAll(outbox, all);
    await outbox.flush("every sink");
    expect(arrived).toEqual(told.filter((id) => id !== poison));
    expect(refused).toEqual(["webhook"]);
    expect(clock.now() - begun).toBeGreaterThanOrEqual(60_000);
    await outbox.close();
    const next = await open([webhookSink(url, secret)], { clock, observer });
    await next.flush("every sink");
    expect(refused, "what was given up stays so").toEqual(["webhook"]);
    await next.close();
  });

  test("everything is asked once for each alert, after it refused one for a minute", async () => {
    const clock = fastClock();
    answerTo = () => 410;
    const refused: string[] = [];
    const observer = { ...silent, refused: (sink: string) => refused.push(sink) };
    const outbox = await open([webhookSink(url, secret)], { clock, observer });
    addAll(outbox, drafts(20));
    await outbox.flush("every sink");
    expect(refused).toHaveLength(20);
    const attemptsOfAll = attempts;
    answerTo = () => 204;
    await tell(outbox, 1, 50);
    expect(arrived).toHaveLength(1);
    expect(attempts).toBe(attemptsOfAll + 1);
    await outbox.close();
  });
});
