import { createHash } from "node:crypto";
import { z } from "zod";
import { displaySource } from "../display-source.js";
import { FramewatchError } from "../errors.js";

export const profiles = ["full", "fast", "keyframes"] as const;
export type Profile = (typeof profiles)[number];

export const priorities = ["live", "high", "normal", "low"] as const;
export type Priority = (typeof priorities)[number];

/** Room that the labels of a job may take, as JSON: every alert of the job carries them, and SNS takes 256 KiB. */
const longestLabelsBytes = 16_384;

/** Characters that no source, name or label needs and that storage or other services refuse: NUL, halves of pairs. */
const unreadable = /[\0\p{Surrogate}]/u;

const text = (longest: number) =>
  z
    .string()
    .min(1)
    .max(longest)
    .refine((value) => !unreadable.test(value), "holds characters that cannot be read");

const jobId = text(128)
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/, "must be 1 to 128 letters, digits, '.', '_' or '-', the first a letter or digit")
  .describe("Identity of the job; without it a hash of source, its version, policy and profile");

const version = z
  .literal(1, {
    error: ({ input }) => (typeof input === "number" ? `version ${input} is unknown, known is 1` : "must be the number 1"),
  })
  .describe("Version of this message");

/** A name only: a path here would let a message read files of this machine. */
const policyName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/, "must be the name of a policy, or a policy");

const continuationFields = z
  .strictObject({
    epoch: z.int().min(2).max(1_000_000).describe("Counts the messages of the job; its first has none of these fields"),
    request: text(128).describe("Names the message that asked for the job"),
    askedAtMilliseconds: z.number().min(0).describe("When the job was asked for, as milliseconds since 1970"),
  })
  .describe("Written by Framewatch only: this message takes the place of an older one of a live job that runs on");

const jobFields = z.strictObject({
  version: version.default(1),
  id: jobId.exactOptional(),
  source: text(8192).describe("What to analyse: s3://bucket/key, https://…, rtmp://…, srt://…, udp://…"),
  mode: z.enum(["file", "live"]).exactOptional().describe("By default what the source is"),
  stream: text(256).exactOptional().describe("Channel name, for live sources; by default host and path"),
  policy: z
    .union([policyName, z.record(z.string(), z.unknown())], { error: "must be the name of a policy, or a policy" })
    .default("default")
    .describe("Name of a policy, or a policy"),
  profile: z.enum(profiles).default("full"),
  reference: text(8192).exactOptional().describe("Source to compare with"),
  priority: z.enum(priorities).default("normal").describe("Orders the segments of jobs that run at the same time"),
  output: text(2048).exactOptional().describe("Where the report goes, under an output that the service allows"),
  maxDurationSeconds: z.number().min(0).default(0).describe("Media seconds to analyse; 0 is no limit"),
  force: z.boolean().default(false).describe("Analyse again a job that is done"),
  labels: z
    .record(text(128), z.string().max(1024))
    .default({})
    .refine((labels) => Buffer.byteLength(JSON.stringify(labels)) <= longestLabelsBytes, "must fit into 16 KiB")
    .describe("Any text, carried into alerts and the report"),
  continuation: continuationFields.exactOptional(),
});

const wholeJob = jobFields.refine(({ continuation, id }) => continuation === undefined || id !== undefined, {
  path: ["continuation"],
  error: "needs the id of the job",
});

const cancelFields = z.strictObject({ version: version.default(1), action: z.literal("cancel"), id: jobId });

/** What a message asks for, checked; the identity may still be unknown, since it needs the source's version. */
export type JobRequest = Readonly<Omit<z.output<typeof jobFields>, "version" | "labels">> & {
  readonly labels: Readonly<Record<string, string>>;
};

/** A job that has its identity. */
export type Job = JobRequest & {
  readonly id: string;
  /** True when the message named the id: a done job of this id may then have had another source, policy or profile. */
  readonly idGiven: boolean;
};

/**
 * Checks a job message that is already JSON-decoded.
 *
 * @throws FramewatchError `job-invalid` naming each field that is wrong
 */
