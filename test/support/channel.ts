/** A live channel: ffmpeg encodes, at the pace of a clock, pictures that the test draws, and sends them. */
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Readable, Writable } from "node:stream";

export type Picture = "moving" | "black" | "still";

export interface Programme {
  readonly width: number;
  readonly height: number;
  readonly sounds: number;
}

export interface Sender {
  /** What is sent from now on, but for a few frames that are on their way. */
  show(picture: Picture): void;
  readonly child: ChildProcessByStdio<Writable, Readable, null>;
  stop(): Promise<void>;
}

const small: Programme = { width: 160, height: 90, sounds: 1 };
const startedAt = performance.now();

/** @param output arguments of ffmpeg's that name where the transport stream goes */
export function startSender(output: readonly string[], picture: Picture = "moving", programme = small): Sender {
  const { width, height, sounds } = programme;
  const tracks = Array.from({ length: sounds }, (_, index) => index + 1);
  const child = spawn(
    "ffmpeg",
    [
      ...["-v", "fatal", "-re", "-f", "rawvideo", "-pix_fmt", "yuv420p", "-s", `${width}x${height}`, "-r", "25", "-i", "pipe:0"],
      ...tracks.flatMap((track) => ["-re", "-f", "lavfi", "-i", `anoisesrc=c=pink:a=0.2:r=48000:seed=${track}`]),
      ...[0, ...tracks].flatMap((input) => ["-map", String(input)]),
      ...[
        "-c:v",
        "libx264",
        "-preset",
        "ultrafast",
        "-tune",
        "zerolatency",
        "-threads",
        "1",
        "-g",
        "12",
        "-c:a",
        "aac",
        "-b:a",
        "64k",
      ],
      // A channel's clock runs on, whoever sends it.
      ...["-output_ts_offset", String((performance.now() - startedAt) / 1000), "-muxdelay", "0", "-f", "mpegts", ...output],
    ],
    { stdio: ["pipe", "pipe", "inherit"] },
  );
  const ended = once(child, "close");
  child.stdin.on("error", () => undefined);
  let shown = picture;
  void draw(child.stdin, programme, () => shown);
  return {
    child,
    show(next) {
      shown = next;
    },
    async stop() {
      child.kill("SIGKILL");
      await ended;
    },
  };
}

/** Draws frames as fast as they are taken. */
async function draw(to: Writable, { width, height }: Programme, shown: () => Picture): Promise<void> {
  const luma = width * height;
  const frame = Buffer.alloc(luma + 2 * Math.ceil(width / 2) * Math.ceil(height / 2), 128);
  for (let number = 0; to.writable; number++) {
    const picture = shown();
    if (picture === "black") frame.fill(16, 0, luma);
    else if (picture === "moving")
      for (let y = 0, at = 0; y < height; y++)
        for (let x = 0; x < width; x++, at++) frame[at] = 40 + ((x * 3 + y * 2 + number * 7) % 160);
    // A copy: what was written may not be sent yet.
    if (!to.write(Buffer.from(frame))) await once(to, "drain").catch(() => undefined);
  }
}

/** A channel over HTTP, sent anew to each who connects. */
export interface Channel {
  /** `host:port`. */
  readonly host: string;
  readonly url: string;
  show(picture: Picture): void;
  /** Whoever listens gets this from now on, in the same answer. */
  change(programme: Partial<Programme>): Promise<void>;
  /** The sender dies, and nobody answers. */
  leave(): Promise<void>;
  comeBack(): void;
  /** How often somebody connected. */
  readonly connections: number;
  close(): Promise<void>;
}

export async function openChannel(path = "/live.ts"): Promise<Channel> {
  let picture: Picture = "moving";
  let programme = small;
  let isAway = false;
  let connections = 0;
  const sending = new Map<ServerResponse, Sender>();

  function sendTo(response: ServerResponse): void {
    const sender = startSender(["pipe:1"], picture, programme);
    sending.set(response, sender);
    let rest: Buffer = Buffer.alloc(0);
    sender.child.stdout.on("data", (chunk: Buffer) => {
      if (sending.get(response) !== sender) return;
      // Whole packets, so that another sender's can follow them.
      const bytes = Buffer.concat([rest, chunk]);
      const whole = bytes.length - (bytes.length % 188);
      response.write(bytes.subarray(0, whole));
      rest = bytes.subarray(whole);
    });
  }

  const server = createServer((_, response) => {
    if (isAway) return void response.writeHead(503).end();
    connections++;
    response.writeHead(200, { "content-type": "video/mp2t" });
    sendTo(response);
    response.once("close", () => {
      void sending.get(response)?.stop();
      sending.delete(response);
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;

  async function leave(): Promise<void> {
    isAway = true;
    await Promise.all([...sending.values()].map((sender) => sender.stop()));
    for (const response of sending.keys()) response.destroy();
  }

  return {
    host,
    url: `http://${host}${path}`,
    show(next) {
      picture = next;
      for (const sender of sending.values()) sender.show(next);
    },
    async change(next) {
      programme = { ...programme, ...next };
      for (const [response, sender] of sending) {
        sendTo(response);
        await sender.stop();
      }
    },
    leave,
    comeBack() {
      isAway = false;
    },
    get connections() {
      return connections;
    },
    async close() {
      await leave();
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
