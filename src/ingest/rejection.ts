import { redact } from "../log.js";
import type { Rejection } from "./envelope.js";
import type { Delivery } from "./poller.js";

/** SQS counts body and attributes together. */
const largestMessageBytes = 1_048_576;
const longestReason = 1024;
/** What an attribute of SQS may not hold: it refuses the whole message then. */
const notAllowed = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu;

/**
 * Ends a message that can never succeed: alerts, then copies it to its queue's own dead-letter queue with the reason as
 * attribute `reason`. The caller deletes the message after that. Whatever fails leaves the message in its queue, and
 * all is done again when it comes back.
 *
 * @param alert publishes `framewatch.job.rejected`, and resolves when it was accepted
 * @throws FramewatchError `lease-lost`, `queue-unavailable`, or what `alert` throws
 */
export async function rejectMessage(
  { message, queue, lease }: Delivery,
  rejection: Pick<Rejection, "code" | "reason">,
  alert: () => Promise<void>,
): Promise<void> {
  lease.check();
  await alert();
  const deadLetters = await queue.deadLetterQueue();
  if (deadLetters === undefined) return;
  const reason = redact(`${rejection.code}: ${rejection.reason}`).slice(0, longestReason).replace(notAllowed, "?");
  // A body that fills a message leaves no room for the reason; the alert has it as well.
  const attributes = { reason };
  const fits = Buffer.byteLength(message.body) + Buffer.byteLength(JSON.stringify(attributes)) <= largestMessageBytes;
  lease.check();
  await deadLetters.send(message.body, fits ? attributes : {});
}
