import type { Config } from "./config.js";
import { FramewatchError } from "./errors.js";
import { type Sink, snsSink, stdoutSink, webhookSink } from "./notifier/index.js";

/**
 * The sinks that the settings name, standard output where they name none. Once per process: all jobs share them.
 * @throws FramewatchError `configuration` for a webhook without a secret
 */
export function openSinks({ topicArn, webhookUrl, webhookSecret }: Config): readonly Sink[] {
  const sinks: Sink[] = [];
  if (topicArn !== undefined) sinks.push(snsSink(topicArn));
  if (webhookUrl !== undefined) {
    if (webhookSecret === undefined)
      throw new FramewatchError(
        "configuration",
        "FRAMEWATCH_WEBHOOK_SECRET is not set: anybody could make up alerts that are not signed.",
      );
    sinks.push(webhookSink(webhookUrl, webhookSecret));
  }
  return sinks.length === 0 ? [stdoutSink()] : sinks;
}
