import type { DefectEntry } from "./notifier/index.js";

/** What is known of a live stream at this moment, for people and programs; kept up to date by who runs it. */
export interface StreamStatus {
  readonly jobId: string;
  readonly stream: string;
  /** Without query and credentials. */
  readonly source: string;
  readonly state: "connecting" | "running" | "stalled" | "reconnecting" | "ended";
  /** Why it does not run, for people. */
  readonly reason?: string;
  readonly startedAt: Date;
  /** Stream time that has been measured, in seconds from the first frame on. */
  readonly mediaSeconds: number;
  /** How far what was measured last is behind the wall clock of its arrival, in seconds. */
  readonly lagSeconds?: number;
  /** Over the last seconds. */
  readonly framesPerSecond?: number;
  readonly reconnects: number;
  readonly loudness: readonly {
    readonly track: number;
    readonly momentaryLufs?: number;
    readonly shortTermLufs?: number;
    readonly integratedLufs?: number;
  }[];
  readonly openIncidents: readonly { readonly incidentKey: string; readonly startTime: string; readonly defect: DefectEntry }[];
  /** The newest first, at most 20. */
  readonly lastAlerts: readonly {
    readonly id: string;
    readonly type: string;
    readonly time: string;
    readonly incidentKey?: string;
  }[];
}
