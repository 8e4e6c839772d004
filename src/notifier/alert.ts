import { createHash } from "node:crypto";
import { z } from "zod";
import type { Verdict } from "../analyzers/index.js";
import type { ErrorFacts } from "../errors.js";
import { redact } from "../log.js";
import { type DefectEntry, defectEntrySchema } from "./defect-entry.js";
import { displaySource } from "../display-source.js";

export const alertTypes = [
  "framewatch.defect.opened",
  "framewatch.defect.updated",
  "framewatch.defect.resolved",
  "framewatch.job.completed",
  "framewatch.job.failed",
  "framewatch.job.rejected",
  "framewatch.stream.flapping",
  "framewatch.origin.lost",
] as const;
export type AlertType = (typeof alertTypes)[number];

/** `error` means that nothing could be judged. */
export const verdicts = ["pass", "warn", "fail", "error"] as const satisfies readonly Verdict[];

/** Longest error text in an alert, in characters: the report and the log have all of it. */
const maximumErrorCharacters = 2000;

/** What leaves the house when something happens: a CloudEvents 1.0 event in JSON. */
export const alertSchema = z.object({
  specversion: z.literal("1.0"),
  id: z.string().min(1).describe("The same for every repeat of this alert"),
  source: z.string().min(1).describe("Who says so: /framewatch/jobs/<job id>"),
  type: z.enum(alertTypes),
  subject: z.string().min(1).describe("Stream name, or the source without its query and credentials"),
  time: z.iso.datetime().describe("When it was found out"),
  datacontenttype: z.literal("application/json"),
  data: z.object({
    jobId: z.string().min(1),
    source: z.string().min(1).optional().describe("Without query and credentials; absent where a rejected message names none"),
    stream: z.string().min(1).optional().describe("Live: the channel's name"),
    labels: z.record(z.string(), z.string()).describe("As the job gave them"),
    labelsOmitted: z.literal(true).optional().describe("The labels were too long for a message"),
    sequence: z.int().min(0).describe("Counts the alerts of a job from 1; 0 where no job was opened"),
    incidentKey: z.string().min(1).optional().describe("What paging tools group by: stream or source, type and track"),
    defect: defectEntrySchema.optional(),
    cause: z
      .string()
      .min(1)
      .optional()
      .describe("What probably caused it, in a word, where known: origin, network, encoder, source"),
    causeReason: z.string().min(1).optional().describe("Why that is thought, in a sentence"),
    flapping: z
      .object({
        startTime: z.iso.datetime().describe("Wall-clock time of the first of the changes"),
        endTime: z.iso.datetime().optional().describe("Of the last of them; absent while it goes on"),
        changes: z.int().min(0).describe("How often the fault began or ended in that time"),
        isOpen: z.boolean().describe("The fault is there at this moment"),
      })
      .optional()
      .describe("Live: the fault comes and goes"),
    heldBack: z.int().min(1).optional().describe("Live: changes of this incident, since its alert before, that were not told"),
    quietUntil: z.iso
      .datetime()
      .optional()
      .describe("Live: the stream had so many alerts of this defect type that there will be no more before this time"),
    origin: z.string().min(1).optional().describe("Host that many streams come from"),
    streams: z.array(z.string()).optional().describe("Streams that the origin does not deliver, or did not until `endTime`"),
    streamsOmitted: z.int().min(1).optional().describe("How many more there are than a message can list"),
    severity: z
      .enum(["info", "warning", "error", "critical"])
      .optional()
      .describe("Of the loss of an origin: the worst of its streams'"),
    startTime: z.iso.datetime().optional().describe("Of the loss of an origin: wall-clock time of the first stream's"),
    endTime: z.iso.datetime().optional().describe("Of the loss of an origin: when all were back; absent before"),
    evidenceLinks: z
      .object({
        thumbnail: z.string().min(1).optional(),
        before: z.string().min(1).optional(),
        after: z.string().min(1).optional(),
        clip: z.string().min(1).optional(),
      })
      .optional()
      .describe("Live: https links to the evidence, which expire; what they lead to is there seconds after the alert"),
    verdict: z.enum(verdicts).optional(),
    reportUrl: z.string().min(1).optional().describe("s3:// or file:// URL of report.json"),
    reportLink: z.string().min(1).optional().describe("https link to report.json, which expires"),
    pageLink: z.string().min(1).optional().describe("https link to report.html, which expires"),
    counts: z.record(z.string(), z.int().min(0)).optional().describe("Defects by type"),
    error: z.object({ code: z.string(), message: z.string() }).optional(),
  }),
});

export type Alert = z.output<typeof alertSchema>;

