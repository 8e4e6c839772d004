import { readFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { parse as parseYaml } from "yaml";
import { z } from "zod";
import { FramewatchError } from "./errors.js";
import { logLevels, redact } from "./log.js";
import { folder, hostPattern, httpUrl, isHostInRange, isPlace, place, wholeNumber } from "./setting-values.js";
import { suggestion } from "./suggestion.js";

interface Setting {
  /** The environment variable. */
  readonly environment: string;
  readonly meaning: string;
  /** What values are right, in words: stands in the message that refuses a wrong one. */
  readonly allowed: string;
  /** The default in words; absent settings without one are simply off. */
  readonly default: string;
  readonly example: string;
  /** Its value is never shown. */
  readonly secret?: true;
  /** Splits the variable's text into a list; a YAML file holds a list. */
  readonly separator?: "," | ":";
  readonly schema: z.ZodType;
}

/** Every setting, declared once: the loader, `docs/configuration.md` and the doctor's advice follow from this. */
export const settings = {
  queueUrl: {
    environment: "FRAMEWATCH_QUEUE_URL",
    meaning: "SQS queue of jobs; `serve` and `enqueue` need it",
    allowed: "the https:// URL of an SQS queue",
    default: "none",
    example: "https://sqs.eu-west-1.amazonaws.com/123456789012/framewatch",
    schema: httpUrl.optional(),
  },
  liveQueueUrl: {
    environment: "FRAMEWATCH_LIVE_QUEUE_URL",
    meaning: "A second queue, for live jobs and cancellations: polled on its own, so that it waits for no file",
    allowed: "the https:// URL of an SQS queue",
    default: "none",
    example: "https://sqs.eu-west-1.amazonaws.com/123456789012/framewatch-live",
    schema: httpUrl.optional(),
  },
  topicArn: {
    environment: "FRAMEWATCH_TOPIC_ARN",
    meaning: "SNS topic of alerts; without topic and webhook alerts go to standard output as NDJSON",
    allowed: "the ARN of an SNS topic, arn:aws:sns:REGION:ACCOUNT:NAME",
    default: "none",
    example: "arn:aws:sns:eu-west-1:123456789012:framewatch-alerts",
    schema: z
      .string()
      .regex(/^arn:aws[\w-]*:sns:[\w-]*:\d*:[\w.-]+$/)
      .optional(),
  },
  webhookUrl: {
    environment: "FRAMEWATCH_WEBHOOK_URL",
    meaning: "Receiver of alerts, each a signed POST, beside the topic where both are set; needs FRAMEWATCH_WEBHOOK_SECRET",
    allowed: "an https:// or http:// URL without user name and password",
    default: "none",
    example: "https://alerts.example.com/framewatch",
    secret: true,
    schema: z
      .url({ protocol: /^https?$/ })
      .refine((url) => !URL.canParse(url) || new URL(url).username + new URL(url).password === "")
      .optional(),
  },
  webhookSecret: {
    environment: "FRAMEWATCH_WEBHOOK_SECRET",
    meaning: "Signs what is posted to the webhook; make one by `echo whsec_$(openssl rand -base64 32)`",
    allowed: "whsec_ and 24 to 64 bytes in base64",
    default: "none",
    example: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    secret: true,
    schema: z
      .string()
      .regex(/^whsec_[A-Za-z0-9+/]+={0,2}$/)
      .refine((text) => {
        const { length } = Buffer.from(text.slice("whsec_".length), "base64");
        return length >= 24 && length <= 64;
      })
      .optional(),
  },
  output: {
    environment: "FRAMEWATCH_OUTPUT",
    meaning: "Where reports and evidence go when the job names no output; report.json lies at `<output>/<job id>/report.json`",
    allowed: "s3://BUCKET/PREFIX/ or a folder",
    default: "./framewatch-reports",
    example: "s3://my-reports/framewatch/",
    schema: place.default("./framewatch-reports"),
  },
  allowOutputs: {
    environment: "FRAMEWATCH_ALLOW_OUTPUTS",
    meaning: "Further prefixes that a job may name as its `output`",
    allowed: "a list, separated by commas, of s3://BUCKET/PREFIX/ or folders",
    default: "none",
    example: "s3://team-a/qc/,s3://team-b/qc/",
    separator: ",",
    schema: z.array(place).default([]),
  },
  httpHost: {
    environment: "FRAMEWATCH_HTTP_HOST",
    meaning: "Address on which `/metrics`, `/healthz`, `/readyz` and `/api/` are served; they name streams and sources",
    allowed: "an address or name of this machine; 0.0.0.0 for every network it is on",
    default: "127.0.0.1",
    example: "0.0.0.0",
    schema: z
      .string()
      .regex(/^[\w.:-]+$/)
      .default("127.0.0.1"),
  },
  httpPort: {
    environment: "FRAMEWATCH_HTTP_PORT",
    meaning: "Port of the same",
    allowed: "a whole number from 0 to 65535; 0 takes a free port",
    default: "9464",
    example: "9464",
    schema: wholeNumber(0, 65_535).default(9464),
  },
  httpToken: {
    environment: "FRAMEWATCH_HTTP_TOKEN",
    meaning:
      "Whoever sends it as bearer token may acknowledge incidents and set maintenance by `/api/`; without it nobody may. Make one by `openssl rand -hex 32`",
    allowed: "16 to 256 letters, digits and -._~+/=",
    default: "none",
    example: "4be1c0a77f0d6e9c52b8a3d41f7e6c90",
    secret: true,
    schema: z
      .string()
      .regex(/^[A-Za-z0-9._~+/=-]{16,256}$/)
      .optional(),
  },
  concurrency: {
    environment: "FRAMEWATCH_CONCURRENCY",
    meaning: "Jobs at once in this process; one job alone already uses every core",
    allowed: "a whole number from 1 to 1000",
    default: "half of the cores, at least 1",
    example: "4",
    schema: wholeNumber(1, 1000).default(() => Math.max(1, Math.floor(availableParallelism() / 2))),
  },
  liveStreams: {
    environment: "FRAMEWATCH_LIVE_STREAMS",
    meaning: "Live streams at once in this process, beside the jobs of FRAMEWATCH_CONCURRENCY; further ones wait in the queue",
    allowed: "a whole number from 1 to 1000",
    default: "one per core",
    example: "8",
    schema: wholeNumber(1, 1000).default(() => availableParallelism()),
  },
  allowLocal: {
    environment: "FRAMEWATCH_ALLOW_LOCAL",
    meaning: "Folders from which jobs of the queue may read",
    allowed: "a list, separated by colons, of folders",
    default: "none",
    example: "/media/incoming:/media/archive",
    separator: ":",
    schema: z.array(folder).default([]),
  },
  allowHosts: {
    environment: "FRAMEWATCH_ALLOW_HOSTS",
    meaning: "Private hosts that jobs may read from; the S3 endpoint of the AWS settings is always allowed",
    allowed: "a list, separated by commas, of hosts, host:port or CIDR networks",
    default: "none",
    example: "origin.internal:8080,10.20.0.0/16",
    separator: ",",
    schema: z.array(z.string().regex(hostPattern).refine(isHostInRange)).default([]),
  },
  allowListen: {
    environment: "FRAMEWATCH_ALLOW_LISTEN",
    meaning: "Addresses of this machine on which jobs may wait for senders (UDP that is not multicast, SRT as listener)",
    allowed: "a list, separated by commas, of address:port",
    default: "none",
    example: "0.0.0.0:5000,10.20.0.7:9000",
    separator: ",",
    schema: z.array(z.string().refine(isPlace)).default([]),
  },
  models: {
    environment: "FRAMEWATCH_MODELS",
    meaning: "A further folder of models (`NAME.onnx` with `NAME.json`)",
    allowed: "a folder",
    default: "none",
    example: "/opt/framewatch/models",
    schema: folder.optional(),
  },
  workDir: {
    environment: "FRAMEWATCH_WORK_DIR",
    meaning: "Scratch space; may vanish at any time without loss",
    allowed: "a folder",
    default: "the system's temporary folder",
    example: "/var/tmp",
    schema: folder.default(() => tmpdir()),
  },
  logLevel: {
    environment: "FRAMEWATCH_LOG_LEVEL",
    meaning: "How much is logged, as JSON lines on standard error",
    allowed: logLevels.join(", "),
    default: "info",
    example: "debug",
    schema: z.enum(logLevels).default("info"),
  },
  redisUrl: {
    environment: "REDIS_URL",
    meaning: "The fleet's Redis; without it segments run in this process",
    allowed: "redis://… or rediss://…",
    default: "none",
    example: "rediss://cache.internal:6379",
    schema: z
      .string()
      .regex(/^rediss?:\/\/\S+$/)
      .optional(),
  },
} as const satisfies Record<string, Setting>;

/** The variable that names the YAML file; it cannot stand in that file. */
export const configFileVariable = "FRAMEWATCH_CONFIG";

/** Variables of our prefix that are no setting: the test suite reads real clips from the folder it names. */
const otherVariables = ["FRAMEWATCH_CORPUS"];

type Settings = typeof settings;
type SettingKey = keyof Settings;

/** All settings, checked. What is off is undefined. AWS credentials, region and endpoints are the AWS SDK's own business. */
export type Config = { readonly [Key in SettingKey]: z.output<Settings[Key]["schema"]> } & {
  /** What the operator should hear of although it stops nothing: variables of our prefix that mean nothing. */
  readonly warnings: readonly string[];
};

function readFile(path: string): Readonly<Record<string, unknown>> {
  let content: unknown;
  try {
    content = parseYaml(readFileSync(path, "utf8"));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.split("\n")[0] : String(cause);
    throw new FramewatchError("configuration", `The configuration file ${path} cannot be read: ${reason}`, { cause });
  }
  const values = z.record(z.string(), z.unknown()).safeParse(content ?? {});
  if (!values.success) {
    throw new FramewatchError(
      "configuration",
      `The configuration file ${path} must hold settings, one \`name: value\` per line.`,
    );
  }
  const known = Object.keys(settings);
  for (const key of Object.keys(values.data)) {
    if (!known.includes(key)) {
      throw new FramewatchError("configuration", `${path}: there is no setting "${key}".${suggestion(key, known)}`);
    }
  }
  return values.data;
}

function unknownVariables(environment: NodeJS.ProcessEnv): string[] {
  const known = [...Object.values(settings).map((setting) => setting.environment), configFileVariable, ...otherVariables];
  return Object.keys(environment)
    .filter((name) => name.startsWith("FRAMEWATCH_") && !known.includes(name))
    .map((name) => `${name} is no setting and means nothing.${suggestion(name, known)}`);
}

/** What the environment holds for a setting: its text or list; an empty variable counts as absent. */
function fromEnvironment(setting: Setting, environment: NodeJS.ProcessEnv): unknown {
  const text = environment[setting.environment]?.trim();
  if (text === undefined || text === "") return undefined;
  if (setting.separator === undefined) return text;
  return text
    .split(setting.separator)
    .map((part) => part.trim())
    .filter((part) => part !== "");
}

/**
 * Reads the settings: environment first, the YAML file second, defaults last.
 * @param options.file the YAML file; by default the one that FRAMEWATCH_CONFIG names, if any
 * @throws FramewatchError `configuration`, naming the setting, what it held and what is allowed
 */
export function loadConfig(environment: NodeJS.ProcessEnv, options: { readonly file?: string } = {}): Config {
  const path = options.file ?? environment[configFileVariable];
  const file = path === undefined || path === "" ? {} : readFile(path);
  const config: Record<string, unknown> = { warnings: unknownVariables(environment) };
  for (const [key, setting] of Object.entries<Setting>(settings)) {
    const given = fromEnvironment(setting, environment);
    const held = given ?? file[key] ?? undefined;
    const result = setting.schema.safeParse(held);
    if (!result.success) {
      const name = given === undefined ? `${key} in ${path}` : setting.environment;
      const inFile = given === undefined && setting.separator !== undefined ? " In the file it is a YAML list: [a, b]." : "";
      throw new FramewatchError(
        "configuration",
        `${name} is ${setting.secret ? "wrong (what it holds is not shown)" : redact(JSON.stringify(held))}; allowed is ${setting.allowed}.${inFile}`,
      );
    }
    config[key] = result.data;
  }
  // Every key of `settings` was just parsed by the schema that its type is taken from.
  return Object.freeze(config) as Config;
}
