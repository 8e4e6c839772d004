import { once } from "node:events";
import { createServer, type IncomingMessage, request as openRequest, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** An HTTP door in front of a local server: it can be shut, and it can hold back the end of one path's bytes. */
export interface Gate {
  readonly endpoint: string;
  /** Bytes of this path from `byte` on wait until `release`, whichever range of them is asked for. */
  hold(path: string, byte: number): void;
  release(): void;
  /** How many answers wait now. */
  held(): number;
  /** Ends all connections and refuses new ones. */
  shut(): Promise<void>;
  /** Listens again, on the same port. */
  open(): Promise<void>;
  close(): Promise<void>;
}

export async function openGate(port: number): Promise<Gate> {
  let holding:
    | { readonly path: string; readonly byte: number; readonly released: Promise<void>; readonly release: () => void }
    | undefined;
  let held = 0;

  /** Hands on what may pass, and waits where the rest may not. */
  async function copy(answer: IncomingMessage, response: ServerResponse, path: string): Promise<void> {
    let position = Number(/^bytes (\d+)-/.exec(answer.headers["content-range"] ?? "")?.[1] ?? 0);
    response.flushHeaders();
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      const barrier = holding;
      const free = barrier?.path === path ? Math.max(0, barrier.byte - position) : chunk.length;
      response.write(chunk.subarray(0, free));
      if (barrier !== undefined && free < chunk.length) {
        held += 1;
        await Promise.race([barrier.released, once(response, "close")]);
        held -= 1;
        response.write(chunk.subarray(free));
      }
      position += chunk.length;
    }
    response.end();
  }

  const server = createServer((request, response) => {
    const { method, url = "/", headers } = request;
    const upstream = openRequest({ host: "127.0.0.1", port, method, path: url, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      copy(answer, response, url.split("?", 1)[0] ?? "").catch(() => response.destroy());
    });
    upstream.on("error", () => response.destroy());
    response.once("close", () => upstream.destroy());
    request.pipe(upstream);
  });
  // What is idle here costs nothing, and a client that finds it closed would have to ask again.
  server.keepAliveTimeout = 60_000;
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const own = (server.address() as AddressInfo).port;

  function release(): void {
    holding?.release();
    holding = undefined;
  }
  async function shut(): Promise<void> {
    if (!server.listening) return;
    const closed = once(server, "close");
    server.close();
    server.closeAllConnections();
    await closed;
  }

  return {
    endpoint: `http://127.0.0.1:${own}`,
    hold(path, byte) {
      let releaseNow = (): void => {};
      const released = new Promise<void>((resolve) => {
        releaseNow = resolve;
      });
      holding = { path, byte, released, release: releaseNow };
    },
    release,
    held: () => held,
    shut,
    async open() {
      server.listen(own, "127.0.0.1");
      await once(server, "listening");
    },
    async close() {
      release();
      await shut();
    },
  };
}
