import { z } from "zod";
import type { Defect, Severity } from "../analyzers/index.js";
import type { MediaInfo } from "../decoder/index.js";
import { roundSeconds, roundValue, roundValues } from "./rounding.js";
import { timecodeAt } from "./timecode.js";

const severities = ["info", "warning", "error", "critical"] as const satisfies readonly Severity[];

const values = z.record(z.string(), z.number());

/** A defect as report and alerts tell it. Absent is absent: never null, never an empty text. */
export const defectEntrySchema = z.object({
  id: z.string().min(1),
  type: z.string().min(1).describe("Defect type, such as black"),
  severity: z.enum(severities),
  medium: z.enum(["video", "audio", "av", "stream"]),
  startSeconds: z.number().describe("On the source's own clock, 0 at its first presented frame or sample"),
  endSeconds: z.number().optional().describe("Absent while the defect is open"),
  startTimecode: z.string().optional().describe("From the file's own timecode, else from 00:00:00:00; `;` for drop-frame"),
  startTime: z.iso.datetime().optional().describe("Live: wall-clock time of the start"),
  endTime: z.iso.datetime().optional().describe("Live: wall-clock time of the end"),
  confidence: z.number().min(0).max(1),
  track: z.int().min(0).describe("Track of its medium, counted from 0"),
  region: z
    .object({ x: z.number(), y: z.number(), width: z.number(), height: z.number() })
    .optional()
    .describe("Pixels of the coded frame"),
  kind: z.string().optional().describe("Which form of the defect it is, where there are several, such as backward"),
  causes: z.array(z.string()).optional().describe("What most likely caused it"),
  affects: z.enum(["picture", "sound", "transport"]).optional().describe("Of a defect of the stream: whose"),
  measured: values,
  threshold: values,
  detector: z.object({ name: z.string(), version: z.string() }),
  evidence: z
    .object({
      thumbnail: z.string().optional().describe("The picture in the defect; a path beside report.json"),
      before: z.string().optional().describe("The picture before the defect; a path beside report.json"),
      after: z.string().optional().describe("Live: the picture when it was over; a path beside report.json"),
      clip: z.string().optional().describe("A path beside report.json"),
    })
    .optional(),
});

export type DefectEntry = z.output<typeof defectEntrySchema>;

/** The paths of a defect's evidence, relative to report.json. */
export type Evidence = NonNullable<DefectEntry["evidence"]>;

/** The entry of a defect: rounded, with its timecode. `media` is absent where nothing is known of the media. */
export function defectEntry(defect: Defect, media: MediaInfo | undefined, evidence?: Evidence): DefectEntry {
  const startTimecode = media === undefined ? undefined : timecodeAt(defect.startSeconds, media);
  const { id, type, severity, medium, track, region, kind, causes, affects, detector } = defect;
  return {
    id,
    type,
    severity,
    medium,
    startSeconds: roundSeconds(defect.startSeconds),
    ...(defect.endSeconds === undefined ? {} : { endSeconds: roundSeconds(defect.endSeconds) }),
    ...(startTimecode === undefined ? {} : { startTimecode }),
    confidence: roundValue(defect.confidence),
    track,
    ...(region === undefined ? {} : { region: { ...region } }),
    ...(kind === undefined ? {} : { kind }),
    ...(causes === undefined ? {} : { causes: [...causes] }),
    ...(affects === undefined ? {} : { affects }),
    measured: roundValues(defect.measured),
    threshold: roundValues(defect.threshold),
    detector: { ...detector },
    ...(evidence === undefined ? {} : { evidence }),
  };
}
