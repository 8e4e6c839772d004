import { createSocket } from "node:dgram";
import { once } from "node:events";
import { isIP } from "node:net";
import { FramewatchError } from "../../errors.js";
import type { EgressProxy } from "../egress-proxy.js";
import { checkListen, isMulticast, type SourceRules } from "../source-guard.js";
import type { UdpAddress } from "./live-address.js";
import type { Receiver } from "./receiver.js";

/** Holds what comes while this process is busy: 0.7 s of 50 Mbit/s. The system may give less (`net.core.rmem_max`). */
const receiveBufferBytes = 4 * 1024 * 1024;

/** MPEG-TS in datagrams: a group is joined, any other address is one of this machine on which senders are awaited. */
export function openUdpReceiver(address: UdpAddress, access: SourceRules & { readonly proxy: EgressProxy }): Receiver {
  return {
    isTransport: true,
    listens: true,
    async receive(sink, signal) {
      const host = await checkedHost(address, access, signal);
      signal.throwIfAborted();
      const socket = createSocket({ type: isIP(host) === 6 ? "udp6" : "udp4", reuseAddr: isMulticast(host) });
      const senders = new Set(address.senders);
      try {
        socket.on("message", (datagram, { address: sender }) => {
          if (senders.size === 0 || senders.has(sender)) sink.bytes(datagram);
        });
        const failed = once(socket, "error", { signal }).then(([error]) => Promise.reject(error));
        failed.catch(() => undefined);
        socket.bind(address.port, host);
        await Promise.race([once(socket, "listening", { signal }), failed]);
        widen(socket);
        if (isMulticast(host)) {
          for (const sender of senders) socket.addSourceSpecificMembership(sender, host, address.localAddress);
          if (senders.size === 0) socket.addMembership(host, address.localAddress);
        }
        await failed;
      } catch (cause) {
        signal.throwIfAborted();
        const reason = cause instanceof Error ? cause.message : String(cause);
        throw new FramewatchError("source-unreachable", `Nothing can be received at ${address.host}:${address.port}: ${reason}`, {
          cause,
        });
      } finally {
        socket.close();
      }
    },
  };
}

/** Resolved and checked anew for each connection. */
async function checkedHost(
  address: UdpAddress,
  access: SourceRules & { readonly proxy: EgressProxy },
  signal: AbortSignal,
): Promise<string> {
  if (isIP(address.host) !== 0) {
    if (!isMulticast(address.host)) checkListen(address.host, address.port, access);
    return address.host;
  }
  const egress = access.proxy.admit(access);
  try {
    const [host = address.host] = await egress.addresses(address.host, address.port, signal);
    if (!isMulticast(host)) checkListen(address.host, address.port, access);
    return host;
  } finally {
    egress.close();
  }
}

function widen(socket: ReturnType<typeof createSocket>): void {
  try {
    socket.setRecvBufferSize(receiveBufferBytes);
  } catch {
    // The system's own size then.
  }
}
