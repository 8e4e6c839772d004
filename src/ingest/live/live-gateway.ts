import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import type { MediaInput } from "../media-input.js";
import { type KeptBytes, mostReadBytes, openKeptBytes } from "./kept-bytes.js";

/**
 * Live bytes as ffmpeg can read them: an HTTP server on loopback that gives each stretch of a stream to as many children as
 * ask, from its start, as far back as is kept, then as it arrives.
 */
export interface LiveGateway {
  /** An address for a new stretch. Close it when nobody needs it any more. */
  open(): GatewayStretch;
  close(): Promise<void>;
}

/** A stretch that can be read while it grows. */
export interface GatewayStretch {
  /** For the children; the address ends in a token that cannot be guessed. */
  readonly input: MediaInput;
  /** Whole packets, as they arrive. The bytes are copied; never waits for a reader. */
  push(bytes: Uint8Array): void;
  /** Readers come to their end behind the last byte. */
  end(): void;
  /** Bytes that readers never got, because they fell behind by more than is kept. */
  readonly lostBytes: number;
  /** Ends the readers where they are; the address is no longer known. */
  close(): void;
}

interface OpenStretch {
  readonly kept: KeptBytes;
  readonly readers: Set<ServerResponse>;
  lostBytes: number;
}

/**
 * `-scan_all_pmts 0`: with 1, which ffmpeg and ffprobe set by themselves, all of `-analyzeduration` goes by before the first
 * frame of a transport stream, in case one more program comes (measured: 10.1 s and 0.9 s).
 */
const inputOptions = [
  ...["-protocol_whitelist", "http,tcp", "-format_whitelist", "mpegts"],
  ...["-f", "mpegts", "-scan_all_pmts", "0", "-seekable", "0"],
] as const;

/** What arrives within so long goes out in one write: datagrams come 600 times a second, and each write wakes a child. */
const gatherMilliseconds = 15;

/** 45 s of 6 Mbit/s: longer than a probe and the start of a decoder take together. */
const defaultKeptBytes = 32 * 1024 * 1024;

/**
 * Opens the gateway on a free port of 127.0.0.1. One serves a whole process.
 * @param options.keptBytes of each stretch, in memory; default 32 MiB
 */
export async function openLiveGateway(options: { readonly keptBytes?: number } = {}): Promise<LiveGateway> {
  const stretches = new Map<string, OpenStretch>();
  const server = createServer((request, response) => void serve(request, response));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  function open(): GatewayStretch {
    const token = randomBytes(24).toString("base64url");
    const stretch: OpenStretch = {
      kept: openKeptBytes(options.keptBytes ?? defaultKeptBytes),
      readers: new Set(),
      lostBytes: 0,
    };
    stretches.set(token, stretch);
    return {
      input: {
        kind: "live",
        url: `${origin}/live/${token}.ts`,
        inputOptions: [...inputOptions],
        environment: {},
      },
      push: (bytes) => stretch.kept.push(bytes),
      end: () => stretch.kept.end(),
      get lostBytes() {
        return stretch.lostBytes;
      },
      close() {
        stretches.delete(token);
        stretch.kept.end();
        for (const reader of stretch.readers) reader.destroy();
      },
    };
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [, token = ""] = /^\/live\/([\w-]+)\.ts$/.exec(request.url ?? "") ?? [];
    const stretch = stretches.get(token);
    if (stretch === undefined || (request.method !== "GET" && request.method !== "HEAD")) {
      response.writeHead(403).end();
      return;
    }
    response.writeHead(200, { "content-type": "video/mp2t", "cache-control": "no-store", "connection": "close" });
    if (request.method === "HEAD") {
      response.end();
      return;
    }
    response.flushHeaders();
    stretch.readers.add(response);
    response.on("error", () => undefined);
    response.once("close", () => stretch.readers.delete(response));
    await copy(stretch, response);
    response.end();
  }

  return {
    open,
    async close() {
      for (const { kept } of stretches.values()) kept.end();
      stretches.clear();
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}

/** A stretch into a response, at the pace of who reads, until one of them ends. */
async function copy(stretch: OpenStretch, response: ServerResponse): Promise<void> {
  // What waits to be sent must stay as it is while what was kept is written over.
  const sending = new Uint8Array(mostReadBytes);
  let position = 0;
  while (!response.destroyed) {
    const piece = stretch.kept.read(position);
    if (piece === undefined) {
      if (stretch.kept.isEnded) return;
      await stretch.kept.more();
      await pause(gatherMilliseconds);
      continue;
    }
    // Who only comes now has lost nothing that was promised.
    if (position > 0) stretch.lostBytes += piece.position - position;
    position = piece.position + piece.bytes.length;
    sending.set(piece.bytes);
    await send(response, sending.subarray(0, piece.bytes.length));
  }
}

/** Settles when the system has taken the bytes, or the response is over. */
function send(response: ServerResponse, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve) => {
    const settle = (): void => {
      response.off("close", settle);
      resolve();
    };
    response.on("close", settle);
    response.write(bytes, settle);
    // It may have closed before it was listened to.
    if (response.destroyed) settle();
  });
}
