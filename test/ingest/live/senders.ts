import { type ChildProcess, spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type LiveAccess,
  type LiveSource,
  type LiveSourceOptions,
  openEgressProxy,
  openLiveGateway,
  openLiveSource,
  type SourceRules,
} from "../../../src/ingest/index.js";
import { openLog } from "../../../src/log.js";

/** What live sources are opened with, in a folder of its own. */
export interface Studio {
  open(source: string, rules?: Partial<SourceRules>, options?: LiveSourceOptions): Promise<LiveSource>;
  readonly access: LiveAccess;
  readonly folder: string;
  /** Starts a real sender; it is stopped at the end if not before. */
  send(outputArguments: readonly string[], input?: SenderInput): Sender;
  close(): Promise<void>;
}

export interface SenderInput {
  /** A source of lavfi; moving bars where absent. */
  readonly picture?: string;
  readonly size?: string;
  readonly sounds?: number;
}

export interface Sender {
  readonly child: ChildProcess;
  stop(): Promise<void>;
}

/** Opens sources for the person at the command line, where no other rules are given. */
export async function openStudio(keptBytes?: number): Promise<Studio> {
  const folder = await mkdtemp(join(tmpdir(), "framewatch-live-"));
  const proxy = await openEgressProxy();
  const gateway = await openLiveGateway(keptBytes === undefined ? {} : { keptBytes });
  const access: LiveAccess = {
    trusted: true,
    allowLocal: [],
    allowHosts: [],
    proxy,
    s3: { open: () => Promise.reject(new Error("no S3 in this test")), close: () => Promise.resolve() },
    gateway,
    ringFolder: folder,
    log: openLog("error"),
  };
  const sources: LiveSource[] = [];
  const senders: Sender[] = [];
  return {
    access,
    folder,
    async open(source, rules = {}, options = {}) {
      const opened = await openLiveSource(source, { ...access, ...rules }, options);
      sources.push(opened);
      return opened;
    },
    send(outputArguments, input) {
      const sender = startSender(outputArguments, input);
      senders.push(sender);
      return sender;
    },
    async close() {
      await Promise.all(sources.map((source) => source.close()));
      await Promise.all(senders.map((sender) => sender.stop()));
      await gateway.close();
      await proxy.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** ffmpeg sends moving bars and beeps at the pace of a clock, until it is stopped. A keyframe twice a second. */
function startSender(
  outputArguments: readonly string[],
  { size = "160x90", picture = `testsrc2=size=${size}:rate=25`, sounds = 1 }: SenderInput = {},
): Sender {
  const tones = Array.from({ length: sounds }, (_, index) => ["-f", "lavfi", "-i", `sine=f=${440 * (index + 1)}:r=48000`]).flat();
  const child = spawn(
    "ffmpeg",
    [
      ...["-v", "fatal", "-nostdin", "-re", "-f", "lavfi", "-i", picture, ...tones],
      ...["-map", "0", ...Array.from({ length: sounds }, (_, index) => ["-map", String(index + 1)]).flat()],
      ...["-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-g", "12", "-pix_fmt", "yuv420p"],
      ...["-c:a", "aac", "-b:a", "64k", ...outputArguments],
    ],
    { stdio: ["ignore", "ignore", "inherit"] },
  );
  const ended = once(child, "close");
  return {
    child,
    async stop() {
      child.kill("SIGKILL");
      await ended;
    },
  };
}

/** A port of this machine that nobody uses at the moment. */
export async function freePort(kind: "tcp" | "udp"): Promise<number> {
  if (kind === "udp") {
    const socket = createSocket("udp4");
    socket.bind(0, "127.0.0.1");
    await once(socket, "listening");
    const { port } = socket.address();
    socket.close();
    return port;
  }
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return address !== null && typeof address === "object" ? address.port : 0;
}

export const never: AbortSignal = new AbortController().signal;
