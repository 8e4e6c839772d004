import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { openQueue, type Queue } from "../../src/ingest/sqs.js";

/** A TCP door in front of a local server, which can go deaf: from then on it accepts everything and answers nothing. */
export interface CutOff {
  readonly endpoint: string;
  /** A queue that is reached through this door. */
  openQueue(url: string): Queue;
  /** Connections that were opened so far. */
  readonly connections: () => number;
  cut(): void;
  mend(): void;
  close(): Promise<void>;
}

export async function cutOff(port: number): Promise<CutOff> {
  let deaf = false;
  let opened = 0;
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    opened += 1;
    const upstream = connect(port, "127.0.0.1");
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(from);
      from.on("data", (bytes) => {
        if (!deaf) to.write(bytes);
      });
      from.on("error", () => to.destroy());
      from.on("close", () => {
        sockets.delete(from);
        to.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    endpoint,
    openQueue(url) {
      const before = process.env["AWS_ENDPOINT_URL_SQS"];
      process.env["AWS_ENDPOINT_URL_SQS"] = endpoint;
      const queue = openQueue(url);
      if (before === undefined) delete process.env["AWS_ENDPOINT_URL_SQS"];
      else process.env["AWS_ENDPOINT_URL_SQS"] = before;
      return queue;
    },
    connections: () => opened,
    cut: () => {
      deaf = true;
    },
    mend: () => {
      deaf = false;
    },
    async close() {
      const closed = new Promise((resolve) => {
        server.close(resolve);
      });
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
