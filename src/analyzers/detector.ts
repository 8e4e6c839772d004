import type { z } from "zod";
import type { MediaInfo } from "../decoder/index.js";
import type { Lane, SignalBlock } from "./signal-block.js";

export type Medium = "video" | "audio" | "av" | "stream";

/** A part of the picture in pixels of the coded frame. */
export interface Region {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Numbers by name; the names carry their units. */
export type Values = Readonly<Record<string, number>>;

export interface OpenedDefect {
  /** When the defect began, which may lie before the sample that proved it. */
  readonly startSeconds: number;
  readonly measured: Values;
  readonly threshold: Values;
  /** 0..1; 1 where the definition is exact. */
  readonly confidence?: number;
  readonly region?: Region;
  /** Which form of the defect it is, in kebab-case, where there are several. */
  readonly kind?: string;
  /** What most likely caused it, in words. */
  readonly causes?: readonly string[];
}

/** Names one open defect of one detector; made by `emit.open`. */
export type DefectHandle = object;

/** How a detector speaks. It gives no ids and knows no clock: those are given outside. */
export interface Emit {
  open(defect: OpenedDefect): DefectHandle;
  update(handle: DefectHandle, measured: Values): void;
  close(handle: DefectHandle, endSeconds: number, measured: Values): void;
}

/** The running half of a detector: one per lane. Called in presentation order. */
export interface Judging {
  push(block: SignalBlock, emit: Emit): void;
  /** For a detector that reads several lanes: one of them ended. Its last samples may still wait for the other lane's. */
  laneEnd?(lane: Lane, endSeconds: number, emit: Emit): void;
  /** The media ended at `endSeconds`: whatever is open closes now. */
  end(endSeconds: number, emit: Emit): void;
}

export interface DetectorDefinition<Parameters extends z.ZodObject = z.ZodObject> {
  /** The defect type of the contract, and this file's name. */
  readonly type: string;
  readonly version: string;
  readonly medium: Medium;
  /** What is wrong, in a few words that an operator reads in an alert. */
  readonly summary: string;
  /** Where definition and thresholds come from: standard and clause, paper, or ffmpeg filter. */
  readonly standard: string;
  /** EBU QC item (qc.ebu.io), where one exists. */
  readonly ebuQcItem?: string;
  /** The signals it reads. It runs once on every lane that provides all of them. */
  readonly signals: readonly string[];
  /**
   * Signals of sound that it reads beside `signals` of the picture. It then runs once for each sound track; blocks of both
   * lanes come in the order of their times, in turns of half a second, the picture first.
   */
  readonly soundSignals?: readonly string[];
  /** Every parameter has a default and a description. */
  readonly parameters: Parameters;
  /** In profile `keyframes` most frames are not seen: how long one is shown is not known. */
  begin(parameters: z.output<Parameters>, media: MediaInfo, profile: "full" | "fast" | "keyframes"): Judging;
}

/** Declares a detector. A detector is pure: no clock, no chance, no I/O. */
export function defineDetector<Parameters extends z.ZodObject>(
  definition: DetectorDefinition<Parameters>,
): DetectorDefinition<Parameters> {
  return definition;
}
