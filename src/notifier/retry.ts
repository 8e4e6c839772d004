import { setTimeout as sleep } from "node:timers/promises";

const firstDelayMilliseconds = 250;
const maximumDelayMilliseconds = 30_000;

/**
 * Calls `attempt` until it succeeds or fails with an error that is not `isTemporary`, or the signal aborts. Waits
 * between attempts with capped exponential backoff and full jitter, so that many processes do not come back at once
 * (AWS Builders' Library, "Timeouts, retries, and backoff with jitter").
 *
 * @param failed told of every temporary failure
 * @throws the permanent error, or the signal's reason
 */
export async function retry<Result>(
  attempt: () => Promise<Result>,
  rules: {
    readonly signal: AbortSignal;
    readonly isTemporary: (error: unknown) => boolean;
    readonly failed: (error: unknown) => void;
  },
): Promise<Result> {
  for (let count = 0; ; count += 1) {
    rules.signal.throwIfAborted();
    try {
      return await attempt();
    } catch (error) {
      rules.signal.throwIfAborted();
      if (!rules.isTemporary(error)) throw error;
      rules.failed(error);
    }
    const longest = Math.min(maximumDelayMilliseconds, firstDelayMilliseconds * 2 ** count);
    // An abort is seen at the top of the loop, where the signal's own reason is thrown.
    await sleep(Math.random() * longest, undefined, { signal: rules.signal }).catch(() => {});
  }
}
