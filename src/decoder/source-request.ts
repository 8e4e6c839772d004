import { once } from "node:events";
import { type IncomingMessage, request as httpRequest } from "node:http";
import { isIP, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { FramewatchError } from "../errors.js";
import type { MediaInput } from "../ingest/index.js";

const mostRedirects = 5;
const redirects = new Set([301, 302, 303, 307, 308]);

/** A source's answer to a GET; whoever asked ends it. */
export interface SourceAnswer {
  readonly answer: IncomingMessage;
  close(): void;
}

/**
 * GETs a source as its child would: an S3 object from the gateway, a URL through the proxy that checks where it leads, redirects
 * included. The environment of the child names both.
 *
 * @param range value of the `range` header; absent: all of it
 * @throws FramewatchError `source-unreachable` · the reason of `signal` when it aborts
 */
export async function requestSource(
  { url: source, environment }: Pick<MediaInput, "url" | "environment">,
  range: string | undefined,
  signal: AbortSignal,
): Promise<SourceAnswer> {
  const proxy = new URL(environment["http_proxy"] ?? source);
  let url = new URL(source);
  for (let hops = 0; hops <= mostRedirects; hops++) {
    const given = await requestOnce(url, proxy, range, signal);
    const { location } = given.answer.headers;
    if (!redirects.has(given.answer.statusCode ?? 0) || location === undefined || !URL.canParse(location, url.href)) return given;
    given.close();
    url = new URL(location, url);
  }
  throw new FramewatchError("source-unreachable", `${new URL(source).host} redirects more than ${mostRedirects} times.`);
}

async function requestOnce(url: URL, proxy: URL, range: string | undefined, signal: AbortSignal): Promise<SourceAnswer> {
  const headers = { "host": url.host, "accept": "*/*", "user-agent": "Framewatch", ...(range === undefined ? {} : { range }) };
  const own = credentials(url) === undefined ? {} : { authorization: credentials(url) };
  const toProxy = credentials(proxy) === undefined ? {} : { "proxy-authorization": credentials(proxy) };
  const place = { host: proxy.hostname, port: proxy.port, signal };
  try {
    const secure = url.protocol === "https:" ? await tunnel(url, place, toProxy) : undefined;
    const request = httpRequest(
      secure === undefined
        ? { ...place, path: `http://${url.host}${url.pathname}${url.search}`, headers: { ...headers, ...own, ...toProxy } }
        : { createConnection: () => secure, signal, path: `${url.pathname}${url.search}`, headers: { ...headers, ...own } },
    );
    request.end();
    const [answer] = (await once(request, "response")) as [IncomingMessage];
    // What a connection says when it is taken down is of no interest.
    answer.on("error", () => undefined);
    request.on("error", () => undefined);
    return {
      answer,
      close() {
        answer.destroy();
        secure?.destroy();
      },
    };
  } catch (cause) {
    signal.throwIfAborted();
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new FramewatchError("source-unreachable", `${url.host} does not answer: ${reason}`, { cause });
  }
}

/** A connection to the host inside one through the proxy. Certificates are not verified, because ffmpeg does not either. */
async function tunnel(
  url: URL,
  place: { readonly host: string; readonly port: string; readonly signal: AbortSignal },
  headers: Readonly<Record<string, string | undefined>>,
): Promise<Socket> {
  const host = `${url.hostname}:${url.port === "" ? 443 : url.port}`;
  const request = httpRequest({ ...place, method: "CONNECT", path: host, headers: { host, ...headers } });
  request.end();
  const [answer, socket] = (await once(request, "connect")) as [IncomingMessage, Socket];
  socket.on("error", () => undefined);
  if (answer.statusCode !== 200) {
    socket.destroy();
    throw new Error(`the way out answered ${answer.statusCode}`);
  }
  const secure = connectTls({ socket, rejectUnauthorized: false, ...(isIP(url.hostname) === 0 && { servername: url.hostname }) });
  secure.on("error", () => undefined);
  place.signal.addEventListener("abort", () => secure.destroy(), { once: true });
  return secure;
}

function credentials({ username, password }: URL): string | undefined {
  if (username === "" && password === "") return undefined;
  return `Basic ${Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString("base64")}`;
}
