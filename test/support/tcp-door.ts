import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** A TCP door in front of a local server: counts what comes out of it, and breaks connections on demand. */
export interface TcpDoor {
  readonly endpoint: string;
  /** Bytes that the server has sent so far, all connections together. */
  readonly bytes: () => number;
  /** Connections open at the moment. */
  readonly open: () => number;
  /** Breaks the next connection that has carried this many bytes of answers. */
  breakAfter(bytes: number): void;
  close(): Promise<void>;
}

export async function tcpDoor(port: number): Promise<TcpDoor> {
  const clients = new Set<Socket>();
  let bytes = 0;
  let limit = Infinity;
  const server = createServer((client) => {
    clients.add(client);
    let carried = 0;
    const upstream = connect(port, "127.0.0.1");
    client.pipe(upstream).pipe(client);
    upstream.on("data", (chunk) => {
      bytes += chunk.length;
      carried += chunk.length;
      if (carried < limit) return;
      limit = Infinity;
      client.resetAndDestroy();
    });
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      from.on("error", () => to.destroy());
      from.once("close", () => {
        clients.delete(client);
        to.destroy();
      });
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    bytes: () => bytes,
    open: () => clients.size,
    breakAfter(after) {
      limit = after;
    },
    async close() {
      server.close();
      for (const client of clients) client.destroy();
      await once(server, "close");
    },
  };
}
