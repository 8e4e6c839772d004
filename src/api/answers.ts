/** What `/api/` answers, as zod schemas: the routes fill them, and `framewatch schema` publishes them. */
import { z } from "zod";
import { redact } from "../log.js";
import type { StreamStatus } from "../live/stream-status.js";
import { defectEntrySchema, roundSeconds, roundValue, roundValues } from "../notifier/index.js";

const text = z.string().min(1);
const count = z.int().min(0);
const seconds = z.number().min(0);

const streamStates = ["connecting", "running", "stalled", "reconnecting", "ended"] as const satisfies StreamStatus["state"][];

const incidentSchema = z.object({
  incidentKey: text.describe("What alerts group by; an acknowledgement names it"),
  startTime: z.iso.datetime(),
  defect: defectEntrySchema,
  acknowledged: z
    .object({ by: text, until: z.iso.datetime().optional().describe("Until the incident is over where absent") })
    .optional()
    .describe("Somebody looks after it: nothing is told but that it is over"),
});

/** How one live stream is at this moment. */
export const streamEntrySchema = z.object({
  jobId: text,
  stream: text.describe("Channel name"),
  source: text.describe("Without user name, password and query"),
  state: z.enum(streamStates),
  reason: text.optional().describe("Why it does not run"),
  startedAt: z.iso.datetime().describe("Wall clock of stream time 0"),
  mediaSeconds: seconds.describe("Stream time that has been measured"),
  lagSeconds: seconds.optional().describe("How far that is behind the arrival of media; absent while it does not run"),
  framesPerSecond: seconds.optional().describe("Measured over the last 5 seconds; absent while it does not run"),
  reconnects: count,
  loudness: z.array(
    z.object({
      track: count,
      momentaryLufs: z.number().optional(),
      shortTermLufs: z.number().optional(),
      integratedLufs: z.number().optional(),
    }),
  ),
  inMaintenance: z.boolean().describe("Nothing is told of the stream at this moment: by its policy, or as somebody asked"),
  openIncidents: z.array(incidentSchema).describe("What is wrong at this moment, told or not"),
  lastAlerts: z
    .array(z.object({ id: text, type: text, time: z.iso.datetime(), incidentKey: text.optional() }))
    .describe("The newest first, at most 20"),
});
export type StreamEntry = z.output<typeof streamEntrySchema>;

const progressSchema = z.object({
  doneRatio: z.number().min(0).max(1),
  frames: count.describe("Measured so far"),
  framesPerSecond: seconds,
  realTimeFactor: seconds.describe("Media seconds per second of wall clock"),
  remainingSeconds: seconds.optional().describe("Absent while it cannot be told"),
  defects: count.describe("Found so far"),
  again: z.literal(true).optional().describe("The picture is analysed once more, uncut: doneRatio began again"),
});

/** One job that this process works on. */
export const jobEntrySchema = z.object({
  id: text,
  source: text.describe("Without user name, password and query"),
  mode: z.enum(["file", "live"]),
  stream: text.optional().describe("Live: the channel's name"),
  policy: text.describe("Name of its policy"),
  profile: text,
  state: z
    .enum(["starting", ...streamStates])
    .describe("starting: nothing of it was measured yet, or another process still has it. Of a file then only running"),
  progress: progressSchema.optional().describe("Of a file that runs"),
  startedAt: z.iso.datetime().describe("When this process took it up"),
  labels: z.record(z.string(), z.string()),
});
export type JobEntry = z.output<typeof jobEntrySchema>;

/** `GET /api/streams` */
export const streamsSchema = z.object({ version: z.literal(1), streams: z.array(streamEntrySchema) });
/** `GET /api/jobs` */
export const jobsSchema = z.object({ version: z.literal(1), jobs: z.array(jobEntrySchema) });

/** JSON Schema (draft 2020-12) of what `/api/streams` answers; further fields may come, so they are allowed. */
export function streamsJsonSchema(): object {
  return z.toJSONSchema(streamsSchema, { io: "input" });
}

/** The same of `/api/jobs`. */
export function jobsJsonSchema(): object {
  return z.toJSONSchema(jobsSchema, { io: "input" });
}

/** A stream's status as programs get it: times in RFC 3339, numbers rounded as in reports. */
export function streamEntry(status: StreamStatus): StreamEntry {
  const { startedAt, reason, mediaSeconds, lagSeconds, framesPerSecond, loudness, openIncidents, lastAlerts, ...rest } = status;
  return {
    ...rest,
    ...(reason === undefined ? {} : { reason: redact(reason) }),
    startedAt: startedAt.toISOString(),
    mediaSeconds: roundSeconds(mediaSeconds),
    ...(lagSeconds === undefined ? {} : { lagSeconds: roundSeconds(lagSeconds) }),
    ...(framesPerSecond === undefined ? {} : { framesPerSecond: roundValue(framesPerSecond) }),
    loudness: loudness.map(({ track, ...levels }) => ({ track, ...roundValues(levels) })),
    openIncidents: [...openIncidents],
    lastAlerts: [...lastAlerts],
  };
}
