import { open } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { type ErrorCode, FramewatchError } from "../errors.js";
import type { EgressRules } from "./dial.js";
import { type Egress, statusFailure } from "./egress-proxy.js";
import { requestHttp } from "./http-request.js";

/** What of a resource is wanted. */
export interface ResourceRequest {
  /** First byte; 0 where absent. */
  readonly start?: number;
  /** Reading stops after so many bytes: there may be more. */
  readonly mostBytes: number;
  readonly signal: AbortSignal;
}

/** What came of it. */
export type Resource =
  | { readonly found: true; readonly bytes: Buffer /** Where it was found, after redirects. */; readonly url: URL }
  | {
      readonly found: false;
      /** For people. */
      readonly reason: string;
      readonly code?: ErrorCode;
    };

/**
 * Reads a part of something that a source names, a playlist's segment for example, by the same rules as the source itself.
 * @throws the reason of the request's signal
 */
export type ReadResource = (url: URL, request: ResourceRequest) => Promise<Resource>;

/** A host that does not answer is asked once more: what is reported as missing should be. */
const secondTryMilliseconds = 500;

/** Reads by http(s), every address checked. */
export function httpResources(egress: Egress, rules: EgressRules): ReadResource {
  async function once(url: URL, { start = 0, mostBytes, signal }: ResourceRequest): Promise<Resource & { again?: boolean }> {
    try {
      const range = `bytes=${start}-${start + mostBytes - 1}`;
      return await requestHttp(url, { egress, rules, range, signal }, async ({ url: foundAt, answer }) => {
        const status = answer.statusCode ?? 0;
        const failure = statusFailure(foundAt.host, status);
        if (failure !== undefined) return { found: false, reason: failure.message, code: failure.code, again: status >= 500 };
        if (status === 416) return { found: false, reason: `${foundAt.host} answered 416: it has fewer bytes than that.` };
        const chunks: Buffer[] = [];
        // A host that knows no ranges sends all of it.
        const skipped = status === 206 ? 0 : start;
        let length = 0;
        for await (const chunk of answer as AsyncIterable<Buffer>) {
          signal.throwIfAborted();
          chunks.push(chunk);
          length += chunk.length;
          if (length >= skipped + mostBytes) break;
        }
        return { found: true, url: foundAt, bytes: Buffer.concat(chunks).subarray(skipped, skipped + mostBytes) };
      });
    } catch (error) {
      signal.throwIfAborted();
      const reason = error instanceof Error ? error.message : String(error);
      const code = error instanceof FramewatchError ? error.code : "source-unreachable";
      return { found: false, reason, code, again: code !== "source-forbidden" };
    }
  }

  return async (url, request) => {
    if (url.protocol !== "http:" && url.protocol !== "https:")
      return { found: false, reason: `${url.protocol} is no protocol that an http(s) source may lead to.` };
    request.signal.throwIfAborted();
    const first = await once(url, request);
    if (first.found || first.again !== true) return first;
    await pause(secondTryMilliseconds, undefined, { signal: request.signal }).catch(() => request.signal.throwIfAborted());
    return once(url, request);
  };
}

/** Reads local files, and nothing else: a local playlist may not lead into the network. */
export const fileResources: ReadResource = async (url, { start = 0, mostBytes, signal }) => {
  signal.throwIfAborted();
  if (url.protocol !== "file:") return { found: false, reason: `A local playlist may not lead to ${url.protocol}` };
  try {
    const file = await open(fileURLToPath(url));
    try {
      const { size } = await file.stat();
      const bytes = Buffer.alloc(Math.max(0, Math.min(mostBytes, size - start)));
      const { bytesRead } = await file.read(bytes, 0, bytes.length, start);
      return { found: true, url, bytes: bytes.subarray(0, bytesRead) };
    } finally {
      await file.close();
    }
  } catch (error) {
    return { found: false, reason: error instanceof Error ? error.message : String(error) };
  }
};
