import { startInference } from "../analyzers/index.js";
import { type Config, loadConfig } from "../config.js";
import { detectHardware } from "../decoder/index.js";
import { type DoctorCheck, examine, findingsTable, isHealthy, machineChecks, storeCheck } from "../doctor.js";
import { runChild } from "../ffmpeg.js";
import { openQueue } from "../ingest/index.js";
import { modelFolders } from "../model-folders.js";
import { verifyTopic } from "../notifier/index.js";
import { openStore } from "../open-store.js";

/**
 * Looks at everything that Framewatch needs or can use, and prints what it found and how to mend it.
 * @returns 0, or 4 when something needed is missing
 * @throws FramewatchError `configuration`
 */
export async function doctor({ json }: { readonly json?: true }): Promise<number> {
  const config = loadConfig(process.env);
  const checks = [...machineChecks(config), ...hardwareChecks, ...modelChecks(config), ...awsChecks(config), storeCheck(openStore(config.output))];
  const findings = await examine(checks);
  process.stdout.write(json ? `${JSON.stringify(findings, null, 2)}\n` : findingsTable(findings));
  return isHealthy(findings) ? 0 : 4;
}

const hardwareChecks: readonly DoctorCheck[] = [
  {
    name: "decoding on a GPU (NVDEC)",
    isNeeded: false,
    remedy: "Decoding runs on the CPU. With an NVIDIA card: install its driver and an ffmpeg built with --enable-cuvid, or use the CUDA image.",
    async look(signal) {
      const { decoder, reason } = await detectHardware(signal);
      if (decoder === "cpu") throw new Error(reason);
      return reason;
    },
  },
  {
    name: "encoding on a GPU (NVENC)",
    isNeeded: false,
    remedy: "Nothing needs it yet.",
    async look(signal) {
      const encode = ["-v", "error", "-f", "lavfi", "-i", "testsrc2=s=320x240:d=0.2", "-c:v", "h264_nvenc", "-f", "null", "-"];
      const { code, lastLines } = await runChild({ program: "ffmpeg", arguments: encode, signal });
      if (code !== 0) throw new Error(lastLines[0] ?? "ffmpeg gave no reason");
      return "NVENC encoded a test clip.";
    },
  },
];

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
      remedy: "Models run on the CPU. On a GPU host: ONNXRUNTIME_NODE_INSTALL=true node node_modules/onnxruntime-node/script/install.js",
      async look() {
        const { provider, providerReason } = await load();
        if (provider !== "cuda") throw new Error(providerReason);
        return providerReason;
      },
    },
  ];
}

function awsChecks({ queueUrl, topicArn }: Config): DoctorCheck[] {
  const checks: DoctorCheck[] = [];
  if (queueUrl !== undefined) {
    checks.push({
      name: "queue of jobs (SQS)",
      isNeeded: true,
      remedy: "Check FRAMEWATCH_QUEUE_URL, AWS_REGION, and that the role may use sqs:ReceiveMessage, DeleteMessage, ChangeMessageVisibility, GetQueueAttributes.",
      async look() {
        const queue = openQueue(queueUrl);
        try {
          await queue.verify();
          const deadLetters = await queue.deadLetterQueue();
          return deadLetters === undefined ? `${queueUrl}, without a dead-letter queue: rejected messages are only alerted` : queueUrl;
        } finally {
          queue.close();
        }
      },
    });
  }
  if (topicArn !== undefined) {
    checks.push({
      name: "topic of alerts (SNS)",
      isNeeded: true,
      remedy: "Check FRAMEWATCH_TOPIC_ARN, AWS_REGION, and that the role may use sns:Publish and sns:GetTopicAttributes on it.",
      look: async () => {
        await verifyTopic(topicArn);
        return topicArn;
      },
    });
  }
  return checks;
}
