import { FramewatchError, isError } from "../../errors.js";
import type { EgressRules } from "../dial.js";
import type { EgressProxy } from "../egress-proxy.js";
import { copyToTransport, receiveFromChild } from "./child-stream.js";
import type { Receiver } from "./receiver.js";

/** DASH, followed by a child of ffmpeg behind our proxy and copied into MPEG-TS: the best picture and the best sound. */
export function openDashReceiver(url: URL, displayName: string, access: EgressRules & { readonly proxy: EgressProxy }): Receiver {
  return {
    isTransport: false,
    async receive(sink, signal) {
      const egress = access.proxy.admit(access);
      const input = [
        "-protocol_whitelist",
        "http,https,tls,tcp,httpproxy,crypto,data",
        "-format_whitelist",
        "dash,mov,matroska,webm",
        "-f",
        "dash",
        "-i",
        url.href,
      ];
      const stream = { displayName, url: url.href, arguments: [...input, ...copyToTransport], environment: egress.environment };
      try {
        await receiveFromChild(stream, sink, signal);
      } catch (error) {
        // The proxy knows better than the child why it got nothing.
        throw (isError(error, "source-unreachable") ? egress.failure() : undefined) ?? error;
      } finally {
        egress.close();
      }
      const failure: FramewatchError | undefined = egress.failure();
      if (failure !== undefined) throw failure;
    },
  };
}
