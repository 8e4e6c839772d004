import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { MediaInput } from "../../ingest/index.js";
import { requestSource, type SourceAnswer } from "../source-request.js";

/** A child's way to its source, on which its bytes are seen. */
export interface Tap {
  /** The source for the one child whose bytes are wanted. */
  readonly input: MediaInput;
  /** How many bytes, from the source's first on, were seen; undefined where that is all of them. */
  seenBytes(): number | undefined;
  close(): Promise<void>;
}

/** What of an answer tells a reader which bytes these are, and whether others can be had. */
const passedHeaders = ["accept-ranges", "content-length", "content-range", "content-type"] as const;

/**
 * Stands between a child and its source, an S3 object or a URL, and hands on what the child reads: each byte once and in their order,
 * whatever way the child goes. A reader that looks at the end of a file and comes back is given the bytes between again, so that
 * nothing but the place reached has to be remembered; what lies beyond a leap is not handed on.
 *
 * The source is asked exactly what the child asks: nothing is read a second time. Close it when the child has ended.
 *
 * @param take is given the bytes; they are only good until it returns
 */
export async function openTap(input: MediaInput, take: (bytes: Uint8Array) => void): Promise<Tap> {
  const path = `/${randomBytes(24).toString("base64url")}/media${/\.[A-Za-z0-9]{1,10}$/.exec(new URL(input.url).pathname)?.[0] ?? ""}`;
  const closed = new AbortController();
  let seen = 0;
  let total: number | undefined;

  function see(offset: number, chunk: Uint8Array): void {
    const known = seen - offset;
    if (known < 0 || known >= chunk.length) return;
    take(known === 0 ? chunk : chunk.subarray(known));
    seen = offset + chunk.length;
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = URL.canParse(request.url ?? "", origin) ? new URL(request.url ?? "", origin) : undefined;
    if (url?.origin !== origin || url.pathname !== path || request.method !== "GET") {
      response.writeHead(403).end();
      return;
    }
    const gone = new AbortController();
    response.once("close", () => gone.abort());
    const signal = AbortSignal.any([gone.signal, closed.signal]);
    let source: SourceAnswer | undefined;
    try {
      source = await requestSource(input, request.headers.range, signal);
      await copy(source.answer, response, signal);
      response.end();
    } catch {
      // Why is known to the gateway or the proxy. Cut short, never ended as if it were whole.
      if (response.headersSent) response.destroy();
      else response.writeHead(502).end();
    } finally {
      source?.close();
    }
  }

  async function copy(answer: IncomingMessage, response: ServerResponse, signal: AbortSignal): Promise<void> {
    const status = answer.statusCode ?? 502;
    const headers = passedHeaders.flatMap((name) => (answer.headers[name] === undefined ? [] : [[name, answer.headers[name]]]));
    response.writeHead(status, Object.fromEntries(headers));
    const [, first, size] = /^bytes (\d+)-\d+\/(\d+)$/.exec(answer.headers["content-range"] ?? "") ?? [];
    const length = status === 206 ? size : answer.headers["content-length"];
    if (length !== undefined) total = Number(length);
    let offset = status === 206 ? Number(first ?? Number.NaN) : status === 200 ? 0 : Number.NaN;
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      see(offset, chunk);
      offset += chunk.length;
      if (!response.write(chunk)) await once(response, "drain", { signal });
    }
    if (status === 200 && length === undefined) total = offset;
  }

  const server = createServer((request, response) => void serve(request, response));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  return {
    // With us as its proxy every request of the child comes here, where there is but the one address.
    input: { ...input, url: `${origin}${path}`, environment: { http_proxy: origin } },
    seenBytes: () => (total !== undefined && seen >= total ? undefined : seen),
    async close() {
      closed.abort();
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}
