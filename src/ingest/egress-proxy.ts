import { randomBytes } from "node:crypto";
import { once } from "node:events";
import {
  createServer,
  request as httpRequest,
  STATUS_CODES,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { Duplex } from "node:stream";
import { FramewatchError } from "../errors.js";
import { checkedAddresses, dialChecked, type EgressRules, type Lookup } from "./dial.js";
import { portOf } from "./source-guard.js";

/** The way out for http(s) sources: a forward proxy on loopback that dials only addresses it has checked. */
export interface EgressProxy {
  /** A way out for one source, by its rules. Close it when the source is closed. */
  admit(rules: EgressRules): Egress;
  close(): Promise<void>;
}

/** One source's way out. */
export interface Egress {
  /** For the child: `http_proxy`, with a token that only this source knows. `no_proxy` must not be set beside it. */
  readonly environment: Readonly<Record<string, string>>;
  /**
   * Resolves once, checks every address, connects to one that may be dialled.
   * @throws FramewatchError `source-forbidden`, `source-unreachable`; the signal's reason
   */
  dial(hostname: string, port: number, signal?: AbortSignal): Promise<Socket>;
  /**
   * For protocols that know no proxy: resolves once and gives the addresses that may be connected to, of which there is one at least.
   * @throws FramewatchError `source-forbidden`, `source-unreachable`; the signal's reason
   */
  addresses(hostname: string, port: number, signal?: AbortSignal): Promise<readonly string[]>;
  /** Why a request was refused or failed, the first time that happened. */
  failure(): FramewatchError | undefined;
  /** Why what was read is not whole. */
  incompleteReason(): string | undefined;
  close(): void;
}

export interface EgressOptions {
  /** Addresses of a host name; default: the system's resolver. */
  readonly lookup?: Lookup;
  /** Silence of a host, while we want to read, that ends a transfer; default 30 s. */
  readonly idleTimeoutMilliseconds?: number;
}

interface Admitted extends Egress {
  fail(error: FramewatchError): void;
  incomplete(reason: string): void;
  /** Ends the socket with the source. */
  hold(socket: Socket): void;
}

/** Headers that belong to one hop (RFC 9110, 7.6.1); the proxy's own credentials above all. */
const hopHeaders = new Set([
  "connection",
  "host",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

const challenge = 'Basic realm="framewatch"';
const lastHeaders = "Content-Length: 0\r\nConnection: close\r\n\r\n";

/** Opens the proxy on a free port of 127.0.0.1. One serves a whole process. */
export async function openEgressProxy(options: EgressOptions = {}): Promise<EgressProxy> {
  const idleTimeout = options.idleTimeoutMilliseconds ?? 30_000;
  const admitted = new Map<string, Admitted>();

  const server = createServer((request, response) => void forward(request, response));
  server.on("connect", (request: IncomingMessage, client: Duplex, head: Buffer) => void tunnel(request, client, head));
  // Also those of tunnels, which the server itself no longer counts as its own.
  const clients = new Set<Socket>();
  server.on("connection", (socket) => {
    clients.add(socket);
    socket.once("close", () => clients.delete(socket));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;

  function admit(rules: EgressRules): Egress {
    const token = randomBytes(24).toString("base64url");
    let failure: FramewatchError | undefined;
    let incompleteReason: string | undefined;
    const sockets = new Set<Socket>();
    const egress: Admitted = {
      environment: { http_proxy: `http://framewatch:${token}@127.0.0.1:${port}` },
      dial: (hostname, toPort, signal) => dialChecked(hostname, toPort, rules, options.lookup, signal),
      addresses: (hostname, toPort, signal) => checkedAddresses(hostname, toPort, rules, options.lookup, signal),
      failure: () => failure,
      incompleteReason: () => incompleteReason,
      fail: (error) => {
        failure ??= error;
      },
      incomplete: (reason) => {
        incompleteReason ??= reason;
      },
      hold(socket) {
        sockets.add(socket);
        socket.once("close", () => sockets.delete(socket));
        if (!admitted.has(token)) socket.destroy();
      },
      close() {
        admitted.delete(token);
        for (const socket of sockets) socket.destroy();
      },
    };
    admitted.set(token, egress);
    return egress;
  }

  function admittedBy(headers: IncomingHttpHeaders): Admitted | undefined {
    const [, encoded] = /^Basic ([A-Za-z0-9+/=]+)$/i.exec(headers["proxy-authorization"] ?? "") ?? [];
    if (encoded === undefined) return undefined;
    const credentials = Buffer.from(encoded, "base64").toString();
    return admitted.get(credentials.slice(credentials.indexOf(":") + 1));
  }

  /** Ends a transfer when the host is silent; silence because our side does not read at the moment is none. */
  function watchIdle(socket: Socket, isHeldBack: () => boolean): void {
    socket.setTimeout(idleTimeout, () => {
      if (isHeldBack()) socket.setTimeout(idleTimeout);
      else socket.destroy(new Error(`nothing came for ${idleTimeout / 1000} s`));
    });
  }

  /** `GET http://host/path`: plain http, so each request, also each one after a redirect, shows its host. */
  async function forward(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const egress = admittedBy(request.headers);
    if (egress === undefined) {
      response.writeHead(407, { "proxy-authenticate": challenge }).end();
      return;
    }
    try {
      const url = URL.canParse(request.url ?? "") ? new URL(request.url ?? "") : undefined;
      if (url?.protocol !== "http:" || (request.method !== "GET" && request.method !== "HEAD")) {
        throw new FramewatchError("source-forbidden", `${request.method} of this URL is no request that reads a source.`);
      }
      const socket = await egress.dial(url.hostname, portOf(url));
      egress.hold(socket);
      watchIdle(socket, () => response.writableNeedDrain);
      response.once("close", () => socket.destroy());
      if (response.destroyed) socket.destroy();
      const upstream = httpRequest({
        method: request.method,
        path: `${url.pathname}${url.search}`,
        createConnection: () => socket,
        headers: { ...endToEnd(request.headers), host: url.host },
      });
      upstream.end();
      const [incoming] = (await once(upstream, "response")) as [IncomingMessage];
      upstream.on("error", (cause) => egress.incomplete(`${url.host} broke off: ${cause.message}`));
      answer(egress, url.host, incoming, response);
    } catch (cause) {
      // The child has gone: it has read enough, or looks elsewhere in the file.
      if (response.destroyed) return;
      const error =
        cause instanceof FramewatchError
          ? cause
          : new FramewatchError("source-unreachable", `A host broke off: ${messageOf(cause)}`, { cause });
      egress.fail(error);
      if (response.headersSent) response.destroy();
      else response.writeHead(statusOf(error), { "content-type": "text/plain; charset=utf-8" }).end(`${error.message}\n`);
    }
  }

  function answer(egress: Admitted, host: string, incoming: IncomingMessage, response: ServerResponse): void {
    const status = incoming.statusCode ?? 0;
    const failure = statusFailure(host, status);
    if (failure !== undefined) egress.fail(failure);
    let bytes = 0;
    incoming.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
    });
    // A body cut short also ends in 'close', where it is told; without a listener its error would end the process.
    incoming.on("error", () => undefined);
    incoming.once("close", () => {
      if (incoming.complete || response.destroyed) return;
      const declared = incoming.headers["content-length"];
      egress.incomplete(`${host} ended after ${bytes} bytes${declared === undefined ? "" : ` of ${declared}`}`);
      response.destroy();
    });
    response.writeHead(status, endToEnd(incoming.headers));
    incoming.pipe(response);
  }

  /** `CONNECT host:port`: https; only where the bytes go is seen. */
  async function tunnel(request: IncomingMessage, client: Duplex, head: Buffer): Promise<void> {
    client.on("error", () => undefined);
    const egress = admittedBy(request.headers);
    if (egress === undefined) {
      endTunnel(client, `HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: ${challenge}\r\n${lastHeaders}`);
      return;
    }
    try {
      const [, hostname, toPort] = /^(\[[0-9a-f:.]+\]|[^:/@[\]]+):(\d{1,5})$/i.exec(request.url ?? "") ?? [];
      if (hostname === undefined || Number(toPort) > 65_535) {
        throw new FramewatchError("source-forbidden", "CONNECT names no host and port.");
      }
      const upstream = await egress.dial(hostname, Number(toPort));
      egress.hold(upstream);
      watchIdle(upstream, () => client.writableNeedDrain);
      upstream.once("error", (cause) => egress.incomplete(`The connection to ${hostname} broke: ${cause.message}`));
      upstream.once("close", () => endTunnel(client));
      client.once("close", () => upstream.destroy());
      if (client.destroyed) upstream.destroy();
      client.write("HTTP/1.1 200 Connection established\r\n\r\n");
      if (head.length > 0) upstream.write(head);
      client.pipe(upstream).pipe(client);
    } catch (cause) {
      const error =
        cause instanceof FramewatchError
          ? cause
          : new FramewatchError("source-unreachable", `A host broke off: ${messageOf(cause)}`, { cause });
      egress.fail(error);
      endTunnel(client, `HTTP/1.1 ${statusOf(error)} ${STATUS_CODES[statusOf(error)]}\r\n${lastHeaders}`);
    }
  }

  return {
    admit,
    async close() {
      for (const egress of admitted.values()) egress.close();
      server.close();
      for (const socket of clients) socket.destroy();
      await once(server, "close");
    },
  };
}

/** What an HTTP status says about a source that cannot be read; undefined for one that is no failure. */
export function statusFailure(host: string, status: number): FramewatchError | undefined {
  if (status < 400 || status === 416) return undefined;
  if (status === 404 || status === 410)
    return new FramewatchError("source-not-found", `${host} answered ${status}: there is nothing at this URL.`);
  if (status === 401 || status === 403)
    return new FramewatchError("source-denied", `${host} answered ${status}: it refuses to be read.`);
  return new FramewatchError("source-unreachable", `${host} answered ${status}.`);
}

/** Ends our side, and reads on until the other side ends too: a socket that nobody reads never closes. */
function endTunnel(client: Duplex, lastWords = ""): void {
  client.end(lastWords);
  client.resume();
}

function statusOf(error: FramewatchError): 403 | 502 {
  return error.code === "source-forbidden" ? 403 : 502;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function endToEnd(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !hopHeaders.has(name)));
}
