import { once } from "node:events";
import { request as httpRequest, type IncomingMessage } from "node:http";
import { isIP, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { FramewatchError } from "../errors.js";
import { plainHostname } from "./addresses.js";
import type { EgressRules } from "./dial.js";
import type { Egress } from "./egress-proxy.js";
import { checkUrl, portOf } from "./source-guard.js";

const mostRedirects = 5;
const answerTimeoutMilliseconds = 30_000;
const redirects = new Set([301, 302, 303, 307, 308]);

/** A host's answer to a GET. */
export interface HttpAnswer {
  /** After all redirects. */
  readonly url: URL;
  readonly answer: IncomingMessage;
}

/** By what way a request goes out. */
export interface HttpRequest {
  readonly egress: Egress;
  readonly rules: EgressRules;
  /** Value of the `range` header: `bytes=0-0`. */
  readonly range?: string;
  /** Ends the connection, also while the answer is read. */
  readonly signal?: AbortSignal;
}

/**
 * GETs a URL through the same guard as the child's requests, redirects included, and hands the answer to `use`; the
 * connection is gone when this returns.
 *
 * @throws FramewatchError `source-forbidden`, `source-unreachable`; whatever `use` throws
 */
export async function requestHttp<Result>(
  source: URL,
  { egress, rules, range, signal }: HttpRequest,
  use: (answer: HttpAnswer) => Result | Promise<Result>,
): Promise<Result> {
  let url = source;
  for (let hops = 0; hops <= mostRedirects; hops++) {
    checkUrl(url, rules);
    const { answer, close } = await requestOnce(url, egress, range, signal);
    try {
      const location = answer.headers.location;
      if (!redirects.has(answer.statusCode ?? 0) || location === undefined) return await use({ url, answer });
      if (!URL.canParse(location, url.href))
        throw new FramewatchError("source-unreachable", `${url.host} redirects to what is no URL.`);
      url = new URL(location, url);
    } finally {
      close();
    }
  }
  throw new FramewatchError("source-unreachable", `${source.host} redirects more than ${mostRedirects} times.`);
}

async function requestOnce(
  url: URL,
  egress: Egress,
  range: string | undefined,
  signal: AbortSignal | undefined,
): Promise<{ readonly answer: IncomingMessage; close(): void }> {
  const hostname = plainHostname(url.hostname);
  const socket = await egress.dial(hostname, portOf(url), signal);
  const connection = url.protocol === "https:" ? overTls(socket, hostname) : socket;
  // The request tells the first error; what a connection says after that, when it is taken down, is of no interest.
  connection.on("error", () => undefined);
  const abort = (): void => void connection.destroy(new Error("it was stopped"));
  signal?.addEventListener("abort", abort);
  const close = (): void => {
    signal?.removeEventListener("abort", abort);
    connection.destroy();
    socket.destroy();
  };
  try {
    signal?.throwIfAborted();
    const request = httpRequest({
      path: `${url.pathname}${url.search}`,
      createConnection: () => connection,
      timeout: answerTimeoutMilliseconds,
      ...(signal === undefined ? {} : { signal }),
      headers: {
        host: url.host,
        ...(range === undefined ? {} : { range }),
        accept: "*/*",
        "user-agent": "Framewatch",
        ...authorization(url),
      },
    });
    request.once("timeout", () => request.destroy(new Error(`no answer for ${answerTimeoutMilliseconds / 1000} s`)));
    request.end();
    const [answer] = (await once(request, "response")) as [IncomingMessage];
    answer.on("error", () => undefined);
    return { answer, close };
  } catch (cause) {
    close();
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new FramewatchError("source-unreachable", `${url.host} does not answer: ${reason}`, { cause });
  }
}

/** Certificates are not verified, because ffmpeg, which reads the media itself, does not: here it would only pretend. */
export function overTls(socket: Socket, hostname: string): Socket {
  return connectTls({ socket, rejectUnauthorized: false, ...(isIP(hostname) === 0 && { servername: hostname }) });
}

function authorization(url: URL): { authorization?: string } {
  if (url.username === "" && url.password === "") return {};
  const credentials = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  return { authorization: `Basic ${Buffer.from(credentials).toString("base64")}` };
}
