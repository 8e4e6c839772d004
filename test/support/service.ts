import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { GetObjectCommand, ListObjectsV2Command, NoSuchKey, PutObjectCommand } from "@aws-sdk/client-s3";
import { type Alert, alertSchema } from "../../src/notifier/alert.js";
import { type Report, reportSchema } from "../../src/notifier/report/schema.js";
import { openAws, type TestAws, type TestMessage, type TestQueue } from "./aws.js";
import { type Gate, openGate } from "./gate.js";

const program = fileURLToPath(new URL("../../bin/framewatch.js", import.meta.url));

/** How long anything that must come may take on a slow, busy machine; nothing waits so long when it works. */
export const patienceMilliseconds = 100_000;

/** A `framewatch serve` of its own process. */
export interface RunningService {
  readonly pid: number;
  readonly url: string;
  /** Its log lines so far. */
  readonly log: readonly LogLine[];
  /** Samples of `/metrics`: names with their labels, as Prometheus reads them. */
  metrics(): Promise<Map<string, number>>;
  signal(signal: NodeJS.Signals): void;
  readonly exit: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
}

export type LogLine = Readonly<Record<string, unknown>> & { readonly msg?: string };

export interface ReceivedAlert {
  readonly alert: Alert;
  readonly attributes: Readonly<Record<string, string | undefined>>;
}

/** Queue, topic and bucket in an emulator, and services that work on them. */
export interface World {
  readonly aws: TestAws;
  readonly queue: TestQueue;
  readonly bucket: string;
  /** `s3://<bucket>/reports/`, the services' output. */
  readonly output: string;
  /** Through it the services reach S3. */
  readonly s3Gate: Gate;
  /** Through it the services reach SNS. */
  readonly snsGate: Gate;
  /** Scratch space of this world's services. */
  readonly workDir: string;
  start(environment?: Readonly<Record<string, string>>): Promise<RunningService>;
  /** Uploads a file and gives its `s3://` name. */
  upload(key: string, file: string | Buffer): Promise<string>;
  send(message: object | string): Promise<void>;
  /** Every alert that has come so far, in order. */
  alerts(): Promise<readonly ReceivedAlert[]>;
  /** Waits for an alert of the job; `count`: for so many of them. */
  waitForAlert(jobId: string, type: string, count?: number): Promise<Alert>;
  /** The report of a job, in the services' output; undefined where there is none. */
  report(jobId: string): Promise<Report | undefined>;
  /** Keys under the job's folder in the output. */
  keys(jobId: string): Promise<string[]>;
  /** Keys of the job's finished segments, which lie there until it is done. */
  finishedSegments(jobId: string): Promise<string[]>;
  /** Waits until no message is left, visible or in flight. */
  queueIsEmpty(): Promise<void>;
  /** Bodies and attributes of the messages in the dead-letter queue; they are removed. */
  deadLetters(): Promise<TestMessage[]>;
  close(): Promise<void>;
}

/** Polls until there is a value. */
export async function eventually<T>(
  what: string,
  look: () => Promise<T | undefined> | T | undefined,
  milliseconds = patienceMilliseconds,
): Promise<T> {
  const deadline = Date.now() + milliseconds;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > deadline) throw new Error(`It did not happen: ${what}.`);
    await pause(100);
  }
}

