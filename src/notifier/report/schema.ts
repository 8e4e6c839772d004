import { z } from "zod";
import { alertTypes, verdicts } from "../alert.js";
import { defectEntrySchema } from "../defect-entry.js";
import { loudnessLimitsSchema } from "./loudness-limits.js";

const text = z.string().min(1);
const count = z.int().min(0);

const audioSchema = z.object({
  codec: text,
  channels: count,
  layout: text.describe("As the source names it, else ffmpeg's default for the number of channels"),
  layoutGuessed: z.boolean(),
  sampleRateHz: z.number(),
  language: text.optional(),
});

const videoSchema = z.object({
  codec: text,
  width: count,
  height: count,
  frameRate: z.number().optional().describe("Average frames per second; absent where unknown"),
  pixelFormat: text,
  scan: z.enum(["progressive", "tff", "bff"]),
  frames: count.describe("Frames decoded"),
});

const mediaSchema = z.object({
  container: text,
  durationSeconds: z.number().optional(),
  bytes: count.optional(),
  complete: z.boolean().describe("All bytes were read, and the last timestamp meets the declared duration"),
  incompleteReason: text.optional(),
  range: z
    .object({
      startSeconds: z.number(),
      endSeconds: z.number().optional(),
      startTime: z.iso.datetime().optional().describe("Live: wall-clock time of the start"),
    })
    .optional()
    .describe("The part that was looked at and judged, where that is not the whole media"),
  video: videoSchema.optional(),
  audio: z.array(audioSchema),
});

const loudnessSchema = z.object({
  track: count,
  integratedLufs: z.number().optional(),
  rangeLu: z.number().optional(),
  maxMomentaryLufs: z.number().optional(),
  maxShortTermLufs: z.number().optional(),
  truePeakDbtp: z.number().optional(),
});

const codedSchema = z.object({
  frameRate: z.number().optional().describe("From the median distance of frames"),
  frameRateDeclared: z.number().optional(),
  irregularRatio: z.number().optional().describe("Share of frames that do not follow at that rate"),
  framesDeclared: count.optional(),
  frames: count.describe("Frames found"),
  keyframes: count,
  otherIntraFrames: count.describe("Pictures coded by themselves at which decoding cannot be sure to begin"),
  gop: z
    .object({ shortestSeconds: z.number(), meanSeconds: z.number(), longestSeconds: z.number(), longestFrames: count })
    .optional()
    .describe("Distances of keyframes; absent where there are fewer than two"),
  bitsPerSecondDeclared: z.number().optional(),
});

const manifestSchema = z.object({
  ended: z.boolean().describe("Nothing will be added to the playlists"),
  renditions: z.array(
    z.object({
      name: text,
      url: text,
      role: z.enum(["variant", "audio", "subtitles"]),
      segments: count,
      durationSeconds: z.number().describe("Sum of EXTINF"),
      targetSeconds: z.number(),
      sampledSegments: count.describe("Segments that were asked for"),
    }),
  ),
  faults: z.array(
    z.object({
      kind: text,
      rendition: count.optional().describe("Which of `renditions`, from 0"),
      url: text,
      line: count.optional().describe("Of the playlist, from 1"),
      startSeconds: z.number(),
      endSeconds: z.number(),
      reason: text,
    }),
  ),
});

/** The stream itself, as declared and as found. */
const streamSchema = z.object({
  durationDeclaredSeconds: z.number().optional(),
  durationSeconds: z.number().optional().describe("Where the last frame or sample that was decoded ends"),
  bitsPerSecond: z.number().optional().describe("All bytes of the source over its duration"),
  video: codedSchema.optional(),
  audio: z.array(z.object({ track: count, bitsPerSecondDeclared: z.number().optional() })),
  transport: z
    .object({
      seenBytes: count.optional().describe("Where only a part of the source was read: how many of its first bytes this is of"),
      packetBytes: count,
      packets: count,
      nullRatio: z.number().describe("Share of stuffing"),
      bitsPerSecond: z.number().optional(),
      tracks: z.array(
        z.object({
          pid: count,
          streamType: count,
          medium: z.enum(["picture", "sound", "other"]),
          packets: count,
          bitsPerSecond: z.number().optional(),
          continuityErrors: count,
        }),
      ),
      indicators: z
        .array(z.object({ name: text, count: count.optional(), notApplicable: text.optional() }))
        .describe("Of ETSI TR 101 290: how often each, or why it does not apply"),
      longestSeconds: z.object({ pat: z.number(), pmt: z.number(), pcr: z.number() }),
    })
    .optional()
    .describe("The packets of an MPEG transport stream"),
  manifest: manifestSchema.optional().describe("The playlists of an HLS source"),
  errors: z
    .array(
      z.object({
        medium: z.enum(["video", "audio", "container"]),
        kind: text.describe("The message with its numbers taken out"),
        count,
        firstSeconds: z.number(),
        lastSeconds: z.number(),
        example: text.describe("The first one, as ffmpeg wrote it"),
      }),
    )
    .describe("What the decoder complained of"),
});

