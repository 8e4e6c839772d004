import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { Agent as HttpAgent, createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import { setTimeout as wait } from "node:timers/promises";
import type * as Sdk from "@aws-sdk/client-s3";
import { FramewatchError } from "../errors.js";
import { s3Settings } from "../s3-settings.js";

const require = createRequire(import.meta.url);
/** Loaded when it is first needed: who reads nothing from S3 starts without it. */
const sdk = (): typeof Sdk => require("@aws-sdk/client-s3") as typeof Sdk;

/**
 * S3 objects as ffmpeg can read them: an HTTP server on loopback that fetches the bytes asked for, by the SDK, while they
 * are read. Nothing is downloaded as a whole; no credential and no signed URL reaches the child; a job outlives a
 * session's keys, because each request is signed when it is made.
 */
export interface S3Gateway {
  /**
   * Looks at the object and gives it an address of its own.
   * @throws FramewatchError `source-not-found`, `source-denied`, `source-unavailable`
   */
  open(bucket: string, key: string): Promise<S3Source>;
  close(): Promise<void>;
}

/** One object that can be read until it is closed. */
export interface S3Source {
  /** On 127.0.0.1, with a token that cannot be guessed, ending in the key's file extension. */
  readonly url: string;
  /** For the child: every other http request of it also comes to the gateway, which refuses it. */
  readonly environment: Readonly<Record<string, string>>;
  /** The ETag seen first; all reads hold to it. */
  readonly version: string;
  readonly bytes: number;
  /** Why a read failed, the first time that happened. */
  failure(): FramewatchError | undefined;
  /** Ends its transfers; its address is no longer known. */
  close(): void;
}

interface OpenObject {
  readonly bucket: string;
  readonly key: string;
  readonly etag: string;
  readonly bytes: number;
  readonly closed: AbortController;
  fail(error: FramewatchError): void;
}

/**
 * ffmpeg asks for everything to the end and then looks elsewhere, after a few kilobytes in an MP4 whose index is at the
 * end. So S3 is asked for pieces, small at first, larger while the reading goes on: a look costs little, a long read few requests.
 */
const firstPieceBytes = 256 * 1024;
const mostPieceBytes = 32 * 1024 * 1024;

/** Attempts without one byte of progress before a read is given up; the SDK itself retries only up to the headers. */
const mostAttempts = 5;

/** Opens the gateway on a free port of 127.0.0.1. One serves a whole process. */
export async function openS3Gateway(): Promise<S3Gateway> {
  // Each reading child holds one connection for as long as it reads, also while it is held back.
  const agents = {
    httpAgent: new HttpAgent({ keepAlive: true, maxSockets: 512 }),
    httpsAgent: new HttpsAgent({ keepAlive: true, maxSockets: 512 }),
  };
  let opened: Sdk.S3Client | undefined;
  const client = (): Sdk.S3Client => {
    opened ??= new (sdk().S3Client)({
      ...s3Settings(),
      followRegionRedirects: true,
      requestHandler: { connectionTimeout: 5_000, socketTimeout: 30_000, ...agents },
    });
    return opened;
  };
  const objects = new Map<string, OpenObject>();
  const server = createServer((request, response) => void serve(request, response));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  async function open(bucket: string, key: string): Promise<S3Source> {
    const { etag, bytes } = await head(client(), bucket, key);
    const token = randomBytes(24).toString("base64url");
    let failure: FramewatchError | undefined;
    const closed = new AbortController();
    objects.set(token, {
      bucket,
      key,
      etag,
      bytes,
      closed,
      fail: (error) => {
        failure ??= error;
      },
    });
    return {
      url: `${origin}/${token}/media${/\.[A-Za-z0-9]{1,10}$/.exec(key)?.[0] ?? ""}`,
      environment: { http_proxy: origin },
      version: etag,
      bytes,
      failure: () => failure,
      close() {
        objects.delete(token);
        closed.abort();
      },
    };
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // With us as its proxy the child sends whole URLs; of another host than ours there is nothing to have.
    const url = URL.canParse(request.url ?? "", origin) ? new URL(request.url ?? "", origin) : undefined;
    const object = url?.origin === origin ? objects.get(url.pathname.split("/")[1] ?? "") : undefined;
    if (object === undefined || (request.method !== "GET" && request.method !== "HEAD")) {
      response.writeHead(403).end();
      return;
    }
    const range = rangeOf(request.headers.range, object.bytes);
    const headers = { "accept-ranges": "bytes", "content-type": "application/octet-stream" };
    if (range === "unsatisfiable") {
      response.writeHead(416, { ...headers, "content-range": `bytes */${object.bytes}` }).end();
      return;
    }
    const { start, end } = range ?? { start: 0, end: object.bytes - 1 };
    const send = (): ServerResponse =>
      response.writeHead(range === undefined ? 200 : 206, {
        ...headers,
        "content-length": end - start + 1,
        ...(range !== undefined && { "content-range": `bytes ${start}-${end}/${object.bytes}` }),
      });
    if (request.method === "HEAD" || end < start) {
      send().end();
      return;
    }
    const gone = new AbortController();
    response.once("close", () => gone.abort());
    try {
      await copy(object, start, end, response, send, AbortSignal.any([gone.signal, object.closed.signal]));
      response.end();
    } catch (cause) {
      if (!gone.signal.aborted && !object.closed.signal.aborted) object.fail(readError(cause, object.bucket, object.key));
      // Cut short, never ended as if it were whole.
      if (response.headersSent) response.destroy();
      else response.writeHead(502).end();
    }
  }

  /** Bytes `start` to `end` into the response, as fast as it takes them; goes on where a connection broke. */
  async function copy(
    object: OpenObject,
    start: number,
    end: number,
    response: ServerResponse,
    send: () => ServerResponse,
    signal: AbortSignal,
  ): Promise<void> {
    let position = start;
    let pieceBytes = firstPieceBytes;
    let attempt = 1;
    while (position <= end) {
      const pieceEnd = Math.min(end, position + pieceBytes - 1);
      try {
        for await (const chunk of bytesOf(object, position, pieceEnd, signal)) {
          if (!response.headersSent) send();
          attempt = 1;
          position += chunk.length;
          if (!response.write(chunk)) await once(response, "drain", { signal });
        }
        if (position <= pieceEnd) throw new Error(`S3 ended at byte ${position} of ${pieceEnd + 1}`);
        pieceBytes = Math.min(2 * pieceBytes, mostPieceBytes);
      } catch (error) {
        // A signal, and an answer of S3 that a further attempt would get again (the SDK has tried those that differ).
        if (signal.aborted || error instanceof sdk().S3ServiceException || attempt >= mostAttempts) throw error;
        await wait(100 * 2 ** attempt, undefined, { signal });
        attempt++;
      }
    }
  }

  async function* bytesOf(object: OpenObject, start: number, end: number, signal: AbortSignal): AsyncGenerator<Buffer> {
    const { GetObjectCommand } = sdk();
    const { Body } = await client().send(
      new GetObjectCommand({ Bucket: object.bucket, Key: object.key, IfMatch: object.etag, Range: `bytes=${start}-${end}` }),
      { abortSignal: signal },
    );
    if (!(Body instanceof Readable)) throw new Error("S3 gave an answer without a body");
    // The SDK's signal ends with the headers: the body is ours to end.
    const stop = (): void => void Body.destroy();
    signal.addEventListener("abort", stop, { once: true });
    try {
      for await (const chunk of Body) yield chunk as Buffer;
    } finally {
      signal.removeEventListener("abort", stop);
      Body.destroy();
    }
  }

  return {
    open,
    async close() {
      for (const object of objects.values()) object.closed.abort();
      objects.clear();
      server.close();
      server.closeAllConnections();
      await once(server, "close");
      opened?.destroy();
      agents.httpAgent.destroy();
      agents.httpsAgent.destroy();
    },
  };
}

async function head(client: Sdk.S3Client, bucket: string, key: string): Promise<{ etag: string; bytes: number }> {
  const { HeadObjectCommand } = sdk();
  try {
    const { ETag: etag, ContentLength: bytes } = await client.send(new HeadObjectCommand({ Bucket: bucket, Key: key }));
    if (etag === undefined || bytes === undefined) throw new Error("S3 told neither ETag nor size");
    return { etag, bytes };
  } catch (cause) {
    throw readError(cause, bucket, key);
  }
}

/** What S3's answer means: about the object, or that S3 is away, which another attempt later may mend. */
function readError(cause: unknown, bucket: string, key: string): FramewatchError {
  const name = `s3://${bucket}/${key}`;
  const status = cause instanceof sdk().S3ServiceException ? (cause.$metadata.httpStatusCode ?? 0) : 0;
  if (status === 404) return new FramewatchError("source-not-found", `There is no object ${name}.`, { cause });
  if (status === 412) return new FramewatchError("source-changed", `${name} was replaced while it was read.`, { cause });
  if (status === 403 || status === 401) {
    return new FramewatchError("source-denied", `S3 refuses to give ${name}: it answers ${status}.`, { cause });
  }
  const reason = cause instanceof Error ? cause.message || cause.name : String(cause);
  return new FramewatchError("source-unavailable", `S3 does not give ${name}: ${reason}`, { cause });
}

/** A `Range` header as ffmpeg sends it (`bytes=N-`, `bytes=N-M`, `bytes=-N`); what is no such header is ignored (RFC 9110, 14.2). */
function rangeOf(header: string | undefined, bytes: number): { start: number; end: number } | "unsatisfiable" | undefined {
  const [, first, last] = /^bytes=(\d*)-(\d*)$/.exec(header ?? "") ?? [];
  // Nothing of an empty object can be asked for: it is given whole.
  if (bytes === 0 || first === undefined || last === undefined || (first === "" && last === "")) return undefined;
  if (first === "") return Number(last) === 0 ? "unsatisfiable" : { start: Math.max(0, bytes - Number(last)), end: bytes - 1 };
  const start = Number(first);
  const end = last === "" ? bytes - 1 : Math.min(Number(last), bytes - 1);
  return start >= bytes || end < start ? "unsatisfiable" : { start, end };
}
