import { spawn } from "node:child_process";
import { once } from "node:events";
import { createReadStream } from "node:fs";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { createSocket } from "node:dgram";
import { createServer as createHttpServer } from "node:http";
import { createServer } from "node:net";
import os from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import { faultLastsSeconds, framesPerSecond } from "./programme.mjs";

export const protocols = ["udp", "srt", "rtmp", "hls"];

/** Ports that senders of UDP send to, others in each run: the service is allowed to listen there and nowhere else. */
const udpPorts = Array.from({ length: 64 }, (_, index) => 20_000 + 64 * (process.pid % 150) + index);
export const listenAddresses = udpPorts.map((port) => `127.0.0.1:${port}`).join(",");
let udpSenders = 0;

/** All three faults are told after this time (their detectors' `minimumSeconds`). */
const definitionSeconds = 2;

/**
 * Sends a programme in real time, again and again without a seam in its times, by ffmpeg, which copies it as it is. A second
 * output of the same ffmpeg, one line per picture, tells when each was sent.
 *
 * @returns the source's address, pictures sent so far, and each planted fault that was sent: when the evidence for it was complete
 *   (the last picture that its definition needs was sent, or for HLS the segment with it was fetched) and when it was over
 */
export async function startSender({ protocol, programme, name }) {
  const transport = ["-f", "mpegts", "-pes_payload_size", "0"];
  const faults = [];
  let sent = 0;
  let starts = 0;
  let isStopped = false;
  let child;

  const hls = protocol === "hls" ? await openSegments() : undefined;
  const port = hls?.port ?? (protocol === "udp" ? udpPorts[udpSenders++ % udpPorts.length] : await freePort(protocol));
  const places = {
    udp: { source: `udp://127.0.0.1:${port}`, output: [...transport, `udp://127.0.0.1:${port}?pkt_size=1316`] },
    srt: { source: `srt://127.0.0.1:${port}`, output: [...transport, `srt://127.0.0.1:${port}?mode=listener`] },
    rtmp: {
      source: `rtmp://127.0.0.1:${port}/live/${name}`,
      output: ["-f", "flv", "-listen", "1", `rtmp://127.0.0.1:${port}/live/${name}`],
    },
    hls: { source: hls?.source, output: hls?.output },
  };
  const { source, output } = places[protocol];

  /** Wall clock at which the first picture was, or should have been, sent: of a sender that was never late. */
  let zeroAt = Number.POSITIVE_INFINITY;
  let lateMilliseconds = 0;

  function picture(seconds, dueSeconds) {
    sent += 1;
    zeroAt = Math.min(zeroAt, Date.now() - 1000 * dueSeconds);
    const late = Date.now() - 1000 * dueSeconds - zeroAt;
    lateMilliseconds = Math.max(lateMilliseconds, late);
    const here = seconds % programme.seconds;
    for (const { type, atSeconds } of programme.faults) {
      const isComplete = isAt(here, (atSeconds + definitionSeconds) % programme.seconds);
      if (isComplete) {
        const fault = { stream: name, type, protocol, evidenceAt: Date.now(), overAt: undefined, senderLateSeconds: late / 1000 };
        faults.push(fault);
        hls?.served(Math.floor(seconds / programme.groupSeconds), (at) => {
          fault.evidenceAt = at;
        });
      }
      if (isAt(here, (atSeconds + faultLastsSeconds) % programme.seconds)) {
        const fault = faults.findLast((one) => one.type === type);
        if (fault !== undefined) fault.overAt ??= Date.now();
      }
    }
  }

  async function run() {
    while (!isStopped) {
      starts += 1;
      zeroAt = Number.POSITIVE_INFINITY;
      child = spawn(
        "ffmpeg",
        [
          ...["-nostdin", "-v", "error", "-re", "-stream_loop", "-1", "-i", programme.file],
          ...["-map", "0", "-c", "copy", ...output],
          ...["-map", "0:v", "-c", "copy", "-flush_packets", "1", "-f", "framecrc", "pipe:1"],
        ],
        { stdio: ["ignore", "pipe", "pipe"], cwd: hls?.folder },
      );
      const closed = once(child, "close");
      let complaints = "";
      child.stderr.on("data", (text) => {
        complaints = (complaints + text).slice(-500);
      });
      let unitSeconds = 0;
      for await (const line of createInterface({ input: child.stdout })) {
        const unit = /^#tb 0: (\d+)\/(\d+)/.exec(line);
        if (unit !== null) unitSeconds = Number(unit[1]) / Number(unit[2]);
        else if (!line.startsWith("#")) {
          const [, dts, pts] = line.split(",");
          picture(Number(pts) * unitSeconds, Number(dts) * unitSeconds);
        }
      }
      await closed;
      if (!isStopped) console.error(`  the sender of ${name} (${protocol}) ended: ${complaints}`);
      await pause(500);
    }
  }
  const running = run();

  return {
    name,
    protocol,
    source,
    faults,
    get sent() {
      return sent;
    },
    get starts() {
      return starts;
    },
    /** Who reads it is about to go: that it ends is no news then. */
    mayEnd() {
      isStopped = true;
    },
    /** By how much a picture was sent too late at most, because the machine was busy. */
    get lateSeconds() {
      return lateMilliseconds / 1000;
    },
    async stop() {
      isStopped = true;
      child?.kill("SIGKILL");
      await running;
      await hls?.close();
    },
  };
}

