import { rm } from "node:fs/promises";
import path from "node:path";
import type { MediaInfo } from "../decoder/index.js";
import { FramewatchError } from "../errors.js";
import type { Store } from "../store.js";
import { priorities, type Priority, type Profile } from "./job.js";
import type { PictureShare } from "./picture-share.js";
import type { Segment } from "./segments.js";

/** One segment to be analysed, wherever; plain JSON, and without credentials, since it may lie in Redis. */
export interface SegmentTask {
  readonly version: 1;
  readonly jobId: string;
  readonly run: number;
  /** As the job names it; whoever analyses opens it with its own rights. */
  readonly source: string;
  /** ETag of the source, or its size and date, that the job has seen; absent when it has none. */
  readonly sourceVersion?: string;
  readonly media: MediaInfo;
  readonly segment: Segment;
  readonly profile: Profile;
  /** The signals wanted; all when absent. */
  readonly signals?: readonly string[];
  readonly models: boolean;
  /** Parts of the picture that are not looked at. */
  readonly ignoredRegions: readonly PictureShare[];
  /** URL of the store that the finished segment goes to. */
  readonly output: string;
  /** Key of the finished segment in that store, see `segmentKey`. */
  readonly key: string;
  readonly priority: Priority;
}

/**
 * Decodes and measures one segment and gives the local file that holds its signals and outcome. `onBlock` hears of each
 * block of signals while it works. Ends soon, its children gone, when the signal aborts.
 */
export type Analyse<Block> = (task: SegmentTask, signal: AbortSignal, onBlock: (block: Block) => void) => Promise<string>;

/** What whoever runs segments wants to hear. */
export interface RunHooks<Block> {
  /**
   * Its reason decides what becomes of segments in other processes: `cancelled` ends them, `lease-lost` and `interrupted`
   * leave them to a successor.
   */
  readonly signal: AbortSignal;
  /** Local folder for the files of segments that were finished elsewhere. */
  readonly folder: string;
  /**
   * A block of a segment that runs in this process, as soon as it is there. Segments that run elsewhere give none before
   * their file; a segment that is tried again gives its blocks again from its first (compare their `startIndex`).
   */
  onBlock?(task: SegmentTask, block: Block): void;
  /** A segment is finished and stored; `file` is a local copy, now the hearer's. Called once per task, in the order of finishing. */
  onFinished(task: SegmentTask, file: string): void | Promise<void>;
}

/** The port through which a job's segments get analysed: in this process, or by a fleet of them. */
export interface SegmentRunner<Block> {
  /**
   * Runs all tasks, of one run of one job; returns when each is finished and stored. Segments whose key is in the store
   * already are not run again. Whatever ends it, nothing of it runs in this process any more when it returns.
   * @throws FramewatchError the first segment's that cannot be analysed, which ends the others; the signal's reason
   */
  run(tasks: readonly SegmentTask[], hooks: RunHooks<Block>): Promise<void>;
  close(): Promise<void>;
}

/** How often one segment may fail before it fails its job. Processes that die with it do not count. */
export const maximumAttempts = 4;

/** How long a segment waits before it is tried again after its n-th failure, in milliseconds. */
export const retryDelayMilliseconds = (failures: number): number => 250 * 2 ** (failures - 1);

/**
 * What a failed attempt means: the error that ends the job, or undefined when the segment is to be tried again. What
 * lies in the source or the media would fail again and ends it at once.
 */
export function failureOf(task: SegmentTask, error: unknown, failures: number): FramewatchError | undefined {
  const known = error instanceof FramewatchError ? error : undefined;
  if (known !== undefined && known.blames !== "infrastructure") return known;
  if (failures < maximumAttempts) return undefined;
  // A service that is away is not the media's fault; a worker that dies each time may well be.
  if (known !== undefined && known.code !== "worker-lost") return known;
  const reason = error instanceof Error ? error.message : String(error);
  return new FramewatchError("segment-failed", `${describe(task)} failed ${failures} times, at last: ${reason}`, {
    cause: error,
  });
}

/** A segment in words, for logs and errors. */
export function describe({ segment }: SegmentTask): string {
  const end = segment.endSeconds === undefined ? "the end" : `${segment.endSeconds} s`;
  return `segment ${segment.index} (${segment.what}, ${segment.startSeconds} s to ${end})`;
}

/** Order of segments that wait for a place: by the job's priority, the sound first, since it takes longest. Lower is sooner. */
export function rankOf({ priority, segment }: SegmentTask): number {
  return priorities.indexOf(priority) * 2 + (segment.what === "picture" ? 1 : 0);
}

/** Analyses and stores one segment, unless it is in the store. Gives its local file, or undefined when it was there. */
export async function finishSegment<Block>(
  analyse: Analyse<Block>,
  store: Store,
  task: SegmentTask,
  signal: AbortSignal,
  onBlock: (block: Block) => void,
): Promise<string | undefined> {
  if (await store.has(task.key)) return undefined;
  const file = await analyse(task, signal, onBlock);
  try {
    signal.throwIfAborted();
    await store.put(task.key, { file }, "application/octet-stream");
    return file;
  } catch (error) {
    await rm(file, { force: true });
    throw error;
  }
}

/** Fetches a segment that was finished elsewhere into `folder`; undefined when it is not in the store. */
export async function fetchFinished(store: Store, task: SegmentTask, folder: string): Promise<string | undefined> {
  const file = path.join(folder, path.basename(task.key));
  return (await store.download(task.key, file)) ? file : undefined;
}
