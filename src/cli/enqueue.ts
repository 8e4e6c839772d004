import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { type Config, loadConfig } from "../config.js";
import { FramewatchError } from "../errors.js";
import { checkRegion, modeOf, openQueue, parseCancel, parseJob, type Priority, type Profile } from "../ingest/index.js";
import { reportSchema } from "../notifier/index.js";
import { openStore } from "../open-store.js";
import { summarise, verdictExitCodes } from "./summary.js";

export interface EnqueueOptions {
  readonly mode?: "file" | "live";
  readonly stream?: string;
  readonly policy?: string;
  readonly profile?: Profile;
  readonly priority?: Priority;
  readonly id?: string;
  readonly output?: string;
  readonly label?: readonly string[];
  readonly force?: true;
  readonly wait?: true;
  /** Id of a job to end, instead of an input. */
  readonly cancel?: string;
}

const lookEveryMilliseconds = 2000;

/**
 * Sends a job to the queue and prints its id, with `--wait` also its report, when that is there; or ends a job. What is live, and
 * what ends a job, goes to the live queue where there is one.
 * @returns the exit code: with `--wait` that of the verdict
 * @throws FramewatchError `usage`, `configuration`, `job-invalid`, `queue-unavailable`
 */
export async function enqueue(input: string | undefined, { cancel, ...options }: EnqueueOptions): Promise<number> {
  const config = loadConfig(process.env);
  if (config.queueUrl === undefined)
    throw new FramewatchError("configuration", "FRAMEWATCH_QUEUE_URL is not set: there is no queue to send to.");
  if (cancel === undefined) {
    if (input === undefined) throw new FramewatchError("usage", "Name an input, or a job to end: --cancel ID.");
    return enqueueJob(input, options, { ...config, queueUrl: config.queueUrl });
  }
  if (input !== undefined || Object.keys(options).length > 0)
    throw new FramewatchError("usage", "--cancel takes the id of a job and nothing else.");
  const message = { version: 1, action: "cancel", id: cancel };
  parseCancel(message);
  await checkRegion();
  await send(config.liveQueueUrl ?? config.queueUrl, message);
  process.stdout.write(`${cancel}\n`);
  return 0;
}

async function enqueueJob(
  input: string,
  { label = [], wait, ...options }: Omit<EnqueueOptions, "cancel">,
  config: Config & { readonly queueUrl: string },
): Promise<number> {
  // The id is made here so that it can be told: the service's own depends on the source's version.
  const message = { version: 1, id: options.id ?? randomUUID(), source: input, labels: labelsOf(label), ...options };
  const job = parseJob(message);
  const { id = "", output = config.output } = job;
  const isLive = modeOf(job) === "live";
  if (isLive && wait)
    throw new FramewatchError(
      "usage",
      "--wait is for what has an end: a live job reports every hour, and tells of faults by alerts.",
    );

  await checkRegion();
  const store = openStore(output).under(`${id}/`);
  // A forced job replaces its report: the one that lies there now is not what is waited for.
  const earlier = wait && options.force ? await store.get("report.json") : undefined;
  await send(isLive ? (config.liveQueueUrl ?? config.queueUrl) : config.queueUrl, message);
  process.stdout.write(`${id}\n`);
  if (wait === undefined) return 0;

  process.stderr.write(`framewatch: waiting for ${store.url}report.json\n`);
  for (;;) {
    const bytes = await store.get("report.json");
    if (bytes !== undefined && !(earlier !== undefined && bytes.equals(earlier))) {
      const report = reportSchema.parse(JSON.parse(bytes.toString("utf8")));
      process.stdout.write(`${summarise(report)}\n  report: ${store.url}report.html\n`);
      return verdictExitCodes[report.verdict];
    }
    await pause(lookEveryMilliseconds);
  }
}

async function send(queueUrl: string, message: object): Promise<void> {
  const queue = openQueue(queueUrl);
  try {
    await queue.send(JSON.stringify(message));
  } finally {
    queue.close();
  }
}

function labelsOf(labels: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    labels.map((label) => {
      const at = label.indexOf("=");
      if (at < 1) throw new FramewatchError("usage", `A label is NAME=TEXT, not "${label}".`);
      return [label.slice(0, at), label.slice(at + 1)];
    }),
  );
}
