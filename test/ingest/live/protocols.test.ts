import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { spawn } from "node:child_process";
import { readFile, stat } from "node:fs/promises";
import { mkdtemp } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { LiveSource, MediaInput } from "../../../src/ingest/index.js";
import { systemTime } from "../../../src/ingest/live/live-time.js";
import { commandLinesWith } from "../../support/command-line.js";
import { runProgram } from "../../support/read-input.js";
import { countFrames } from "./read-live.js";
import { freePort, never, openStudio, type Studio } from "./senders.js";

let studio: Studio;
const servers: Server[] = [];
beforeAll(async () => {
  studio = await openStudio();
});
afterAll(async () => {
  await studio.close();
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
});

async function listen(server: Server): Promise<number> {
  servers.push(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

/** Seconds between the time stamps of pictures that follow one another, over so many seconds of media. */
async function pictureSteps({ inputOptions, url, environment }: MediaInput, seconds: number): Promise<number[]> {
  const copied = ["-copyts", "-map", "0:v", "-c", "copy", "-t", String(seconds), "-f", "framecrc", "-"];
  const { stdout } = await runProgram("ffmpeg", ["-nostdin", "-v", "error", ...inputOptions, "-i", url, ...copied], environment);
  const stamps = [...stdout.matchAll(/^\d+, *-?\d+, *(\d+),/gm)].map(([, pts]) => Number(pts) / 90_000);
  return stamps.slice(1).map((stamp, index) => stamp - (stamps[index] ?? 0));
}

/** Reads ten pictures of the source's next stretch. */
async function tenFrames(source: LiveSource): Promise<{ readonly isTransport: boolean; readonly frames: number }> {
  const stretch = await source.next(never);
  return { isTransport: stretch.isTransport, frames: (await countFrames(stretch.input, 10)).frames };
}

it("SRT is called, and gives the packets as they were sent, again after the sender is back", async () => {
  const port = await freePort("udp");
  const output = ["-f", "mpegts", `srt://127.0.0.1:${port}?mode=listener&passphrase=ten-letters-1`];
  const sender = studio.send(output);
  const source = await studio.open(`srt://127.0.0.1:${port}?mode=caller&passphrase=ten-letters-1&latency=50000&pkt_size=1316`);
  const first = await source.next(never);
  expect(first.isTransport).toBe(true);
  expect((await countFrames(first.input, 10)).frames).toBe(10);
  await sender.stop();
  // The other side of SRT is known to be gone after 5 s.
  expect(await first.ended).toMatchObject({ kind: "lost" });
  studio.send(output);
  expect(await tenFrames(source)).toEqual({ isTransport: true, frames: 10 });
  expect(source.status.reconnects).toBe(1);
  expect(source.displayName).toBe(`srt://127.0.0.1:${port}`);
  await source.close();
});

it("SRT is awaited, where the URL says so", async () => {
  const port = await freePort("udp");
  const source = await studio.open(`srt://127.0.0.1:${port}?mode=listener&latency=50000`, {
    trusted: false,
    allowListen: [`127.0.0.1:${port}`],
  });
  await pause(300);
  const sender = studio.send(["-f", "mpegts", `srt://127.0.0.1:${port}?mode=caller`]);
  expect(await tenFrames(source)).toEqual({ isTransport: true, frames: 10 });
  await source.close();
  await sender.stop();
});

it("RTMP is fetched by a name that is resolved by us, and packed into a transport stream on its own clock", async () => {
  const port = await freePort("tcp");
  const output = ["-f", "flv", "-listen", "1", `rtmp://127.0.0.1:${port}/app/key`];
  const sender = studio.send(output);
  const source = await studio.open(
    `rtmp://localhost:${port}/app/key?token=a1b2`,
    { trusted: false, allowHosts: [`localhost:${port}`] },
    { silenceMilliseconds: 5_000 },
  );
  const first = await source.next(never);
  expect(first.isTransport).toBe(false);
  expect((await countFrames(first.input, 10)).frames).toBe(10);
  await sender.stop();
  expect(await first.ended).toMatchObject({ kind: "lost" });
  studio.send(output);
  expect(await tenFrames(source)).toEqual({ isTransport: false, frames: 10 });
  await source.close();
});

it("HTTP-TS is read through the guard, after redirects, and asked for again where it ended", async () => {
  let requests = 0;
  const port = await listen(
    createServer((request, response) => {
      if (request.url === "/moved.ts") return void response.writeHead(302, { location: "/live.ts" }).end();
      const child = spawn("ffmpeg", [
        ...["-v", "error", "-nostdin", "-re", "-f", "lavfi", "-i", "testsrc2=size=160x90:rate=25", "-t", "1.5"],
        ...["-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-g", "12", "-pix_fmt", "yuv420p"],
        ...["-f", "mpegts", "pipe:1"],
      ]);
      requests++;
      response.writeHead(200, { "content-type": "video/mp2t" });
      child.stdout.pipe(response);
      response.once("close", () => child.kill("SIGKILL"));
    }),
  );
  const source = await studio.open(`http://127.0.0.1:${port}/moved.ts`, { trusted: false, allowHosts: [`127.0.0.1:${port}`] });
  const first = await source.next(never);
  expect(first.isTransport).toBe(true);
  expect((await countFrames(first.input, 1000)).frames).toBe(38);
  expect(await first.ended).toEqual({ kind: "lost", reason: expect.stringContaining("ended the stream") });
  expect((await countFrames((await source.next(never)).input, 1000)).frames).toBe(38);
  expect(requests).toBeGreaterThanOrEqual(2);
  await source.close();
});

it("a hundred lost connections leave no socket behind", async () => {
  const sockets = (): number => process.getActiveResourcesInfo().filter((name) => name === "TCPSocketWrap").length;
  let requests = 0;
  const server = createServer((_, response) => {
    requests++;
    if (requests % 3 === 0) response.writeHead(503).end();
    else if (requests % 3 === 1) response.destroy();
    else response.write(Buffer.alloc(1880, 0x47), () => response.destroy());
  });
  const port = await listen(server);
  const before = sockets();
  const source = await studio.open(`http://127.0.0.1:${port}/live.ts`, {}, { time: { ...systemTime, random: () => 0 } });
  await expect.poll(() => requests, { timeout: 20_000 }).toBeGreaterThan(100);
  await source.close();
  await expect.poll(sockets).toBeLessThanOrEqual(before);
  expect(source.status).toMatchObject({ isUp: false });
  expect(source.status.reconnects).toBeGreaterThan(30);
});

it("what is no transport stream is said to be none, and tried again", async () => {
  const port = await listen(createServer((_, response) => void response.end(Buffer.alloc(2_000_000, "no packets"))));
  const source = await studio.open(`http://127.0.0.1:${port}/live.ts`);
  await expect.poll(() => source.status.reason, { timeout: 10_000 }).toContain("gives no MPEG transport stream");
  await source.close();
});

it("DASH is followed through the proxy, no picture twice", async () => {
  const folder = await mkdtemp(join(studio.folder, "dash-"));
  const port = await listen(
    createServer((request, response) => {
      readFile(join(folder, new URL(request.url ?? "/", "http://host").pathname)).then(
        (bytes) => response.end(bytes),
        () => response.writeHead(404).end(),
      );
    }),
  );
  const sender = studio.send([
    "-f",
    "dash",
    "-seg_duration",
    "1",
    "-window_size",
    "5",
    "-remove_at_exit",
    "0",
    join(folder, "live.mpd"),
  ]);
  await expect
    .poll(
      () =>
        stat(join(folder, "live.mpd")).then(
          () => true,
          () => false,
        ),
      { timeout: 15_000 },
    )
    .toBe(true);
  const source = await studio.open(`http://127.0.0.1:${port}/live.mpd`, { trusted: false, allowHosts: [`127.0.0.1:${port}`] });
  const stretch = await source.next(never);
  expect(stretch.isTransport).toBe(false);
  // The window of the manifest has moved on several times by then.
  const steps = await pictureSteps(stretch.input, 12);
  expect(steps.filter((step) => Math.abs(step - 0.04) > 0.001)).toEqual([]);
  await source.close();
  await sender.stop();
});

it("a closed source leaves no child, and who waits for a stretch hears of it", async () => {
  const port = await freePort("udp");
  const source = await studio.open(`srt://127.0.0.1:${port}?mode=listener`);
  const waiting = source.next(never);
  await expect.poll(() => commandLinesWith(`srt://127.0.0.1:${port}`).length).toBe(1);
  await Promise.all([expect(waiting).rejects.toMatchObject({ code: "interrupted" }), source.close()]);
  expect(commandLinesWith(`srt://127.0.0.1:${port}`)).toEqual([]);
});
