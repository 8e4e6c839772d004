/** The service: takes jobs from the queue and runs them. It wires queue, jobs, HTTP server and life cycle together. */
import { createHash } from "node:crypto";
import { policyHash } from "./analyzers/index.js";
import { openApi } from "./api/routes.js";
import { openRunningJobs, type RunningJob, type RunningJobs } from "./api/running-jobs.js";
import type { Config } from "./config.js";
import { type Engine, openEngine } from "./engine.js";
import { type ErrorCode, FramewatchError } from "./errors.js";
import { findProgram } from "./ffmpeg.js";
import { openHttp } from "./http.js";
import {
  type Delivery,
  identifyLive,
  isUnderPrefix,
  type JobRequest,
  type LiveHold,
  type LiveJob,
  type LiveLeases,
  openLiveLeases,
  openPoller,
  openQueue,
  parseMessage,
  rejectMessage,
  requestCancel,
} from "./ingest/index.js";
import { openCapacity } from "./live/capacity.js";
import { isLive } from "./live/is-live.js";
import { processCpuSeconds } from "./live/process-cpu.js";
import { type Log, redact } from "./log.js";
import type { JobProgress } from "./meter.js";
import { openMetrics } from "./metrics.js";
import { publishRejected, type Sink } from "./notifier/index.js";
import { observeAlerts } from "./observe-alerts.js";
import { openSinks } from "./open-sinks.js";
import { openStore } from "./open-store.js";
import { readPolicy, runJob } from "./run-job.js";

export interface Service {
  /** Where `/metrics`, `/healthz`, `/readyz` and `/api/` are. */
  readonly url: string;
  /** Resolves when the service cannot go on by itself, with the word `failed`. */
  readonly failed: Promise<"failed">;
  /** Stops taking jobs, finishes or gives back what runs, leaves no child behind. */
  stop(): Promise<void>;
}

/** What whoever watches the service wants to hear. */
export interface ServiceListener {
  /** A job came on. */
  progress?(progress: JobProgress): void;
}

/**
 * Starts the service.
 * @throws FramewatchError `configuration` without a queue, or with a webhook and no secret; what keeps the engine from opening
 */
export async function startService(config: Config, log: Log, listener: ServiceListener = {}): Promise<Service> {
  const { queueUrl, liveQueueUrl } = config;
  if (queueUrl === undefined)
    throw new FramewatchError("configuration", "FRAMEWATCH_QUEUE_URL is not set: there is no queue to take jobs from.");
  const metrics = openMetrics();
  const sinks = openSinks(config);
  const engine = await openEngine({ config, trusted: false, models: true, log, metrics });
  const queues = [liveQueueUrl, queueUrl]
    .filter((url) => url !== undefined)
    .map((url) => ({
      queue: openQueue(url),
      slots: config.concurrency,
      // The queue of files is asked all the same: live jobs there are the exception.
      ...(url === liveQueueUrl && { isFull: () => live.isFull() }),
    }));
  const live = openLiveLeases({ streams: config.liveStreams, log });
  const running = openRunningJobs();
  const capacity = openCapacity({ cores: engine.cores, cpuSeconds: processCpuSeconds, gauge: metrics.capacityStreams });

  const poller = openPoller({
    queues,
    log,
    handle: (delivery) => handle(delivery, { config, engine, sinks, running, listener, live }),
  });

  const gauges = setInterval(() => {
    const { lastPollTimestampSeconds, oldestMessageAgeSeconds } = poller.status();
    if (lastPollTimestampSeconds !== undefined) metrics.lastPollTimestamp.set(lastPollTimestampSeconds);
    metrics.queueOldestMessageAge.set(oldestMessageAgeSeconds);
    const jobs = running.jobs();
    metrics.jobsRunning.set(jobs.length);
    capacity.note(jobs, performance.now());
  }, 1000);

  let enginePresent = true;
  const failed = new Promise<"failed">((resolve) => {
    engine.inference?.lost.catch((error: unknown) => {
      enginePresent = false;
      log.error({ err: error }, "the models are gone, so this process cannot go on");
      resolve("failed");
    });
  });
  const release = async (): Promise<void> => {
    await Promise.all([live.close(), poller.stop()]);
    clearInterval(gauges);
    await engine.close();
    for (const { queue } of queues) queue.close();
    for (const sink of sinks) sink.close();
  };
  const http = await openHttp({
    host: config.httpHost,
    port: config.httpPort,
    metrics,
    api: openApi({ running, host: config.httpHost, token: config.httpToken, log }),
    checks: {
      queue: async () => {
        if (!poller.status().ready) throw new FramewatchError("queue-unavailable", "The queue has not answered for a minute.");
      },
      ffmpeg: async () => {
        for (const program of ["ffmpeg", "ffprobe"]) findProgram(program);
      },
      models: async () => {
        if (!enginePresent) throw new FramewatchError("worker-lost", "The inference worker died.");
      },
    },
  }).catch(async (error: unknown) => {
    await release();
    throw error;
  });
  log.info({ url: http.url, queue: queueUrl, output: config.output, concurrency: config.concurrency }, "ready for jobs");

  return {
    url: http.url,
    failed,
    async stop() {
      await release();
      await http.close();
    },
  };
}

interface Handling {
  readonly config: Config;
  readonly engine: Engine;
  readonly sinks: readonly Sink[];
  readonly running: RunningJobs;
  readonly listener: ServiceListener;
  readonly live: LiveLeases;
}

