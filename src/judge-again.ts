/** Judges the stored signals of a report again, by another policy and without decoding. */
import { readdir } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import {
  type Lane,
  type Policy,
  policyHash,
  readSignalFile,
  type SignalBlock,
  type SignalFile,
  verdictOf,
} from "./analyzers/index.js";
import type { JoinedOutcome, MediaInfo } from "./decoder/index.js";
import { FramewatchError } from "./errors.js";
import { profiles } from "./ingest/index.js";
import { openMediaJudging } from "./judge-media.js";
import { buildReport, loudnessLimits } from "./notifier/index.js";
import type { Page } from "./publish-report.js";

/** What a signal file says of the job that measured it. */
const factsSchema = z.object({
  job: z.object({
    id: z.string(),
    source: z.string(),
    stream: z.string().optional(),
    profile: z.enum(profiles),
    labels: z.record(z.string(), z.string()),
  }),
  run: z.int(),
  // Written by this very program, like the outcome below, and guarded by the file's checksums.
  media: z.custom<MediaInfo>((value) => typeof value === "object" && value !== null),
});

const laneOutcomeSchema = z.object({
  endSeconds: z.number().optional(),
  range: z.object({ startSeconds: z.number(), endSeconds: z.number().optional() }).optional(),
  outcome: z.custom<JoinedOutcome>((value) => typeof value === "object" && value !== null),
});

export interface JudgeAgainRequest {
  /** The `signals` folder of a report. */
  readonly folder: string;
  readonly policy: Policy;
  /** Defect types to look for; all that the policy enables where absent. */
  readonly only?: readonly string[];
}

/**
 * The report of stored signals by this policy, and its page. By the policy that judged them first it has the same defects,
 * under the same ids; by another it is another job, whose id ends in the policy's hash. It has no thumbnails.
 * @throws FramewatchError `signals-damaged`, `usage` for a folder without signals or a wrong `only`
 */
export async function judgeAgain({ folder, policy, only }: JudgeAgainRequest): Promise<Page & { readonly id: string }> {
  const files = await openAll(folder);
  const [first] = files;
  if (first === undefined)
    throw new FramewatchError("usage", `There are no signals in ${folder}: name the "signals" folder of a report.`);
  const { job, run, media } = read(factsSchema, first.signals.header.facts, first.file);
  const { range, outcome } = read(laneOutcomeSchema, first.signals.outcome, first.file);
  const hash = policyHash(policy);
  const judging = openMediaJudging({
    policy,
    media,
    lanes: files.flatMap(({ signals }) => signals.header.lanes),
    profile: job.profile,
    ...(only === undefined ? {} : { only }),
    job: { id: job.id, run },
    found: () => {},
  });
  for await (const block of inOrderOfTime(files)) judging.push(block);
  for (const { lane, file, signals } of files) {
    const { endSeconds } = read(laneOutcomeSchema, signals.outcome, file);
    if (endSeconds !== undefined) judging.end(lane, endSeconds);
  }

  const { defects, judged, off, envelopes, loudness, sync, chapters, pictures } = judging.read();
  const id = `${job.id.slice(0, 119)}-${hash.slice(0, 8)}`;
  const { stream, ...facts } = job;
  const report = buildReport({
    job: { ...facts, id, run, ...(stream === undefined ? {} : { stream }), policy: policy.name, policyHash: hash },
    media: { info: media, outcome, ...(range === undefined ? {} : { range: whole(range) }) },
    verdict: verdictOf({ defects, complete: outcome.incompleteReason === undefined, judged, policy }),
    defects,
    ...(pictures === undefined ? {} : { pictures }),
    detectorsOff: off,
    loudness,
    sync,
    loudnessLimits: loudnessLimits(policy),
    chapters,
    ...(judged ? {} : { error: { code: "media-unreadable", message: "Nothing in these signals could be judged." } }),
  });
  const signalFiles = files.map(({ file }) => ({ name: path.basename(file), file }));
  return { id, report, thumbnails: new Map(), chapterPictures: [], envelopes, signalFiles };
}

interface LaneOfFile {
  readonly lane: Lane;
  readonly file: string;
  readonly signals: SignalFile;
}

async function openAll(folder: string): Promise<LaneOfFile[]> {
  let names: string[];
  try {
    names = await readdir(folder);
  } catch (cause) {
    throw new FramewatchError("usage", `The folder ${folder} cannot be read: ${String(cause)}`, { cause });
  }
  const lanes: LaneOfFile[] = [];
  for (const name of names.filter((candidate) => candidate.endsWith(".signals")).sort()) {
    const file = path.join(folder, name);
    const signals = await readSignalFile(file);
    for (const { lane } of signals.header.lanes) lanes.push({ lane, file, signals });
  }
  return lanes;
}

/** Blocks of all lanes by when they begin, so that detectors which read several lanes have little to keep. */
async function* inOrderOfTime(files: readonly LaneOfFile[]): AsyncIterable<SignalBlock> {
  const readers = files.map(({ signals }) => signals.blocks()[Symbol.asyncIterator]());
  const heads = await Promise.all(readers.map((reader) => reader.next()));
  for (;;) {
    let earliest = -1;
    for (const [index, head] of heads.entries()) {
      if (!head.done && startOf(head.value) < startOf(heads[earliest]?.value)) earliest = index;
    }
    const head = heads[earliest];
    const reader = readers[earliest];
    if (head === undefined || head.done || reader === undefined) return;
    yield head.value;
    heads[earliest] = await reader.next();
  }
}

function startOf(block: SignalBlock | undefined): number {
  return block?.pts[0] ?? Number.POSITIVE_INFINITY;
}

function whole({ startSeconds, endSeconds }: { startSeconds: number; endSeconds?: number | undefined }) {
  return { startSeconds, ...(endSeconds === undefined ? {} : { endSeconds }) };
}

function read<Schema extends z.ZodType>(schema: Schema, value: unknown, file: string): z.output<Schema> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const why = `The signals in ${path.basename(file)} do not say where they come from: only those beside a report can be judged again.`;
  throw new FramewatchError("signals-damaged", why, { cause: parsed.error });
}
