import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import type { Served } from "./planter.js";

/** Opens a host on this machine. @returns its address, and what ends it */
async function openHost(answer: (request: IncomingMessage, response: ServerResponse) => Promise<void>) {
  const server = createServer((request, response) => void answer(request, response).catch(() => response.destroy()));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}

/** A host that gives a file, in ranges too, and on each connection waits before it goes on past one byte of it. */
export async function serveFile(
  file: string,
  { pauseAtByte, pauseSeconds }: { readonly pauseAtByte: number; readonly pauseSeconds: number },
): Promise<Served> {
  const bytes = await readFile(file);
  const host = await openHost(async ({ headers }, response) => {
    const [, first = "0", last = ""] = /^bytes=(\d+)-(\d*)$/.exec(headers.range ?? "") ?? [];
    const [from, to] = [Number(first), last === "" ? bytes.length : Math.min(bytes.length, Number(last) + 1)];
    const range = headers.range === undefined ? {} : { "content-range": `bytes ${from}-${to - 1}/${bytes.length}` };
    response.writeHead(headers.range === undefined ? 200 : 206, { ...range, "content-length": to - from });
    if (from >= pauseAtByte || to <= pauseAtByte) return void response.end(bytes.subarray(from, to));
    response.write(bytes.subarray(from, pauseAtByte));
    const timer = setTimeout(() => response.end(bytes.subarray(pauseAtByte, to)), 1000 * pauseSeconds);
    response.once("close", () => clearTimeout(timer));
  });
  return { source: `${host.url}/film${path.extname(file)}`, close: host.close };
}

/** A host that gives the files of a folder, and what `text` says instead of those that it names. */
export async function serveFolder(folder: string, text: (name: string) => string | undefined) {
  return openHost(async ({ url = "/" }, response) => {
    const name = path.basename(url);
    const bytes = text(name) ?? (await readFile(path.join(folder, name)).catch(() => undefined));
    response.writeHead(bytes === undefined ? 404 : 200).end(bytes);
  });
}
