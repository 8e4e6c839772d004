/**
 * What is watched in a transport stream: ETSI TR 101 290 V1.4.1, clause 5.2, priorities 1 and 2. The names of the columns are those
 * of signals `transport.*`.
 */
export const transportIndicators = {
  syncLosses: "1.1 TS_sync_loss",
  syncByteErrors: "1.2 Sync_byte_error",
  patErrors: "1.3.a PAT_error_2",
  continuityErrors: "1.4 Continuity_count_error",
  pmtErrors: "1.5.a PMT_error_2",
  pidErrors: "1.6 PID_error",
  transportErrors: "2.1 Transport_error",
  crcErrors: "2.2 CRC_error",
  pcrRepetitionErrors: "2.3.a PCR_repetition_error",
  pcrDiscontinuityErrors: "2.3.b PCR_discontinuity_indicator_error",
  ptsErrors: "2.5 PTS_error",
  catErrors: "2.6 CAT_error",
} as const;

export type TransportIndicator = keyof typeof transportIndicators;

export const indicatorNames = Object.keys(transportIndicators) as TransportIndicator[];

/** Limits of TR 101 290, in seconds of the stream's own clock; 1.6 is the user's to set. */
export const limitSeconds = { pat: 0.5, pmt: 0.5, pid: 5, pcr: 0.1, pts: 0.7 } as const;

/** Of each stretch of the stream, what was wrong in it; one sample of the lane `transport`. */
export interface TransportSample {
  /** On the media's clock, in seconds. */
  pts: number;
  readonly counts: Readonly<Record<TransportIndicator, number>>;
  /** Tracks came, went or changed their type. */
  readonly programChanges: number;
  readonly bytes: number;
  readonly discontinuityBefore: boolean;
  readonly previousEndSeconds?: number;
}

/** What was seen of the whole stream; plain data. */
export interface TransportFacts {
  /** Where not all of the source was read in order, but a part of it was asked for: how many of its first bytes these facts are of. */
  readonly seenBytes?: number;
  readonly packetBytes: number;
  readonly packets: number;
  /** Share of stuffing (0..1). */
  readonly nullRatio: number;
  readonly bitsPerSecond?: number;
  readonly tracks: readonly {
    readonly pid: number;
    readonly streamType: number;
    readonly medium: "picture" | "sound" | "other";
    readonly packets: number;
    readonly bitsPerSecond?: number;
    readonly continuityErrors: number;
  }[];
  /** Each indicator, by its name in the standard: how often, or why it does not apply. */
  readonly indicators: readonly { readonly name: string; readonly count?: number; readonly notApplicable?: string }[];
  /** Longest distances found, in seconds. */
  readonly longestSeconds: { readonly pat: number; readonly pmt: number; readonly pcr: number };
}
