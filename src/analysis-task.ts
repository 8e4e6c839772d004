import type { MessagePort } from "node:worker_threads";
import type { LaneSignals, ModelMeasurer } from "./analyzers/index.js";
import type { DecodeOutcome, MediaInfo, PlacedMark } from "./decoder/index.js";
import type { ErrorFacts } from "./errors.js";
import type { MediaInput, PictureShare, Profile, Segment } from "./ingest/index.js";

/** One segment to be decoded and measured by an analysis worker; plain data. */
export interface AnalysisTask {
  readonly input: MediaInput;
  readonly media: MediaInfo;
  readonly segment: Segment;
  readonly profile: Profile;
  /** Signals that somebody will read; all of them when absent. */
  readonly wanted?: readonly string[];
  readonly models: boolean;
  /** Parts of the picture that are not looked at. */
  readonly ignoredRegions: readonly PictureShare[];
  readonly decoder: DecodeOutcome["decoder"];
  readonly live: boolean;
  /** Media that does not come for so long is given up; that of live streams and files has limits of its own where absent. */
  readonly stallSeconds?: number;
  /** Where the segment's signals and outcome are written; absent where they are only told, of media without an end. */
  readonly file?: string;
}

/** What the pool starts an analysis worker with. */
export interface AnalysisWorkerData {
  readonly inference?: { readonly port: MessagePort; readonly models: readonly ModelMeasurer[] };
}

/** How far a running task has come. */
export interface AnalysisProgress {
  readonly frames: number;
  readonly audioSeconds: number;
  /** Media time reached, in seconds. */
  readonly atSeconds: number;
}

/** What the main thread says to an analysis worker. */
export type ToWorker =
  | { readonly kind: "analyse"; readonly id: number; readonly task: AnalysisTask }
  | { readonly kind: "abort"; readonly id: number; readonly reason: ErrorFacts }
  | { readonly kind: "give way" };

/** What an analysis worker says to the main thread. */
export type FromWorker =
  | { readonly kind: "lanes"; readonly id: number; readonly lanes: readonly LaneSignals[] }
  /** A block of one of the lanes told before, as `packBlock` made it. */
  | { readonly kind: "block"; readonly id: number; readonly payload: ArrayBuffer }
  | { readonly kind: "mark"; readonly id: number; readonly mark: PlacedMark }
  | { readonly kind: "progress"; readonly id: number; readonly progress: AnalysisProgress }
  | { readonly kind: "finished"; readonly id: number; readonly outcome: DecodeOutcome }
  | { readonly kind: "failed"; readonly id: number; readonly error: ErrorFacts };
