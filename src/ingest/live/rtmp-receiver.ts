import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { FramewatchError } from "../../errors.js";
import type { EgressRules } from "../dial.js";
import type { EgressProxy } from "../egress-proxy.js";
import { overTls } from "../http-request.js";
import { copyToTransport, receiveFromChild } from "./child-stream.js";
import type { RtmpAddress } from "./live-address.js";
import type { Receiver } from "./receiver.js";

/**
 * RTMP, fetched by a child of ffmpeg that copies it into MPEG-TS. The child connects to us; we dial the host, as checked,
 * and for rtmps speak TLS with it. It does not learn the host's address, but for the name that the server wants to be told.
 */
export function openRtmpReceiver(
  address: RtmpAddress,
  displayName: string,
  access: EgressRules & { readonly proxy: EgressProxy },
): Receiver {
  return {
    isTransport: false,
    async receive(sink, signal) {
      const egress = access.proxy.admit(access);
      try {
        const host = await connectTo(address, () => egress.dial(address.host, address.port, signal), signal);
        const relay = await openRelay(host);
        try {
          const credentials = address.credentials === undefined ? "" : `${address.credentials}@`;
          const url = `rtmp://${credentials}127.0.0.1:${relay.port}/`;
          await receiveFromChild({ displayName, url, arguments: argumentsFor(address, url) }, sink, signal);
        } finally {
          relay.close();
        }
      } finally {
        egress.close();
      }
      throw new FramewatchError("source-unreachable", `${displayName} ended the stream.`);
    },
  };
}

function argumentsFor({ host, port, isSecure, app, playPath }: RtmpAddress, url: string): string[] {
  const authority = `${host.includes(":") ? `[${host}]` : host}:${port}`;
  return [
    "-protocol_whitelist",
    "rtmp,tcp",
    "-format_whitelist",
    "flv,live_flv",
    // Headers often announce a track that never comes: it is not waited for longer than this.
    "-analyzeduration",
    "3000000",
    "-rtmp_app",
    app,
    "-rtmp_playpath",
    playPath,
    "-rtmp_tcurl",
    `${isSecure ? "rtmps" : "rtmp"}://${authority}/${app}`,
    "-rtmp_live",
    "live",
    "-i",
    url,
    "-map",
    "0:v?",
    "-map",
    "0:a?",
    ...copyToTransport,
  ];
}

async function connectTo({ host, isSecure }: RtmpAddress, dial: () => Promise<Socket>, signal: AbortSignal): Promise<Socket> {
  const socket = await dial();
  socket.on("error", () => undefined);
  try {
    signal.throwIfAborted();
    if (!isSecure) return socket;
    const secured = overTls(socket, host);
    secured.on("error", () => undefined);
    await once(secured, "secureConnect", { signal });
    return secured;
  } catch (cause) {
    socket.destroy();
    signal.throwIfAborted();
    throw new FramewatchError("source-unreachable", `${host} speaks no TLS: ${String(cause)}`, { cause });
  }
}

/** A door on loopback, for one connection, that leads to the host. */
async function openRelay(host: Socket): Promise<{ readonly port: number; close(): void }> {
  let child: Socket | undefined;
  const server = createServer((client) => {
    server.close();
    child = client;
    client.on("error", () => undefined);
    client.once("close", () => host.destroy());
    host.once("close", () => client.destroy());
    client.pipe(host).pipe(client);
    if (host.destroyed) client.destroy();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    close() {
      if (server.listening) server.close();
      child?.destroy();
      host.destroy();
    },
  };
}
