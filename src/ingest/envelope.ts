import { createHash } from "node:crypto";
import { S3EventNotificationEventBridgeSchema, S3Schema } from "@aws-lambda-powertools/parser/schemas/s3";
import { SnsSqsNotificationSchema } from "@aws-lambda-powertools/parser/schemas/sns";
import { z } from "zod";
import { type ErrorCode, FramewatchError } from "../errors.js";
import { type JobRequest, parseCancel, parseJob, readableId } from "./job.js";
import { isUnderPrefix } from "./output-prefix.js";

/** What a queue message turned out to be. */
export type ParsedMessage =
  | { readonly kind: "jobs"; readonly jobs: readonly JobRequest[] }
  /** Ends the job of this id. */
  | { readonly kind: "cancel"; readonly id: string }
  /** Nothing to do, nothing wrong: a test event, an object removed, an object that we wrote. */
  | { readonly kind: "ignored"; readonly reason: string }
  | Rejection;

/** A message that can never be a job. */
export interface Rejection {
  readonly kind: "rejected";
  /** The id that the message names, else `rejected-` and a hash of its body. */
  readonly jobId: string;
  /** The source that the message names, as it stands there: it may hold credentials. */
  readonly source?: string;
  readonly code: ErrorCode;
  /** One line; names fields, never values. */
  readonly reason: string;
}

/** SQS takes no more, so nothing larger was meant as a job. */
const largestBodyBytes = 1_048_576;
/** Deeper than any policy, shallow enough for whatever walks it recursively afterwards. */
const deepestNesting = 32;

// Only what is used is asked for: S3's records differ by event version, region and address family (an IPv6
// `sourceIPAddress` or a null `versionId` fails the whole schema), and those of other stores leave out more.
const record = S3Schema.shape.Records.element;
const s3Record = z.object({
  eventSource: record.shape.eventSource,
  eventName: record.shape.eventName,
  s3: z.object({
    bucket: record.shape.s3.shape.bucket.pick({ name: true }),
    object: record.shape.s3.shape.object.pick({ key: true }),
  }),
});
const s3Event = z.object({ Records: z.array(s3Record).min(1) });

const bridgeDetail = S3EventNotificationEventBridgeSchema.shape.detail;
const bridgeEvent = z.object({
  source: z.literal("aws.s3"),
  "detail-type": z.string(),
  detail: z.object({ bucket: bridgeDetail.shape.bucket, object: bridgeDetail.shape.object.pick({ key: true }) }),
});

const snsEnvelope = SnsSqsNotificationSchema.pick({ Type: true, TopicArn: true, Message: true });

/**
 * Reads the body of a queue message: our own job message, or an S3 event notification as S3 sends it, each of them
 * alone or in the envelope of SNS, events also by EventBridge. Never throws, whatever the body.
 *
 * @param outputs prefixes that we write to (`s3://bucket/prefix/`); events of objects under them are ignored, or our
 *   own reports and evidence would start jobs
 */
export function parseMessage(body: string, outputs: readonly string[] = []): ParsedMessage {
  let message: unknown;
  try {
    message = decode(body);
    const envelope = snsEnvelope.safeParse(message);
    if (envelope.success) message = decode(envelope.data.Message);
    return parseContent(message, outputs);
  } catch (error) {
    if (!(error instanceof FramewatchError)) throw error;
    return {
      kind: "rejected",
      jobId: readableId(message) ?? `rejected-${createHash("sha256").update(body).digest("hex").slice(0, 32)}`,
      ...(isObject(message) && typeof message["source"] === "string" && { source: message["source"] }),
      code: error.code,
      reason: error.message,
    };
  }
}

function parseContent(message: unknown, outputs: readonly string[]): ParsedMessage {
  if (!isObject(message)) throw new FramewatchError("job-invalid", "the body is no JSON object");
  if (message["Event"] === "s3:TestEvent") return { kind: "ignored", reason: "S3 test event" };
  if (Object.hasOwn(message, "Records")) return jobsOf(objectsOfS3(message), outputs);
  if (message["source"] === "aws.s3") return jobsOf(objectsOfBridge(message), outputs);
  if (Object.hasOwn(message, "action")) return { kind: "cancel", id: parseCancel(message) };
  return { kind: "jobs", jobs: [parseJob(message)] };
}

/** `s3://bucket/key` of each object that was created. */
function objectsOfS3(message: object): string[] {
  const { Records: records } = read(s3Event, message, "S3 event");
  return (
    records
      // S3 writes the name without `s3:`, its look-alikes as in the notification's configuration.
      .filter(({ eventName }) => /^(s3:)?ObjectCreated:/.test(eventName))
      .map(({ s3 }) => `s3://${s3.bucket.name}/${decodeKey(s3.object.key)}`)
  );
}

/** EventBridge gives keys as they are; only the other way of notification encodes them. */
function objectsOfBridge(message: object): string[] {
  const { "detail-type": type, detail } = read(bridgeEvent, message, "EventBridge event");
  return type === "Object Created" ? [`s3://${detail.bucket.name}/${detail.object.key}`] : [];
}

function jobsOf(sources: readonly string[], outputs: readonly string[]): ParsedMessage {
  if (sources.length === 0) return { kind: "ignored", reason: "no object was created" };
  const wanted = [...new Set(sources)].filter((source) => !outputs.some((prefix) => isUnderPrefix(source, prefix)));
  if (wanted.length === 0) return { kind: "ignored", reason: "the objects lie under an output" };
  return { kind: "jobs", jobs: wanted.map((source) => parseJob({ source })) };
}

/** S3 encodes keys of notifications as a form does: a space is `+`, other bytes are `%XX` of UTF-8. */
function decodeKey(key: string): string {
  try {
    return decodeURIComponent(key.replaceAll("+", " "));
  } catch (cause) {
    throw new FramewatchError("job-invalid", "an object key of the event is not URL-encoded UTF-8", { cause });
  }
}

function read<T extends z.ZodType>(schema: T, message: object, name: string): z.output<T> {
  const parsed = schema.safeParse(message);
  if (parsed.success) return parsed.data;
  const place = parsed.error.issues[0]?.path.map(String).join(".") ?? "";
  throw new FramewatchError("job-invalid", `${name} with a wrong ${place}`, { cause: parsed.error });
}

/** JSON that is safe to hand on: not too large, not too deep, and no key that could reach a prototype. */
function decode(body: string): unknown {
  if (Buffer.byteLength(body) > largestBodyBytes) throw new FramewatchError("job-invalid", "the body is larger than 1 MiB");
  let message: unknown;
  try {
    message = JSON.parse(body);
  } catch (cause) {
    throw new FramewatchError("job-invalid", "the body is no JSON", { cause });
  }
  // Level by level instead of recursively: a body of half a million brackets must not end the stack.
  let level: unknown[] = [message];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > deepestNesting)
      throw new FramewatchError("job-invalid", `the body is nested deeper than ${deepestNesting} levels`);
    level = level.filter(isObject).flatMap((value) => {
      if (Object.hasOwn(value, "__proto__")) throw new FramewatchError("job-invalid", 'unknown field "__proto__"');
      return Object.values(value);
    });
  }
  return message;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
