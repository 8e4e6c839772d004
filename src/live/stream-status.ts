import type { Acknowledgement, OpenIncident } from "../notifier/index.js";

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
  /** Nothing is told of it at this moment: by its policy, or as somebody asked. */
  readonly inMaintenance: boolean;
  readonly openIncidents: readonly OpenIncident[];
  /** The newest first, at most 20. */
  readonly lastAlerts: readonly {
    readonly id: string;
    readonly type: string;
    readonly time: string;
    readonly incidentKey?: string;
  }[];
}

/** The part of it that is about telling people. */
export type ToldStatus = Pick<StreamStatus, "inMaintenance" | "openIncidents" | "lastAlerts">;

/** What people may ask of a live stream while it runs. */
export interface StreamControls {
  /** No alert of the incident but that it is over. False where no such incident is open. */
  acknowledge(acknowledgement: Acknowledgement): boolean;
  /** No alert at all in this time, in milliseconds of the wall clock; what is wrong at its end is told then. */
  maintenance(fromMilliseconds: number, untilMilliseconds: number): void;
}
