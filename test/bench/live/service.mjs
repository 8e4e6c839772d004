import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";
import { DeleteMessageCommand, ReceiveMessageCommand, SendMessageBatchCommand, SQSClient } from "@aws-sdk/client-sqs";
import { startFauxqs } from "fauxqs";
import { startRoomyS3 } from "./roomy-s3.mjs";
import { listenAddresses } from "./senders.mjs";

/** The service and all its children run here; senders, the emulator of AWS and the bench on the other cores. */
export const serviceCores = "0,1";

/** Starts the service on its cores, with an emulator of AWS beside it. */
export async function startService(framewatch, { environment = {}, nodeOptions = [] } = {}) {
  const aws = await startFauxqs({ port: 0, logger: false });
  const endpoint = `http://127.0.0.1:${aws.port}`;
  const s3 = await startRoomyS3(aws.port);
  const settings = {
    AWS_ENDPOINT_URL: endpoint,
    AWS_ENDPOINT_URL_S3: s3.url,
    AWS_REGION: "us-east-1",
    AWS_ACCESS_KEY_ID: "test",
    AWS_SECRET_ACCESS_KEY: "test",
    AWS_EC2_METADATA_DISABLED: "true",
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true",
  };
  const credentials = { accessKeyId: "test", secretAccessKey: "test" };
  const sqs = new SQSClient({ endpoint, region: "us-east-1", credentials });
  const [live, files, inbox] = ["live", "files", "alerts"].map((name) => aws.createQueue(name).queueUrl);
  const { topicArn } = aws.createTopic("alerts");
  aws.subscribe({ topic: "alerts", queue: "alerts", attributes: { RawMessageDelivery: "true" } });
  const { bucketName } = aws.createBucket("media");
  const workDir = await mkdtemp(path.join(os.tmpdir(), "bench-live-"));

  const child = spawn("taskset", ["-c", serviceCores, process.execPath, ...nodeOptions, framewatch, "serve"], {
    stdio: ["ignore", "ignore", "pipe"],
    env: {
      PATH: process.env.PATH,
      ...(process.env.LD_PRELOAD === undefined ? {} : { LD_PRELOAD: process.env.LD_PRELOAD }),
      HOME: workDir,
      TMPDIR: workDir,
      ...settings,
      FRAMEWATCH_QUEUE_URL: files,
      FRAMEWATCH_LIVE_QUEUE_URL: live,
      FRAMEWATCH_TOPIC_ARN: topicArn,
      FRAMEWATCH_OUTPUT: `s3://${bucketName}/reports/`,
      FRAMEWATCH_WORK_DIR: workDir,
      FRAMEWATCH_HTTP_PORT: "0",
      FRAMEWATCH_CONCURRENCY: "1",
      FRAMEWATCH_LIVE_STREAMS: "64",
      FRAMEWATCH_ALLOW_LOCAL: path.join(os.tmpdir(), "framewatch-bench-media"),
      FRAMEWATCH_ALLOW_HOSTS: "127.0.0.1",
      FRAMEWATCH_ALLOW_LISTEN: listenAddresses,
      ...environment,
    },
  });
  const exit = once(child, "exit");
  /** What was warned of, and how often. */
  const complaints = new Map();
  const examples = [];
  const url = await new Promise((resolve, reject) => {
    createInterface({ input: child.stderr }).on("line", (line) => {
      const entry = line.startsWith("{") ? JSON.parse(line) : { level: "error", msg: line };
      if (entry.msg === "ready for jobs") resolve(entry.url);
      if (entry.level !== "warn" && entry.level !== "error") return;
      complaints.set(entry.msg, (complaints.get(entry.msg) ?? 0) + 1);
      if (examples.length < 50) examples.push(line.slice(0, 600));
    });
    void exit.then(([code]) => reject(new Error(`the service ended with ${code}: ${examples.join("\n")}`)));
  });

  const alerts = [];
  async function readAlerts() {
    for (;;) {
      const { Messages: messages = [] } = await sqs.send(
        new ReceiveMessageCommand({ QueueUrl: inbox, MaxNumberOfMessages: 10, MessageSystemAttributeNames: ["SentTimestamp"] }),
      );
      if (messages.length === 0) return alerts;
      for (const { Body, Attributes, ReceiptHandle } of messages) {
        alerts.push({ acceptedAt: Number(Attributes.SentTimestamp), alert: JSON.parse(Body) });
        await sqs.send(new DeleteMessageCommand({ QueueUrl: inbox, ReceiptHandle }));
      }
    }
  }

  async function send(queueUrl, bodies) {
    for (let from = 0; from < bodies.length; from += 10) {
      const entries = bodies
        .slice(from, from + 10)
        .map((body, index) => ({ Id: `m${index}`, MessageBody: JSON.stringify(body) }));
      await sqs.send(new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries: entries }));
    }
  }

  return {
    pid: child.pid,
    complaints,
    examples,
    alerts,
    readAlerts,
    watch: (sender, profile) =>
      send(live, [{ version: 1, id: sender.name, mode: "live", source: sender.source, stream: sender.name, profile }]),
    /** Jobs of one local file, each under an id of its own, in the ordinary queue. */
    enqueueFiles: (file, count) =>
      send(
        files,
        Array.from({ length: count }, (_, index) => ({ version: 1, id: `film-${index}`, source: pathToFileURL(file).href })),
      ),
    filesWaiting: () => aws.inspectQueue("files").messages.ready.length,
    async metrics() {
      const text = await (await fetch(`${url}/metrics`)).text();
      const samples = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
      return new Map(
        samples.map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.slice(line.lastIndexOf(" ") + 1))]),
      );
    },
    /** How far each stream is behind its arrival, in seconds, where the service serves that. */
    async lags() {
      const answer = await fetch(`${url}/api/streams`);
      if (!answer.ok) return undefined;
      const { streams } = await answer.json();
      return streams.map(({ lagSeconds }) => lagSeconds);
    },
    async health() {
      return (await fetch(`${url}/healthz`)).json();
    },
    async stop() {
      child.kill("SIGTERM");
      await exit;
      sqs.destroy();
      s3.stop();
      await aws.stop();
      await rm(workDir, { recursive: true, force: true });
    },
  };
}
