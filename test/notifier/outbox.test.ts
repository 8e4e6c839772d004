import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { Writable } from "node:stream";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { FramewatchError } from "../../src/errors.js";
import { type Alert, type Alerts, openAlerts, type PublishObserver, type Sink, stdoutSink } from "../../src/notifier/index.js";
import type { Store } from "../../src/store.js";
import { openFolderStore } from "../../src/store-folder.js";
import { exampleDefect, exampleEvents, exampleJob, exampleMedia, silent } from "./examples.js";

let folder: string;
let store: Store;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "framewatch-outbox-"));
  store = openFolderStore(folder);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** A sink of NDJSON lines that can be read again. */
function recordingSink(): { sink: Sink; alerts: Alert[] } {
  const alerts: Alert[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      alerts.push(JSON.parse(chunk.toString()) as Alert);
      done();
    },
  });
  return { sink: stdoutSink(stream), alerts };
}

interface Changes {
  readonly store?: Store;
  readonly sinks?: readonly Sink[];
  readonly check?: () => void;
  readonly run?: number;
  readonly observer?: PublishObserver;
}

function open({ run = 1, ...changes }: Changes): Promise<Alerts> {
  const signal = new AbortController().signal;
  return openAlerts({ job: { ...exampleJob, run }, store, sinks: [], check: () => {}, signal, observer: silent, ...changes });
}

async function tellAll(alerts: Alerts): Promise<void> {
  alerts.defects(exampleEvents(2), exampleMedia);
  await alerts.completed({ verdict: "warn", counts: { black: 2 } });
}

const story = [
  ["framewatch.defect.opened", "defect-1"],
  ["framewatch.defect.resolved", "defect-1"],
  ["framewatch.defect.opened", "defect-2"],
  ["framewatch.defect.resolved", "defect-2"],
  ["framewatch.job.completed", undefined],
];
const toldBy = (alerts: readonly Alert[]) => alerts.map(({ type, data }) => [type, data.defect?.id]);
const withoutRepeats = (alerts: readonly Alert[]) => [...new Map(alerts.map((alert) => [alert.id, alert])).values()];

