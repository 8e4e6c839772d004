import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { h264, makeClip, movingPicture } from "./media/make.js";
import { type Checking, openChecking } from "./support/check-media.js";

let checking: Checking;
beforeAll(async () => {
  checking = await openChecking();
});
afterAll(() => checking.close());

/** Longer than the shortest wait that counts. */
const pauseMilliseconds = 6_000;

test("finds that a host let us wait in the middle of a film, and goes on", async () => {
  const film = await readFile(
    await makeClip({ inputs: [movingPicture({ seconds: 24 })], options: [...h264, "-bf", "0"], extension: "flv" }),
  );
  // What ffmpeg looks at before it begins is over by then.
  const first = Math.round(film.length * 0.8);
  const server = createServer((request, response) => {
    // As many hosts that write while they send: no ranges, so that it is read from its start to its end.
    response.writeHead(200, { "content-type": "video/x-flv", "content-length": film.length });
    if (request.method === "HEAD") return void response.end();
    response.write(film.subarray(0, first));
    const timer = setTimeout(() => response.end(film.subarray(first)), pauseMilliseconds);
    response.once("close", () => clearTimeout(timer));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  try {
    const { port } = server.address() as AddressInfo;
    const report = await checking.check(`http://127.0.0.1:${port}/film.flv`, ["stall", "freeze"]);
    expect(report.media).toMatchObject({ complete: true, video: { frames: 600 } });
    expect(report.defects).toMatchObject([{ type: "stall", affects: "picture", severity: "error" }]);
    const [stall] = report.defects;
    expect(stall?.measured["longestWaitSeconds"]).toBeGreaterThan(5);
    expect(stall?.startSeconds).toBeGreaterThan(15);
    expect(stall?.startSeconds).toBeLessThan(22);
  } finally {
    server.closeAllConnections();
    server.close();
  }
});
