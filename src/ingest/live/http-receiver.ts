import { FramewatchError } from "../../errors.js";
import type { EgressRules } from "../dial.js";
import { type EgressProxy, statusFailure } from "../egress-proxy.js";
import { requestHttp } from "../http-request.js";
import type { Receiver } from "./receiver.js";

/** MPEG-TS in an HTTP answer without an end, read by us. */
export function openHttpReceiver(url: URL, access: EgressRules & { readonly proxy: EgressProxy }): Receiver {
  return {
    isTransport: true,
    async receive(sink, signal) {
      const egress = access.proxy.admit(access);
      try {
        await requestHttp(url, { egress, rules: access, signal }, async ({ url: foundAt, answer }) => {
          signal.throwIfAborted();
          const failure = statusFailure(foundAt.host, answer.statusCode ?? 0);
          if (failure !== undefined) throw failure;
          for await (const chunk of answer as AsyncIterable<Buffer>) sink.bytes(chunk);
        });
      } catch (cause) {
        signal.throwIfAborted();
        if (cause instanceof FramewatchError) throw cause;
        const reason = cause instanceof Error ? cause.message : String(cause);
        throw new FramewatchError("source-unreachable", `${url.host} broke off: ${reason}`, { cause });
      } finally {
        egress.close();
      }
      // What has no end was not meant to end: it is asked for again.
      throw new FramewatchError("source-unreachable", `${url.host} ended the stream.`);
    },
  };
}