describe("the outbox of a job", () => {
  test("publishes what was told, in order and numbered, the outcome last", async () => {
    const { sink, alerts } = recordingSink();
    const job = await open({ sinks: [sink] });
    await tellAll(job);
    await job.close();
    expect(toldBy(alerts)).toEqual(story);
    expect(alerts.map(({ data }) => data.sequence)).toEqual([1, 2, 3, 4, 5]);
  });

  test("dates an alert by the moment its evidence was complete, from which its delay counts", async () => {
    const { sink, alerts } = recordingSink();
    const delays: (number | undefined)[] = [];
    const observer: PublishObserver = { ...silent, accepted: (_, delaySeconds) => delays.push(delaySeconds) };
    const job = await open({ sinks: [sink], observer });
    const foundAt = new Date(Date.now() - 60_000);
    job.defects(exampleEvents(1), exampleMedia, foundAt);
    await job.flush();
    expect(alerts.map(({ time }) => time)).toEqual([foundAt.toISOString(), foundAt.toISOString()]);
    for (const delay of delays) expect(delay).toBeGreaterThanOrEqual(60);
  });

  test("tells nothing again to who takes the job over, or runs it again after it is done", async () => {
    const { sink, alerts } = recordingSink();
    for (let time = 0; time < 2; time += 1) {
      const job = await open({ sinks: [sink] });
      await tellAll(job);
      await job.close();
    }
    expect(toldBy(alerts)).toEqual(story);
  });

  test("repeats the outcome of a done job under its own id", async () => {
    const { sink, alerts } = recordingSink();
    const delays: (number | undefined)[] = [];
    const observer: PublishObserver = { ...silent, accepted: (_, delaySeconds) => delays.push(delaySeconds) };
    await tellAll(await open({ sinks: [sink], observer }));
    expect(await (await open({ sinks: [sink], observer })).repeatOutcome()).toBe(true);
    expect(alerts).toHaveLength(story.length + 1);
    expect(alerts.at(-1)).toEqual(alerts.at(-2));
    // How long ago the job was done says nothing about how late an alert is.
    expect(delays).toEqual([...story.map(() => expect.any(Number)), undefined]);
  });

  test("has no outcome to repeat where a job never ended", async () => {
    const { sink } = recordingSink();
    expect(await (await open({ sinks: [sink] })).repeatOutcome()).toBe(false);
  });

  test("tells the outcome of a forced run anew", async () => {
    const { sink, alerts } = recordingSink();
    for (const run of [1, 2])
      await (await open({ sinks: [sink], run })).failed({ code: "media-unreadable", message: "no media" });
    expect(new Set(alerts.map(({ id }) => id)).size).toBe(2);
    expect(alerts.map(({ data }) => data.sequence)).toEqual([1, 2]);
  });

  test("tells an update only when the severity rises above what was told", async () => {
    const { sink, alerts } = recordingSink();
    const job = await open({ sinks: [sink] });
    const severities = ["warning", "warning", "error", "warning", "error", "critical"] as const;
    const events = severities.map(
      (severity, index) => ({ kind: index === 0 ? "opened" : "updated", defect: exampleDefect({ severity }) }) as const,
    );
    job.defects(events, exampleMedia);
    await job.flush();
    expect(alerts.map(({ type, data }) => [type, data.defect?.severity])).toEqual([
      ["framewatch.defect.opened", "warning"],
      ["framewatch.defect.updated", "error"],
      ["framewatch.defect.updated", "critical"],
    ]);
    expect(new Set(alerts.map(({ id }) => id)).size).toBe(3);
  });

  test("gives two owners at once different numbers and one alert of each id", async () => {
    const first = recordingSink();
    const second = recordingSink();
    const owners = await Promise.all([open({ sinks: [first.sink] }), open({ sinks: [second.sink] })]);
    await Promise.all(owners.map(tellAll));
    const all = [...first.alerts, ...second.alerts];
    expect(toldBy(withoutRepeats(all)).sort()).toEqual([...story].sort());
    for (const alert of all)
      expect(all.filter(({ id }) => id === alert.id).every(({ data }) => data.sequence === alert.data.sequence)).toBe(true);
  });

  test("publishes nothing after the lease is lost", async () => {
    const { sink, alerts } = recordingSink();
    let lost = false;
    const check = () => {
      if (lost) throw new FramewatchError("lease-lost", "somebody else has the message");
    };
    const job = await open({ sinks: [sink], check });
    job.defects(exampleEvents(1), exampleMedia);
    await job.flush();
    lost = true;
    await expect(tellAll(job)).rejects.toMatchObject({ code: "lease-lost" });
    expect(alerts).toHaveLength(2);
  });

  test("waits for a sink and a store that are away, while another sink goes on", async () => {
    const { sink, alerts } = recordingSink();
    const other = recordingSink();
    let refusals = 0;
    const refuse = (code: "queue-unavailable" | "store-unavailable", times: number) => {
      refusals += 1;
      if (refusals <= times) throw new FramewatchError(code, "away");
    };
    const away: Sink = {
      ...sink,
      name: "away",
      publish: async (alert, signal) => {
        refuse("queue-unavailable", 3);
        await sink.publish(alert, signal);
      },
    };
    const failed: string[] = [];
    const job = await open({ sinks: [away, other.sink], observer: { ...silent, failed: (name) => failed.push(name) } });
    await tellAll(job);
    expect(failed).toEqual(["away", "away", "away"]);
    expect(toldBy(alerts)).toEqual(story);
    expect(toldBy(other.alerts)).toEqual(story);
  });

  test("stops when the job is aborted, and leaves the rest to the next owner", async () => {
    const stop = new AbortController();
    const away: Sink = {
      name: "stdout",
      publish: () => Promise.reject(new FramewatchError("queue-unavailable", "away")),
      close: () => {},
    };
    const observer = { ...silent, failed: () => stop.abort(new Error("stopped")) };
    const job = await openAlerts({ job: exampleJob, store, sinks: [away], check: () => {}, signal: stop.signal, observer });
    job.defects(exampleEvents(1), exampleMedia);
    await expect(job.flush()).rejects.toThrow("stopped");
    const { sink, alerts } = recordingSink();
    await (await open({ sinks: [sink] })).flush();
    expect(alerts.length).toBeGreaterThan(0);
    expect(toldBy(alerts)).toEqual(story.slice(0, alerts.length));
  });
});

/** Every effect, in the order they are tried; the process 'dies' before or after the one with the given number. */
function dying(at: number, when: "before" | "after"): { store: Store; wrap: (sink: Sink) => Sink; died: () => boolean } {
  let count = 0;
  async function effect<Result>(act: () => Promise<Result>): Promise<Result> {
    count += 1;
    if (count > at || (count === at && when === "before")) throw new Error("the process died");
    const result = await act();
    if (count === at) {
      count += 1;
      throw new Error("the process died");
    }
    return result;
  }
  const mortal = (inner: Store): Store => ({
    ...inner,
    get: (key) => effect(() => inner.get(key)),
    has: (key) => effect(() => inner.has(key)),
    create: (key, body, contentType) => effect(() => inner.create(key, body, contentType)),
    put: (key, body, contentType) => effect(() => inner.put(key, body, contentType)),
    under: (prefix) => mortal(inner.under(prefix)),
  });
  return {
    store: mortal(store),
    wrap: (sink) => ({ ...sink, publish: (alert, signal) => effect(() => sink.publish(alert, signal)) }),
    died: () => count >= at,
  };
}

describe.each(["before", "after"] as const)("a process that dies %s an effect", (when) => {
  test("loses no alert, repeats at most one, with the same id, and keeps the order", async () => {
    for (let at = 1, died = true; died; at += 1) {
      await rm(folder, { recursive: true, force: true });
      const { sink, alerts } = recordingSink();
      const mortal = dying(at, when);
      await open({ store: mortal.store, sinks: [mortal.wrap(sink)] })
        .then(tellAll)
        .catch((error: Error) => expect(error.message).toBe("the process died"));
      died = mortal.died();
      await tellAll(await open({ sinks: [sink] }));
      expect(toldBy(withoutRepeats(alerts)), `effect ${at}`).toEqual(story);
      expect(alerts.length, `effect ${at}`).toBeLessThanOrEqual(story.length + 1);
    }
  });
});
