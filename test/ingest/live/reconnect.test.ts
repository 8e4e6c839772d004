import { setImmediate as turn } from "node:timers/promises";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { FramewatchError } from "../../../src/errors.js";
import { type LiveGateway, openLiveGateway } from "../../../src/ingest/index.js";
import type { LiveTime } from "../../../src/ingest/live/live-time.js";
import { readLive } from "../../../src/ingest/live/open-live-source.js";
import type { Receiver, ReceiverSink } from "../../../src/ingest/live/receiver.js";
import { openLog } from "../../../src/log.js";
import { never } from "./senders.js";

let gateway: LiveGateway;
let ringFolder: string;
beforeAll(async () => {
  gateway = await openLiveGateway();
  ringFolder = await mkdtemp(`${tmpdir()}/framewatch-reconnect-`);
});
afterAll(async () => {
  await gateway.close();
  await rm(ringFolder, { recursive: true });
});

/** Time that only goes on when it is told to. */
function virtualTime(random = 0.5): LiveTime & { pass(milliseconds: number): Promise<void> } {
  let now = 0;
  const sleepers = new Set<{ readonly at: number; wake(): void }>();
  return {
    now: () => now,
    random: () => random,
    wait: (milliseconds, signal) =>
      new Promise((resolve, reject) => {
        const abort = (): void => {
          sleepers.delete(sleeper);
          reject(signal.reason);
        };
        const sleeper = {
          at: now + milliseconds,
          wake() {
            signal.removeEventListener("abort", abort);
            resolve();
          },
        };
        sleepers.add(sleeper);
        if (signal.aborted) abort();
        else signal.addEventListener("abort", abort, { once: true });
      }),
    async pass(milliseconds) {
      const until = now + milliseconds;
      for (;;) {
        for (let turns = 0; turns < 5; turns++) await turn();
        const [next] = [...sleepers].sort((one, other) => one.at - other.at);
        if (next === undefined || next.at > until) break;
        now = next.at;
        sleepers.delete(next);
        next.wake();
      }
      now = until;
    },
  };
}

/** Ten null packets. */
const packets = (): Uint8Array => {
  const bytes = new Uint8Array(1880);
  for (let at = 0; at < bytes.length; at += 188) bytes.set([0x47, 0x1f, 0xff, 0x10], at);
  return bytes;
};

/** A receiver whose connections the test plays; each counts as open until it has settled. */
function playedReceiver(play: (sink: ReceiverSink, connection: number) => Promise<void> | undefined) {
  const times: number[] = [];
  let open = 0;
  const receiver = (time: LiveTime, listens = false): Receiver => ({
    isTransport: true,
    listens,
    async receive(sink, signal) {
      times.push(time.now());
      open++;
      try {
        await play(sink, times.length);
        // Open until somebody ends it.
        await new Promise<void>((_, reject) => {
          if (signal.aborted) reject(signal.reason);
          signal.addEventListener("abort", () => reject(signal.reason), { once: true });
        });
      } finally {
        open--;
      }
    },
  });
  return { receiver, times, open: () => open };
}

const access = () => ({ gateway, ringFolder, log: openLog("error") });
const refused = new FramewatchError("source-unreachable", "It does not answer.");