const syncSchema = z.object({
  track: count,
  state: z
    .enum(["measured", "not-measurable"])
    .describe("not-measurable: nothing in picture and sound goes by pairs; it does not say that they are in step"),
  offsetSeconds: z.number().optional().describe("Median over the media; greater than 0 where the sound is late"),
  driftMillisecondsPerMinute: z.number().optional().describe("How much later the sound becomes with time"),
  confidence: z.number().optional(),
});

const chapterSchema = z.object({
  startSeconds: z.number(),
  endSeconds: z.number(),
  title: text.optional().describe("What begins with it, where the stream is marked for a splice (SCTE 35)"),
  thumbnail: text.optional().describe("A picture of it; a path beside report.json"),
});

const markerSchema = z.object({
  kind: z.literal("scte-35"),
  startSeconds: z.number().describe("When what it marks happens"),
  sentSeconds: z.number().optional().describe("When the message came"),
  command: text,
  eventId: count.optional(),
  cancelled: z.boolean().optional(),
  outOfNetwork: z.boolean().optional().describe("The programme is left; false: it is come back to"),
  durationSeconds: z.number().optional().describe("How long what begins is to last"),
  segmentationType: count.optional().describe("What it marks, by SCTE 35"),
});

const incidentLineSchema = z.object({
  time: z.iso.datetime().describe("When it became known"),
  change: z.enum(["opened", "updated", "resolved", "told", "found-again", "acknowledged", "maintenance"]),
  incidentKey: text.optional(),
  incidentId: text.optional().describe("Id of the defect that people know it by"),
  alert: z
    .object({ id: text, type: z.enum(alertTypes) })
    .optional()
    .describe("What went out with it"),
  heldBack: text.optional().describe("Why nothing went out"),
  by: text.optional(),
  from: z.iso.datetime().optional(),
  until: z.iso.datetime().optional(),
});

/** The report of one job: what was looked at, what was found, and the verdict. Keys without a value are absent. */
export const reportSchema = z.object({
  version: z.literal(1),
  job: z.object({
    id: text,
    source: text.describe("Without its query and credentials"),
    stream: text.optional(),
    policy: text,
    policyHash: text,
    profile: text,
    run: z.int().min(1).optional().describe("Which run of the job, where it was forced to run anew"),
    labels: z.record(z.string(), z.string()),
  }),
  media: mediaSchema.optional().describe("Absent where the input could not be read"),
  stream: streamSchema.optional().describe("Absent where the input could not be read"),
  verdict: z.enum(verdicts),
  defects: z.array(defectEntrySchema).describe("Ordered by startSeconds"),
  incidentLog: z
    .array(incidentLineSchema)
    .optional()
    .describe(
      "Live: every change of an incident in this hour, whether people were told of it or not; absent where there was none",
    ),
  markers: z.array(markerSchema).optional().describe("Marks in the stream of where something is to be spliced in"),
  detectorsOff: z
    .array(z.object({ type: text, reason: text }))
    .optional()
    .describe("Detectors that did not run: switched off, or without the signals that they need"),
  quality: z.object({ score: z.number(), model: text, low: z.number(), p5: z.number() }).optional(),
  loudness: z.array(loudnessSchema),
  sync: z
    .array(syncSchema)
    .optional()
    .describe("How far each sound track is from the picture; absent where that was not looked at"),
  loudnessLimits: loudnessLimitsSchema.optional().describe("What the policy asks of loudness"),
  chapters: z
    .array(chapterSchema)
    .optional()
    .describe(
      "The picture's shots in order of time, short ones joined where there are more than 2000, and cut where a splice is marked; absent without a picture",
    ),
  models: z.array(z.object({ name: text, version: text, sha256: text, provider: z.enum(["cuda", "cpu"]) })),
  performance: z
    .object({
      frames: count,
      wallSeconds: z.number(),
      framesPerSecond: z.number(),
      realTimeFactor: z.number().describe("Media seconds per second of wall clock"),
      decoder: z.enum(["nvdec", "cpu"]),
      finishedAt: z.iso.datetime(),
      framewatch: text.describe("Version of the program"),
    })
    .optional()
    .describe(
      "Absent where nothing was decoded. The only part in which two reports of the same media, policy and profile differ",
    ),
  error: z.object({ code: text, message: text }).nullable(),
});

export type Report = z.output<typeof reportSchema>;

/** JSON Schema (draft 2020-12) of report.json; further fields may come, so they are allowed. */
export function reportJsonSchema(): object {
  return z.toJSONSchema(reportSchema, { io: "input" });
}
