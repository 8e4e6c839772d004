import { FramewatchError } from "../../errors.js";
import type { EgressRules } from "../dial.js";
import type { EgressProxy } from "../egress-proxy.js";
import { receiveFromChild } from "./child-stream.js";
import type { SrtAddress } from "./live-address.js";
import type { Receiver } from "./receiver.js";

/**
 * SRT, by a child of ffmpeg that hands on the payload as it is. The child gets an address that was checked, never a name.
 * A passphrase stands in the child's arguments, where users of the same machine can see it: ffmpeg takes it in no other way.
 */
export function openSrtReceiver(
  address: SrtAddress,
  displayName: string,
  access: EgressRules & { readonly proxy: EgressProxy },
): Receiver {
  const isListener = address.mode === "listener";
  let connections = 0;
  return {
    isTransport: true,
    ...(isListener && { listens: true }),
    async receive(sink, signal) {
      const egress = access.proxy.admit(access);
      try {
        const addresses = isListener ? [address.host] : await egress.addresses(address.host, address.port, signal);
        // Where there are several, the next connection tries the next one.
        const host = addresses[connections++ % addresses.length] ?? address.host;
        const url = `srt://${host.includes(":") ? `[${host}]` : host}:${address.port}`;
        const input = ["-protocol_whitelist", "srt", ...optionsOf(address), "-f", "data", "-i", url];
        const output = ["-map", "0", "-c", "copy", "-flush_packets", "1", "-f", "data", "pipe:1"];
        await receiveFromChild({ displayName, url, arguments: [...input, ...output] }, sink, signal);
      } finally {
        egress.close();
      }
      // To ffmpeg a broken connection is an end like any other.
      throw new FramewatchError("source-unreachable", `${displayName} ended the stream.`);
    },
  };
}

function optionsOf({ mode, streamId, passphrase, latencyMicroseconds, keyBytes }: SrtAddress): string[] {
  return [
    "-mode",
    mode,
    // `-streamid` is an option of ffmpeg's own, for something else.
    ...(streamId === undefined ? [] : ["-srt_streamid", streamId]),
    ...(passphrase === undefined ? [] : ["-passphrase", passphrase]),
    ...(latencyMicroseconds === undefined ? [] : ["-latency", String(latencyMicroseconds)]),
    ...(keyBytes === undefined ? [] : ["-pbkeylen", String(keyBytes)]),
  ];
}
