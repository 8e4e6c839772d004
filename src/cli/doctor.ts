import { startInference } from "../analyzers/index.js";
import { type Config, loadConfig } from "../config.js";
import { detectHardware } from "../decoder/index.js";
import { type DoctorCheck, examine, type Finding, findingsTable, isHealthy, machineChecks, storeCheck } from "../doctor.js";
import { runChild } from "../ffmpeg.js";
import { describeAwsAccess, openQueue } from "../ingest/index.js";
import { modelFolders } from "../model-folders.js";
import { detectClipEncoder, verifyTopic, verifyWebhook } from "../notifier/index.js";
import { openStore } from "../open-store.js";

/**
 * Looks at everything that Framewatch needs or can use, and prints what it found and how to mend it.
 * @returns 0, or 4 when something needed is missing
 * @throws FramewatchError `configuration`
 */
export async function doctor({ json }: { readonly json?: true }): Promise<number> {
  const config = loadConfig(process.env);
  const checks = [
    ...machineChecks(config),
    ...hardwareChecks,
    clipCheck(config),
    ...modelChecks(config),
    ...awsChecks(config),
    webhookCheck(config),
    storeCheck(openStore(config.output)),
  ];
  const findings = await examine(checks);
  process.stdout.write(json ? `${JSON.stringify(findings, null, 2)}\n` : `${findingsTable(findings)}\n${conclusion(findings)}\n`);
  return isHealthy(findings) ? 0 : 4;
}

function conclusion(findings: readonly Finding[]): string {
  const missing = findings.filter(({ state }) => state === "missing").map(({ name }) => name);
  return missing.length === 0 ? "All that is needed is there." : `Needed and missing: ${missing.join(", ")}.`;
}

const hardwareChecks: readonly DoctorCheck[] = [
  {
    name: "decoding on a GPU (NVDEC)",
    isNeeded: false,
    remedy:
      "Decoding runs on the CPU. With an NVIDIA card: install its driver and an ffmpeg built with --enable-cuvid, or use the CUDA image.",
    async look(signal) {
      const { decoder, reason } = await detectHardware(signal);
      if (decoder === "cpu") throw new Error(reason);
      return reason;
    },
  },
  {
    name: "encoding on a GPU (NVENC)",
    isNeeded: false,
    remedy: "Clips of incidents are encoded on the CPU. With an NVIDIA card: install its driver and an ffmpeg with NVENC.",
    async look(signal) {
      const encode = ["-v", "error", "-f", "lavfi", "-i", "testsrc2=s=320x240:d=0.2", "-c:v", "h264_nvenc", "-f", "null", "-"];
      const { code, lastLines } = await runChild({ program: "ffmpeg", arguments: encode, signal });
      if (code !== 0) throw new Error(lastLines[0]?.replace(/^\[[^\]]*\] /, "") ?? "ffmpeg gave no reason");
      return "NVENC encoded a test clip.";
    },
  },
];

const clipNames = { h264_nvenc: "NVENC", libx264: "libx264", mpeg4: "MPEG-4 Part 2, which browsers do not play" } as const;

function clipCheck({ workDir }: Config): DoctorCheck {
  return {
    name: "clips of incidents",
    isNeeded: false,
    remedy: "Take an ffmpeg with libx264: without it clips of live incidents do not play in browsers, or there are none.",
    async look(signal) {
      const { codecs } = await detectClipEncoder(workDir, signal);
      const [first] = codecs;
      if (first === undefined) throw new Error("this ffmpeg encodes none of h264_nvenc, libx264 and mpeg4");
      if (first === "mpeg4") throw new Error(clipNames[first]);
      return `written with ${codecs.map((codec) => clipNames[codec]).join(", else ")}`;
    },
  };
}

function modelChecks(config: Config): DoctorCheck[] {
  const load = async () => {
    const inference = await startInference(modelFolders(config));
    await inference.close();
    return inference;
  };
  return [
    {
      name: "models",
      isNeeded: true,
      remedy: "Restore the folder `models` from the release; `framewatch models verify` tells which file is wrong.",
      look: async () => (await load()).models.map(({ manifest: { name, version } }) => `${name} ${version}`).join(", "),
    },
    {
      name: "models on a GPU (CUDA)",
      isNeeded: false,
      remedy:
        "Models run on the CPU. On a GPU host: ONNXRUNTIME_NODE_INSTALL=true node node_modules/onnxruntime-node/script/install.js",
      async look() {
        const { provider, providerReason } = await load();
        if (provider !== "cuda") throw new Error(providerReason);
        return providerReason;
      },
    },
  ];
}

function awsChecks({ queueUrl, topicArn, output }: Config): DoctorCheck[] {
  const isAwsNeeded = queueUrl !== undefined || topicArn !== undefined || output.startsWith("s3://");
  return [
    {
      name: "AWS region and credentials",
      isNeeded: isAwsNeeded,
      remedy:
        "For S3, SQS and SNS: set AWS_REGION, and give credentials by a role, a profile (AWS_PROFILE) or AWS_ACCESS_KEY_ID.",
      look: describeAwsAccess,
    },
    {
      name: "queue of jobs (SQS)",
      isNeeded: queueUrl !== undefined,
      remedy:
        queueUrl === undefined
          ? "Set FRAMEWATCH_QUEUE_URL for `serve` and `enqueue`; `check` and `demo` need none."
          : "Check FRAMEWATCH_QUEUE_URL, AWS_REGION, and that the role may use sqs:ReceiveMessage, DeleteMessage, ChangeMessageVisibility, GetQueueAttributes.",
      look: () => lookAtQueue(queueUrl),
    },
    {
      name: "topic of alerts (SNS)",
      isNeeded: topicArn !== undefined,
      remedy:
        topicArn === undefined
          ? "Set FRAMEWATCH_TOPIC_ARN, or read the alerts of `serve` from its standard output."
          : "Check FRAMEWATCH_TOPIC_ARN, AWS_REGION, and that the role may use sns:Publish and sns:GetTopicAttributes on it.",
      async look() {
        if (topicArn === undefined)
          throw new Error("FRAMEWATCH_TOPIC_ARN is not set: alerts go to the webhook, else to standard output");
        await verifyTopic(topicArn);
        return topicArn;
      },
    },
  ];
}

function webhookCheck({ webhookUrl, webhookSecret }: Config): DoctorCheck {
  return {
    name: "webhook of alerts",
    isNeeded: webhookUrl !== undefined,
    remedy:
      webhookUrl === undefined
        ? "Set FRAMEWATCH_WEBHOOK_URL and FRAMEWATCH_WEBHOOK_SECRET for alerts by signed POST; nothing else needs them."
        : "Check FRAMEWATCH_WEBHOOK_URL and FRAMEWATCH_WEBHOOK_SECRET, and that this machine reaches the receiver.",
    async look() {
      if (webhookUrl === undefined) throw new Error("FRAMEWATCH_WEBHOOK_URL is not set");
      if (webhookSecret === undefined) throw new Error("FRAMEWATCH_WEBHOOK_SECRET is not set: nothing could be signed");
      return verifyWebhook(webhookUrl);
    },
  };
}

async function lookAtQueue(queueUrl: string | undefined): Promise<string> {
  if (queueUrl === undefined) throw new Error("FRAMEWATCH_QUEUE_URL is not set: there is no queue to take jobs from");
  const queue = openQueue(queueUrl);
  try {
    await queue.verify();
    const deadLetters = await queue.deadLetterQueue();
    return deadLetters === undefined ? `${queueUrl}, without a dead-letter queue: rejected messages are only alerted` : queueUrl;
  } finally {
    queue.close();
  }
}