/** Works on one message. What it throws leaves the message in the queue. */
async function handle(delivery: Delivery, handling: Handling): Promise<"done" | "keep"> {
  const { config, engine } = handling;
  const message = parseMessage(delivery.message.body, [config.output, ...config.allowOutputs]);
  switch (message.kind) {
    case "ignored":
      engine.log.info({ reason: message.reason }, "a message was ignored");
      return "done";
    case "cancel":
      delivery.lease.check();
      await requestCancel(openStore(config.output).under(`${message.id}/`), delivery.message.sentAtMilliseconds ?? Date.now());
      engine.log.info({ job: message.id }, "a job is to be cancelled");
      return "done";
    case "rejected":
      await reject(delivery, handling, message);
      return "done";
    case "jobs":
      if (message.jobs.length === 1) {
        const [request] = message.jobs;
        if (request !== undefined && (await isLive(request, engine, delivery.signal)))
          return attendLive({ ...request, mode: "live" }, delivery, handling);
      }
      // One after the other: the records of one event share the message's slot.
      for (const request of message.jobs) await runRequest(request, message.jobs.length === 1, delivery, handling);
      return "done";
  }
}

/** Works on a message of a live job, which holds no other. Resolves when the message is not needed any more. */
async function attendLive(request: JobRequest, delivery: Delivery, handling: Handling): Promise<"done" | "keep"> {
  let job: LiveJob;
  try {
    job = identifyLive(request, policyHash(readPolicy(request)));
  } catch (error) {
    if (!(error instanceof FramewatchError) || error.blames !== "rejected") throw error;
    const { code, message } = error;
    await reject(delivery, handling, {
      jobId: rejectedId(request, true, delivery),
      source: request.source,
      code,
      reason: message,
    });
    return "done";
  }
  return handling.live.attend(job, delivery, (hold) => runRequest(request, true, delivery, handling, hold));
}

/**
 * @param alone the message holds this job and no other
 * @param hold what a live job stands on instead of the delivery's lease
 */
async function runRequest(
  request: JobRequest,
  alone: boolean,
  delivery: Delivery,
  handling: Handling,
  hold?: LiveHold,
): Promise<void> {
  const { config, engine, sinks, running, listener } = handling;
  const { log } = engine;
  let id: string | undefined;
  let job: RunningJob | undefined;
  try {
    const store = openStore(outputOf(request, config));
    const end = await runJob(request, {
      engine,
      output: store,
      state: store,
      cancels: {
        store: openStore(config.output),
        sinceMilliseconds: hold?.askedAtMilliseconds ?? delivery.message.sentAtMilliseconds ?? 0,
      },
      sinks,
      lease: hold ?? delivery.lease,
      signal: hold?.signal ?? delivery.signal,
      ...(hold !== undefined && { hold }),
      requestId: hold?.request ?? delivery.message.messageId,
      listener: {
        identified(known) {
          id = known;
          job = running.begin(known, request, readPolicy(request).name);
          log.info({ job: known, source: redact(request.source) }, "job begins");
        },
        progress(progress) {
          job?.progress(progress);
          listener.progress?.(progress);
        },
        streaming: (status, controls) => job?.streaming(status, controls),
      },
    });
    log.info({ job: end.id, verdict: end.verdict, ...(end.error === undefined ? {} : { error: end.error }) }, "job ended");
  } catch (error) {
    if (!(error instanceof FramewatchError) || error.blames !== "rejected") throw error;
    await reject(delivery, handling, {
      jobId: id ?? rejectedId(request, alone, delivery),
      source: request.source,
      code: error.code,
      reason: error.message,
    });
  } finally {
    job?.ended();
  }
}

/** Where the job's report goes. @throws FramewatchError `output-forbidden` */
function outputOf({ output }: JobRequest, config: Config): string {
  if (output === undefined) return config.output;
  if ([config.output, ...config.allowOutputs].some((prefix) => isUnderPrefix(output, prefix))) return output;
  throw new FramewatchError("output-forbidden", "The job names an output that lies under none of those allowed.");
}

interface RejectedRequest {
  readonly jobId: string;
  readonly source?: string;
  readonly code: ErrorCode;
  readonly reason: string;
}

/** One alert with the reason, a copy in the dead-letter queue; the caller then deletes the message. */
async function reject(
  delivery: Delivery,
  { engine, sinks }: Handling,
  { jobId, source, code, reason }: RejectedRequest,
): Promise<void> {
  const { metrics, log } = engine;
  log.warn({ job: jobId, code, reason }, "a message was rejected");
  const message = { jobId, body: delivery.message.body, ...(source === undefined ? {} : { source }) };
  await rejectMessage(delivery, { code, reason }, () =>
    publishRejected(
      message,
      { code, message: reason },
      {
        sinks,
        check: () => delivery.lease.check(),
        signal: delivery.signal,
        observer: observeAlerts(metrics, log, { job: jobId }),
      },
    ),
  );
  metrics.jobs.inc({ outcome: "rejected" });
}

/** What a job is called that was refused before it had an identity: after its message, and its source where that holds more. */
function rejectedId({ id, source }: JobRequest, alone: boolean, { message }: Delivery): string {
  const named = alone ? message.body : message.body + source;
  return id ?? `rejected-${createHash("sha256").update(named).digest("hex").slice(0, 32)}`;
}