export async function openWorld(): Promise<World> {
  const aws = await openAws();
  const queue = aws.queue();
  const topic = aws.topic({ raw: true });
  const bucket = aws.bucket();
  const output = `s3://${bucket}/reports/`;
  const [s3Gate, snsGate] = await Promise.all([openGate(aws.server.port), openGate(aws.server.port)]);
  const workDir = await mkdtemp(path.join(tmpdir(), "work-"));
  const services: RunningService[] = [];
  const inbox: ReceivedAlert[] = [];

  async function alerts(): Promise<readonly ReceivedAlert[]> {
    for (const { body, attributes } of await aws.drain(topic.subscriptionUrl)) {
      inbox.push({ alert: alertSchema.parse(JSON.parse(body)), attributes });
    }
    return inbox;
  }

  async function read(key: string): Promise<string | undefined> {
    try {
      const { Body } = await aws.s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
      return await Body?.transformToString();
    } catch (error) {
      if (error instanceof NoSuchKey) return undefined;
      throw error;
    }
  }

  async function keys(jobId: string): Promise<string[]> {
    const prefix = `reports/${jobId}/`;
    const { Contents = [] } = await aws.s3.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix }));
    return Contents.map(({ Key = "" }) => Key.slice(prefix.length));
  }

  return {
    aws,
    queue,
    bucket,
    output,
    s3Gate,
    snsGate,
    workDir,

    async start(environment = {}) {
      const service = await startService({
        PATH: process.env["PATH"] ?? "",
        HOME: workDir,
        TMPDIR: workDir,
        ...aws.environment,
        AWS_ENDPOINT_URL_S3: s3Gate.endpoint,
        AWS_ENDPOINT_URL_SNS: snsGate.endpoint,
        FRAMEWATCH_QUEUE_URL: queue.url,
        FRAMEWATCH_TOPIC_ARN: topic.arn,
        FRAMEWATCH_OUTPUT: output,
        FRAMEWATCH_WORK_DIR: workDir,
        FRAMEWATCH_HTTP_PORT: "0",
        FRAMEWATCH_CONCURRENCY: "2",
        ...environment,
      });
      services.push(service);
      return service;
    },

    async upload(key, file) {
      const body = typeof file === "string" ? await readFile(file) : file;
      await aws.s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body }));
      return `s3://${bucket}/${key}`;
    },

    send: (message) => aws.send(queue.url, typeof message === "string" ? message : JSON.stringify(message)),
    alerts,

    waitForAlert(jobId, type, count = 1) {
      return eventually(`${count} × ${type} of job ${jobId}`, async () => {
        const found = (await alerts()).filter(({ alert }) => alert.data.jobId === jobId && alert.type === type);
        return found[count - 1]?.alert;
      });
    },

    async report(jobId) {
      const text = await read(`reports/${jobId}/report.json`);
      return text === undefined ? undefined : reportSchema.parse(JSON.parse(text));
    },

    keys,

    async finishedSegments(jobId) {
      return (await keys(jobId)).filter((key) => key.startsWith(".state/run-") && key.endsWith(".signals"));
    },

    async queueIsEmpty() {
      await eventually("the queue is empty", () => {
        const { visible, inFlight } = aws.count(queue.url);
        return visible + inFlight === 0 || undefined;
      });
    },

    deadLetters: () => aws.drain(queue.deadLetterUrl),

    async close() {
      for (const service of services) service.signal("SIGKILL");
      await Promise.all(services.map(({ exit }) => exit));
      await Promise.all([s3Gate.close(), snsGate.close()]);
      await aws.close();
      await rm(workDir, { recursive: true, force: true });
    },
  };
}

/** Starts `framewatch serve` and waits until it takes jobs. */
async function startService(environment: Readonly<Record<string, string>>): Promise<RunningService> {
  const child = spawn(process.execPath, [program, "serve"], { env: environment, stdio: ["ignore", "ignore", "pipe"] });
  const exit = once(child, "exit").then(([code, signal]) => ({ code, signal }));
  const log: LogLine[] = [];
  const lines = createInterface({ input: child.stderr });
  const url = await new Promise<string>((resolve, reject) => {
    lines.on("line", (line) => {
      const entry: LogLine = line.startsWith("{") ? JSON.parse(line) : { msg: line };
      log.push(entry);
      if (entry.msg === "ready for jobs") resolve(String(entry["url"]));
    });
    void exit.then(({ code }) =>
      reject(new Error(`The service ended with ${code}:\n${log.map((entry) => JSON.stringify(entry)).join("\n")}`)),
    );
  });
  return {
    pid: child.pid ?? 0,
    url,
    log,
    async metrics() {
      const text = await (await fetch(`${url}/metrics`)).text();
      const samples = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
      return new Map(
        samples.map((line): [string, number] => [
          line.slice(0, line.lastIndexOf(" ")),
          Number(line.slice(line.lastIndexOf(" ") + 1)),
        ]),
      );
    },
    signal: (signal) => void child.kill(signal),
    exit,
  };
}

/** The children of all threads of a process. */
export function childrenOf(pid: number): number[] {
  return readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
    readFileSync(`/proc/${pid}/task/${thread}/children`, "utf8")
      .split(" ")
      .filter((text) => text.trim() !== "")
      .map(Number),
  );
}

/** Whether a process runs; one that is only left to be reaped does not. */
export function isRunning(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return !/^[ZX]/.test(stat.slice(stat.lastIndexOf(")") + 2));
  } catch (error) {
    if (error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ESRCH")) return false;
    throw error;
  }
}