export function parseJob(message: unknown): JobRequest {
  const parsed = wholeJob.safeParse(message);
  if (!parsed.success) throw new FramewatchError("job-invalid", describeIssues(parsed.error.issues));
  const { version: _version, labels, ...request } = parsed.data;
  return Object.freeze({ ...request, labels: Object.freeze({ ...labels }) });
}

/**
 * Checks a message that ends a job, and gives the id of that job.
 *
 * @throws FramewatchError `job-invalid` naming each field that is wrong
 */
export function parseCancel(message: unknown): string {
  const parsed = cancelFields.safeParse(message);
  if (!parsed.success) throw new FramewatchError("job-invalid", describeIssues(parsed.error.issues));
  return parsed.data.id;
}

/** `id` of a message if it has one that can be used, whatever else is wrong with it. */
export function readableId(message: unknown): string | undefined {
  if (typeof message !== "object" || message === null || !Object.hasOwn(message, "id")) return undefined;
  return jobId.safeParse((message as { readonly id: unknown }).id).data;
}

/** What makes two jobs without given id the same one. */
export interface JobIdentityParts {
  readonly source: string;
  /** ETag of the source, or its size and date; absent when the source has none. */
  readonly version?: string | undefined;
  readonly policyHash: string;
  readonly profile: Profile;
  /** Channel name of a live job; absent for a file. */
  readonly stream?: string;
}

/** Identity of a job that names none: 32 hexadecimal digits, the same for the same parts on every machine. */
export function jobIdentity({ source, version: sourceVersion, policyHash, profile, stream }: JobIdentityParts): string {
  const parts = [source, sourceVersion ?? null, policyHash, profile, ...(stream === undefined ? [] : [stream])];
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, 32);
}

/** Gives a request its identity: the id it names, else {@link jobIdentity}. */
export function identifyJob(request: JobRequest, found: Pick<JobIdentityParts, "version" | "policyHash">): Job {
  const id = request.id ?? jobIdentity({ ...found, source: request.source, profile: request.profile });
  return Object.freeze({ ...request, id, idGiven: request.id !== undefined });
}

/** Channel name of a live job: the one that it gives, else host and path of its source, without credentials and query. */
export function streamOf({ stream, source }: Pick<JobRequest, "stream" | "source">): string {
  return stream ?? displaySource(source).replace(/^[a-z][a-z0-9+.-]+:[/\\]*/i, "");
}

/** A live job that has its identity. */
export type LiveJob = Job & { readonly stream: string };

/**
 * Gives a live request its identity: the id it names, else {@link jobIdentity} of source, policy, profile and stream. What the
 * source sends changes all the time, so no version of it takes part.
 */
export function identifyLive(request: JobRequest, policyHash: string): LiveJob {
  const { source, profile } = request;
  const stream = streamOf(request);
  const id = request.id ?? jobIdentity({ source, policyHash, profile, stream });
  return Object.freeze({ ...request, id, stream, idGiven: request.id !== undefined });
}

/** JSON Schema (draft 2020-12) of the messages that the queue takes: a job, or the end of one. */
export function jobJsonSchema(): Record<string, unknown> {
  const schema = z.union([jobFields, cancelFields]).meta({ title: "Framewatch job message" });
  return z.toJSONSchema(schema, { io: "input" });
}

const mostIssuesNamed = 10;
const longestIssue = 200;

/** One line for people: each wrong field by its name, and what it should be. Holds no value of the message. */
function describeIssues(issues: readonly z.core.$ZodIssue[]): string {
  const lines = issues.flatMap((issue) => {
    const place = issue.path.map(String).join(".");
    if (issue.code === "unrecognized_keys")
      return issue.keys.map((key) => `unknown field "${place === "" ? "" : `${place}.`}${key}"`);
    return [`${place === "" ? "message" : place}: ${issue.message}`];
  });
  const named = lines
    .slice(0, mostIssuesNamed)
    .map((line) => (line.length > longestIssue ? `${line.slice(0, longestIssue)}…` : line));
  if (lines.length > named.length) named.push(`and ${lines.length - named.length} more`);
  return named.join("; ");
}
