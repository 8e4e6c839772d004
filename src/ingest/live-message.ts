import { z } from "zod";
import type { JobRequest, LiveJob } from "./job.js";
import type { QueueMessage } from "./sqs.js";

/**
 * A message of a live job. Messages of one request follow one another in epochs: each is sent before the one before is
 * deleted, so that a crash leaves one too many and never none.
 */
export const liveMessageSchema = z.object({
  /** Names the message that asked for the job; a job that is asked for again has another. */
  request: z.string(),
  /** 1 for the message that asked. */
  epoch: z.int().positive(),
  /** The message itself; absent while nobody who runs the job has it in hand. */
  messageId: z.string().exactOptional(),
});
export type LiveMessage = Readonly<z.output<typeof liveMessageSchema>>;

/** The message's place among those of its job. */
export function liveMessageOf({ continuation }: JobRequest, { messageId }: Pick<QueueMessage, "messageId">): LiveMessage {
  return { request: continuation?.request ?? messageId, epoch: continuation?.epoch ?? 1, messageId };
}

/** When the job was asked for, by the queue's clock in milliseconds: what was cancelled before is another story. */
export function askedAtOf(
  { continuation }: JobRequest,
  { sentAtMilliseconds }: Pick<QueueMessage, "sentAtMilliseconds">,
): number {
  return continuation?.askedAtMilliseconds ?? sentAtMilliseconds ?? 0;
}

/**
 * What is to become of a message of a job that runs already.
 *
 * `follows`: who has this one has the job; `superseded`: a newer one, or a copy, is in hand or in the queue, so this one can
 * be deleted; `other`: the job was asked for twice.
 * @param running the newest message that is known to who runs the job
 */
export function relate(message: LiveMessage, running: LiveMessage): "follows" | "superseded" | "other" {
  if (message.request !== running.request) return "other";
  if (message.epoch !== running.epoch) return message.epoch > running.epoch ? "follows" : "superseded";
  // The same message once more: the latest receipt is the one that the queue honours.
  return running.messageId === undefined || running.messageId === message.messageId ? "follows" : "superseded";
}

/** Body of the message that takes the place of an older one. */
export function continuationBody(job: LiveJob, request: string, epoch: number, askedAtMilliseconds: number): string {
  const { idGiven: _idGiven, ...fields } = job;
  return JSON.stringify({ version: 1, ...fields, mode: "live", continuation: { epoch, request, askedAtMilliseconds } });
}
