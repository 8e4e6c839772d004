import type { ReadResource } from "./read-resource.js";

/** Reads within a time: what takes longer is not there. */
export function timeLimited(read: ReadResource, seconds: number): ReadResource {
  return async (url, request) => {
    const { signal } = request;
    const stop = new AbortController();
    let isLate = false;
    const abort = (): void => stop.abort(signal.reason);
    signal.addEventListener("abort", abort);
    const timer = setTimeout(() => {
      isLate = true;
      stop.abort();
    }, seconds * 1000);
    try {
      signal.throwIfAborted();
      return await read(url, { ...request, signal: stop.signal });
    } catch (error) {
      signal.throwIfAborted();
      if (!isLate) throw error;
      return { found: false, reason: `${url.host} took longer than ${seconds} s.`, code: "source-unreachable" };
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", abort);
    }
  };
}
