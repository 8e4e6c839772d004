import { afterAll, beforeAll, expect, it } from "vitest";
import { probe } from "../../../src/decoder/index.js";
import { countFrames } from "./read-live.js";
import { freePort, never, openStudio, type Studio } from "./senders.js";

let studio: Studio;
beforeAll(async () => {
  studio = await openStudio();
});
afterAll(() => studio.close());

it("datagrams are read as they come, by as many children as ask, all from the same start", async () => {
  const port = await freePort("udp");
  const source = await studio.open(`udp://127.0.0.1:${port}`);
  studio.send(["-f", "mpegts", `udp://127.0.0.1:${port}?pkt_size=1316`]);
  const stretch = await source.next(never);
  expect(stretch.isTransport).toBe(true);
  const media = await probe(stretch.input, { signal: never });
  expect(media).toMatchObject({ container: "mpegts", video: { width: 160, height: 90 }, audio: [{ channels: 1 }] });
  const [one, other] = await Promise.all([countFrames(stretch.input, 50), countFrames(stretch.input, 50)]);
  expect(one.firstPts).toBe(other.firstPts);
  expect(source.status).toMatchObject({ isUp: true, reconnects: 0 });
});

it("a sender that falls silent is a loss, and its return a new stretch", async () => {
  const port = await freePort("udp");
  const source = await studio.open(`udp://127.0.0.1:${port}`, {}, { silenceMilliseconds: 600 });
  const output = ["-f", "mpegts", `udp://127.0.0.1:${port}?pkt_size=1316`];
  const sender = studio.send(output);
  const first = await source.next(never);
  await countFrames(first.input, 10);
  await sender.stop();
  expect(await first.ended).toEqual({ kind: "lost", reason: expect.stringContaining("gave nothing for 0.6 s") });
  expect(source.status.isUp).toBe(false);
  studio.send(output);
  const second = await source.next(never);
  expect((await countFrames(second.input, 10)).frames).toBe(10);
  expect(source.status).toMatchObject({ isUp: true, reconnects: 1 });
});

it("a group is joined, and only senders that were named count", async () => {
  const port = await freePort("udp");
  const group = `239.255.77.7:${port}`;
  const output = ["-f", "mpegts", `udp://${group}?pkt_size=1316&localaddr=127.0.0.1`];
  const rules = { trusted: false, allowHosts: [group] };
  const source = await studio.open(`udp://@${group}?localaddr=127.0.0.1`, rules);
  const other = await studio.open(`udp://@${group}?localaddr=127.0.0.1&sources=127.0.0.2`, rules);
  const sender = studio.send(output);
  const stretch = await source.next(never);
  expect((await countFrames(stretch.input, 10)).frames).toBe(10);
  expect(other.status).toMatchObject({ isUp: false, bytes: 0 });
  await Promise.all([source.close(), other.close(), sender.stop()]);
});