/** An alert before its place among the job's alerts is known. */
export type AlertDraft = Omit<Alert, "data"> & { readonly data: Omit<Alert["data"], "sequence"> };

/** What alerts say of the job they belong to. `run` counts from 1, and rises when a job is forced to run anew. */
export interface AlertJob {
  readonly id: string;
  readonly run: number;
  /** As the message gave it: what may not leave is taken out here. */
  readonly source: string;
  /** Live jobs only. */
  readonly stream?: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** The outcome that `framewatch.job.completed` tells. */
export interface CompletedJob {
  readonly verdict: Verdict;
  readonly reportUrl: string;
  readonly reportLink?: string;
  readonly pageLink?: string;
  /** Number of defects by type. */
  readonly counts: Readonly<Record<string, number>>;
}

/** The same for a repeat of the same alert. */
export function alertId(...parts: readonly (string | number)[]): string {
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, 32);
}

/** What an alert says beyond what its job says. */
export type AlertFacts = Omit<AlertDraft["data"], "jobId" | "source" | "stream" | "labels">;

/** An alert of a job. `time` is when it was found out. */
export function draftAlert(job: AlertJob, type: AlertType, id: string, facts: AlertFacts, time = new Date()): AlertDraft {
  const source = displaySource(job.source);
  return {
    specversion: "1.0",
    id,
    source: `/framewatch/jobs/${encodeURIComponent(job.id)}`,
    type,
    subject: job.stream ?? source,
    time: time.toISOString(),
    datacontenttype: "application/json",
    data: {
      jobId: job.id,
      source,
      ...(job.stream === undefined ? {} : { stream: job.stream }),
      labels: { ...job.labels },
      ...facts,
    },
  };
}

/** The alert of a defect. Its id is made of defect id and kind; of an update also of the severity, which only rises. */
export function defectAlert(
  job: AlertJob,
  kind: "opened" | "updated" | "resolved",
  defect: DefectEntry,
  facts: AlertFacts & { readonly incidentKey: string },
  time?: Date,
): AlertDraft {
  const id = kind === "updated" ? alertId(defect.id, kind, defect.severity) : alertId(defect.id, kind);
  return draftAlert(job, `framewatch.defect.${kind}`, id, { ...facts, defect }, time);
}

export function completedAlert(job: AlertJob, outcome: CompletedJob): AlertDraft {
  return draftAlert(job, "framewatch.job.completed", alertId(job.id, job.run, "completed"), {
    ...outcome,
    counts: { ...outcome.counts },
  });
}

function errorFacts(error: ErrorFacts): ErrorFacts {
  return { code: error.code, message: redact(error.message).slice(0, maximumErrorCharacters) };
}

export function failedAlert(job: AlertJob, error: ErrorFacts): AlertDraft {
  return draftAlert(job, "framewatch.job.failed", alertId(job.id, job.run, "failed"), {
    verdict: "error",
    error: errorFacts(error),
  });
}

/** A message that can never be a job. What it does not say, or not readably, is absent. */
export interface RejectedMessage {
  /** The id it names, else `rejected-` and a hash of the body. */
  readonly jobId: string;
  /** The whole body: a repeat of the same message gives the same alert id, another message of the same job id another. */
  readonly body: string;
  readonly source?: string;
  readonly stream?: string;
  readonly labels?: Readonly<Record<string, string>>;
}

/** The alert of a rejected message; no job is opened for it, so its sequence is 0. */
export function rejectedAlert(message: RejectedMessage, error: ErrorFacts): Alert {
  const { jobId, body, source, stream, labels } = message;
  const job = { id: jobId, run: 1, source: source || jobId, labels: labels ?? {}, ...(stream === undefined ? {} : { stream }) };
  const rejected = draftAlert(job, "framewatch.job.rejected", alertId(jobId, "rejected", body), { error: errorFacts(error) });
  const { source: said, ...data } = rejected.data;
  return { ...rejected, data: { ...data, ...(source && said ? { source: said } : {}), sequence: 0 } };
}

/** The SNS message attributes by which subscriptions filter; those that do not apply are absent. */
export function alertAttributes(alert: Alert): Readonly<Record<string, string>> {
  const { defect, severity = defect?.severity, stream, verdict } = alert.data;
  // It stands for the stalls of all its streams, so whoever asked for those gets it.
  const type = alert.type === "framewatch.origin.lost" ? "stall" : defect?.type;
  const attributes = { event: alert.type, severity, defect: type, stream, verdict };
  return Object.fromEntries(Object.entries(attributes).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
}

/** JSON Schema (draft 2020-12) of what `framewatch` publishes; further fields may come, so they are allowed. */
export function alertJsonSchema(): object {
  return z.toJSONSchema(alertSchema, { io: "input" });
}