describe("a live source", () => {
  it("that does not answer is tried again ever more rarely, at most every 30 s, for ever", async () => {
    const time = virtualTime(0.5);
    const { receiver, times } = playedReceiver(() => Promise.reject(refused));
    const source = readLive(receiver(time), "srt://host:1", access(), { time });
    await time.pass(3_600_000);
    expect(times.slice(0, 9)).toEqual([0, 250, 750, 1_750, 3_750, 7_750, 15_750, 30_750, 45_750]);
    expect(times.length).toBeGreaterThan(240);
    expect(source.status).toEqual({ isUp: false, reconnects: 0, bytes: 0, reason: "It does not answer." });
    await source.close();
  });

  it("that is silent for 20 s is lost; a byte in time keeps it", async () => {
    const time = virtualTime();
    let sink: ReceiverSink | undefined;
    const { receiver, open } = playedReceiver((to) => {
      sink = to;
      to.bytes(packets());
      return undefined;
    });
    const source = readLive(receiver(time), "srt://host:1", access(), { time });
    await time.pass(0);
    const stretch = await source.next(never);
    await time.pass(19_000);
    sink?.bytes(packets());
    await time.pass(19_000);
    expect(source.status).toMatchObject({ isUp: true, lastByteAtMilliseconds: 19_000 });
    await time.pass(3_000);
    expect(await stretch.ended).toEqual({ kind: "lost", reason: "srt://host:1 gave nothing for 20 s." });
    const next = await source.next(never);
    expect(next.input.url).not.toBe(stretch.input.url);
    expect(source.status).toMatchObject({ isUp: true, reconnects: 1 });
    expect(open()).toBe(1);
    await source.close();
    expect(open()).toBe(0);
  });

  it("that was good for a while is tried again soon after a loss", async () => {
    const time = virtualTime(0.5);
    const { receiver, times } = playedReceiver(async (to, connection) => {
      if (connection % 4 !== 0) throw refused;
      to.bytes(packets());
      await time.wait(15_000, never);
      throw refused;
    });
    const source = readLive(receiver(time), "srt://host:1", access(), { time });
    await time.pass(20_000);
    expect(times.slice(0, 5)).toEqual([0, 250, 750, 1_750, 17_000]);
    await source.close();
  });

  it("that waits for a sender is not lost before the first byte", async () => {
    const time = virtualTime();
    const { receiver, times } = playedReceiver(() => undefined);
    const source = readLive(receiver(time, true), "udp://0.0.0.0:1", access(), { time });
    await time.pass(600_000);
    expect(times).toEqual([0]);
    await source.close();
  });

  it("that may not be read is given up, and says why as often as asked", async () => {
    const time = virtualTime();
    const forbidden = new FramewatchError("source-forbidden", "It has a private address.");
    const { receiver, times } = playedReceiver(() => Promise.reject(forbidden));
    const source = readLive(receiver(time), "srt://host:1", access(), { time });
    await time.pass(100_000);
    expect(times).toEqual([0]);
    await expect(source.next(never)).rejects.toBe(forbidden);
    await expect(source.next(never)).rejects.toBe(forbidden);
    await source.close();
  });

  it("that comes to its end is over", async () => {
    const time = virtualTime();
    const receiver: Receiver = {
      isTransport: true,
      receive(sink) {
        sink.wallClock?.(10, 1_000_000);
        sink.bytes(packets());
        sink.newStretch("another start");
        sink.bytes(packets());
        return Promise.resolve();
      },
    };
    const source = readLive(receiver, "https://host/live.m3u8", access(), { time });
    await time.pass(0);
    const [first, second] = [await source.next(never), await source.next(never)];
    expect(await first.ended).toEqual({ kind: "changed", reason: "another start" });
    expect(await second.ended).toMatchObject({ kind: "over" });
    expect([first.wallClockOf?.(12.5), second.wallClockOf?.(12.5)]).toEqual([1_002_500, undefined]);
    await expect(source.next(never)).rejects.toThrow("has come to its end");
    await source.close();
  });

  it("whose stretch is given up is connected anew", async () => {
    const time = virtualTime();
    const { receiver } = playedReceiver((to) => {
      to.bytes(packets());
      return undefined;
    });
    const source = readLive(receiver(time), "srt://host:1", access(), { time });
    await time.pass(0);
    const stretch = await source.next(never);
    stretch.abandon(new FramewatchError("media-unreadable", "Nothing can be decoded."));
    expect(await stretch.ended).toEqual({ kind: "lost", reason: "Nothing can be decoded." });
    await time.pass(1_000);
    const next = await source.next(never);
    // It is over, and says nothing of the one that came after it.
    stretch.abandon(new FramewatchError("media-unreadable", "Once more."));
    await time.pass(0);
    expect(source.status.isUp).toBe(true);
    expect(next.input.url).not.toBe(stretch.input.url);
    await source.close();
  });

  it("whose stretches nobody fetches keeps the last ones only", async () => {
    const time = virtualTime();
    const { receiver } = playedReceiver(async (to) => {
      to.bytes(packets());
      await time.wait(100, never);
      throw refused;
    });
    const source = readLive(receiver(time), "srt://host:1", access(), { time });
    await time.pass(600_000);
    let fetched = 0;
    const enough = new AbortController();
    const fetching = (async () => {
      for (;;) {
        await source.next(enough.signal);
        fetched++;
      }
    })();
    await time.pass(0);
    enough.abort(new Error("enough"));
    await expect(fetching).rejects.toThrow("enough");
    expect(fetched).toBeLessThanOrEqual(3);
    await source.close();
  });
});