function isAt(seconds, wantedSeconds) {
  return Math.abs(seconds - wantedSeconds) < 0.5 / framesPerSecond;
}

/** A folder with a rolling playlist, and a server that tells when each segment was fetched. */
async function openSegments() {
  const folder = await mkdtemp(path.join(os.tmpdir(), "bench-hls-"));
  const fetched = new Map();
  const waiting = new Map();
  const server = createHttpServer(async (request, response) => {
    const file = path.join(folder, path.basename(request.url ?? ""));
    const size = await stat(file).then(
      (found) => found.size,
      () => undefined,
    );
    if (size === undefined) {
      response.writeHead(404).end();
      return;
    }
    const type = file.endsWith(".m3u8") ? "application/vnd.apple.mpegurl" : "video/mp2t";
    response.writeHead(200, { "content-type": type, "content-length": size, "cache-control": "no-store" });
    const bytes = createReadStream(file, { end: Math.max(0, size - 1) });
    bytes.once("error", () => response.destroy());
    bytes.pipe(response);
    response.once("finish", () => {
      const index = Number(/segment-(\d+)\.ts$/.exec(file)?.[1] ?? Number.NaN);
      if (Number.isNaN(index) || fetched.has(index)) return;
      fetched.set(index, Date.now());
      fetched.delete(index - 100);
      waiting.get(index)?.forEach((tell) => tell(Date.now()));
      waiting.delete(index);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  return {
    folder,
    port,
    source: `http://127.0.0.1:${port}/live.m3u8`,
    output: [
      ...["-f", "hls", "-hls_time", "2", "-hls_list_size", "6", "-hls_flags", "delete_segments+temp_file"],
      ...["-hls_segment_filename", "segment-%d.ts", "live.m3u8"],
    ],
    served(index, tell) {
      const at = fetched.get(index);
      if (at !== undefined) tell(at);
      else waiting.set(index, [...(waiting.get(index) ?? []), tell]);
    },
    async close() {
      server.close();
      server.closeAllConnections();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function freePort(protocol) {
  const kind = protocol === "rtmp" ? "tcp" : "udp";
  const server = kind === "tcp" ? createServer() : createSocket("udp4");
  await new Promise((resolve) =>
    kind === "tcp" ? server.listen(0, "127.0.0.1", resolve) : server.bind(0, "127.0.0.1", resolve),
  );
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}
