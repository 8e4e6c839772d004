import { z } from "zod";
import type { MediaInfo } from "../decoder/index.js";
import { type ErrorCode, errorTable, FramewatchError } from "../errors.js";
import { priorities, profiles } from "./job.js";
import type { SegmentTask } from "./segment-runner.js";

/** A task as it comes out of Redis. */
const taskSchema: z.ZodType<SegmentTask> = z.object({
  version: z.literal(1),
  jobId: z.string(),
  run: z.int(),
  source: z.string(),
  sourceVersion: z.string().exactOptional(),
  // Written by a process of this very version, see the queue's name.
  media: z.custom<MediaInfo>((value) => typeof value === "object" && value !== null),
  segment: z.object({
    index: z.int(),
    what: z.enum(["picture", "sound", "whole"]),
    startSeconds: z.number(),
    endSeconds: z.number().exactOptional(),
    runInSeconds: z.number(),
  }),
  profile: z.enum(profiles),
  signals: z.array(z.string()).exactOptional(),
  models: z.boolean(),
  ignoredRegions: z.array(
    z.object({ leftRatio: z.number(), topRatio: z.number(), widthRatio: z.number(), heightRatio: z.number() }),
  ),
  output: z.string(),
  key: z.string(),
  priority: z.enum(priorities),
});

/** The task that a job of the queue holds. @throws Error which says what of it is none */
export function readTask(data: unknown): SegmentTask {
  const parsed = taskSchema.safeParse(data);
  if (!parsed.success) throw new Error(`This is no segment: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}

const reasonSchema = z.object({ code: z.string().optional(), message: z.string() });

/** An error as a job of the queue carries it. */
export function asReason(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return JSON.stringify(error instanceof FramewatchError ? { code: error.code, message } : { message });
}

/** The error that a failed job carries; a text of BullMQ's own says that its processes died. */
export function fromReason(text: string | undefined): unknown {
  let reason: z.output<typeof reasonSchema>;
  try {
    reason = reasonSchema.parse(JSON.parse(text ?? ""));
  } catch (cause) {
    return new FramewatchError("segment-failed", `The processes that worked on a segment died: ${text ?? "no reason"}`, {
      cause,
    });
  }
  const isKnown = (code: string): code is ErrorCode => Object.hasOwn(errorTable, code);
  const { code, message } = reason;
  return code !== undefined && isKnown(code) ? new FramewatchError(code, message) : new Error(message);
}
