import { once } from "node:events";
import { request as httpRequest, type IncomingMessage } from "node:http";
import { isIP, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { FramewatchError } from "../errors.js";
import { plainHostname } from "./addresses.js";
import type { EgressRules } from "./dial.js";
import { type Egress, statusFailure } from "./egress-proxy.js";
import { checkUrl, portOf } from "./source-guard.js";

/** What a host says of a file before it is read. */
export interface HttpFacts {
  readonly bytes?: number;
  /** ETag, or size and date; absent where the host tells neither. */
  readonly version?: string;
}

const mostRedirects = 5;
const answerTimeoutMilliseconds = 30_000;
const redirects = new Set([301, 302, 303, 307, 308]);

/**
 * Asks for the first byte of a URL, through the same guard as the child's requests. A ranged GET, not a HEAD: hosts
 * refuse HEAD, and links signed for GET do not hold for it.
 *
 * @throws FramewatchError `source-not-found`, `source-denied`, `source-forbidden`, `source-unreachable`
 */
export async function requestHttpFacts(source: URL, egress: Egress, rules: EgressRules): Promise<HttpFacts> {
  let url = source;
  for (let hops = 0; hops <= mostRedirects; hops++) {
    checkUrl(url, rules);
    const answer = await firstByte(url, egress);
    const location = answer.headers.location;
    if (!redirects.has(answer.statusCode ?? 0) || location === undefined) return factsOf(url, answer);
    if (!URL.canParse(location, url.href))
      throw new FramewatchError("source-unreachable", `${url.host} redirects to what is no URL.`);
    url = new URL(location, url);
  }
  throw new FramewatchError("source-unreachable", `${source.host} redirects more than ${mostRedirects} times.`);
}

/** The answer to a GET of one byte; its body is not read. */
async function firstByte(url: URL, egress: Egress): Promise<IncomingMessage> {
  const hostname = plainHostname(url.hostname);
  const socket = await egress.dial(hostname, portOf(url));
  const connection = url.protocol === "https:" ? overTls(socket, hostname) : socket;
  // The request tells the first error; what a connection says after that, when it is taken down, is of no interest.
  connection.on("error", () => undefined);
  try {
    const request = httpRequest({
      path: `${url.pathname}${url.search}`,
      createConnection: () => connection,
      timeout: answerTimeoutMilliseconds,
      headers: { host: url.host, range: "bytes=0-0", accept: "*/*", "user-agent": "Framewatch", ...authorization(url) },
    });
    request.once("timeout", () => request.destroy(new Error(`no answer for ${answerTimeoutMilliseconds / 1000} s`)));
    request.end();
    const [answer] = (await once(request, "response")) as [IncomingMessage];
    answer.on("error", () => undefined);
    return answer;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new FramewatchError("source-unreachable", `${url.host} does not answer: ${reason}`, { cause });
  } finally {
    connection.destroy();
    socket.destroy();
  }
}

/** Certificates are not verified, because ffmpeg, which reads the media itself, does not: here it would only pretend. */
function overTls(socket: Socket, hostname: string): Socket {
  return connectTls({ socket, rejectUnauthorized: false, ...(isIP(hostname) === 0 && { servername: hostname }) });
}

function authorization(url: URL): { authorization?: string } {
  if (url.username === "" && url.password === "") return {};
  const credentials = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  return { authorization: `Basic ${Buffer.from(credentials).toString("base64")}` };
}

function factsOf(url: URL, { statusCode = 0, headers }: IncomingMessage): HttpFacts {
  const failure = statusFailure(url.host, statusCode);
  if (failure !== undefined) throw failure;
  const total =
    headers["content-range"] === undefined ? headers["content-length"] : /\/(\d+)$/.exec(headers["content-range"])?.[1];
  const bytes = total === undefined ? undefined : Number(total);
  const version =
    headers.etag ??
    (bytes !== undefined && headers["last-modified"] !== undefined ? `${bytes}-${headers["last-modified"]}` : undefined);
  return { ...(bytes !== undefined && { bytes }), ...(version !== undefined && { version }) };
}
