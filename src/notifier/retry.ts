import { type Clock, wallClock } from "./clock.js";

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
    /** The wall clock where absent. */
    readonly clock?: Clock;
  },
): Promise<Result> {
  const { clock = wallClock } = rules;
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
    await clock.sleep(Math.random() * longest, rules.signal);
  }
}
