import { FramewatchError, isError } from "../../errors.js";
import type { EgressRules } from "../dial.js";
import type { EgressProxy } from "../egress-proxy.js";
import { type ChildStream, copyToTransport, receiveFromChild } from "./child-stream.js";
import type { Receiver, ReceiverSink } from "./receiver.js";

/** Segments in a row that could not be had, after which the child has lost its place. */
const mostMissing = 3;

/**
 * Drops packets that came before: when the window of a manifest moves on, ffmpeg's reader goes back by a segment or two and reads them
 * again (measured: two of five pictures came twice, their times pushed together behind the newest). Time that goes back by more is
 * that of an encoder that began anew. Registers of the expression: 0 the newest time, 1 whether there is one.
 */
const onlyNew = "noise=drop='if(not(ld(1))+gt(dts,ld(0))+lt(dts,ld(0)-60/tb),0*(st(0,dts)+st(1,1)),1)'";

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
        // At the pace of the media: faster, it comes to the newest segment, asks for those that are not there yet, and goes on
        // asking for ever later ones.
        "-re",
        "-f",
        "dash",
        "-i",
        url.href,
      ];
      const lost = new AbortController();
      let missing = 0;
      const stream: ChildStream = {
        displayName,
        url: url.href,
        arguments: [...input, "-bsf", onlyNew, ...copyToTransport],
        environment: egress.environment,
        line(text) {
          if (!text.includes("Failed to open fragment")) return;
          missing++;
          if (missing >= mostMissing)
            lost.abort(new FramewatchError("source-unreachable", `${displayName} gave none of ${missing} segments.`));
        },
      };
      const counted: ReceiverSink = {
        ...sink,
        bytes(chunk) {
          missing = 0;
          sink.bytes(chunk);
        },
      };
      try {
        await receiveFromChild(stream, counted, AbortSignal.any([signal, lost.signal]));
      } catch (error) {
        if (lost.signal.aborted) throw error;
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
