import type { AudioBlock, MediaInfo, VideoFrame } from "../decoder/index.js";
import type { Cells, Kernels, LumaSums } from "./kernels/index.js";
import type { SoundKernels } from "./kernels/sound.js";
import type { CellMeans } from "./signals/cell-means.js";

/** What a signal is, for documentation, plots and the check that detectors only use what exists. */
export interface SignalDeclaration {
  /** `ratio`, `seconds`, `count`, `level` (8-bit luma scale), `dbfs` … */
  readonly unit: string;
  readonly range: readonly [minimum: number, maximum: number];
  readonly meaning: string;
}

interface MeasurerFacts {
  readonly name: string;
  readonly provides: Readonly<Record<string, SignalDeclaration>>;
  /** `native`: only right on pixels as coded; off in profile `fast`, where the picture is scaled. */
  readonly needs: "native" | "any";
  /**
   * How far back a sample's value reaches: a segment decodes that much before its own start, and at least one frame
   * where this is not 0. The measurer sees those frames too; what it writes for them is dropped.
   */
  readonly lookbackSeconds: number;
}

/** Receives the value of one declared signal for the present sample. Not written means NaN, not measured. */
export type WriteSignal<Name extends string = string> = (name: Name, value: number) => void;

/** The frame to measure. Its passes over pixels run when first asked for and at most once, whoever asks. */
export interface FrameToMeasure {
  readonly frame: VideoFrame;
  /** The frame before it; absent at the start and after a discontinuity or a change of shape. */
  readonly previous: VideoFrame | undefined;
  /** The sums of the luma plane, from the one pass that all luma signals share. */
  luma(): LumaSums;
  /** Sum of absolute differences to `previous` over all planes; undefined where there is no previous frame. */
  difference(): number | undefined;
  /** The luma plane in cells of 16x16 samples, with differences to `previous`: from the same pass as `luma()`. */
  cells(): Cells;
  /** Both chroma planes in cells that lie on those of luma; undefined for a picture without chroma. */
  chromaCells(): readonly [Cells, Cells] | undefined;
  /**
   * The means of `cells()`, a few thousand of them, with those of `previous`; undefined where there is no previous frame. For
   * measurers of lane `picture`: it has to be asked for on every frame.
   */
  cellMeans(): CellMeans | undefined;
}

export interface PictureContext {
  readonly media: MediaInfo;
  readonly kernels: Kernels;
}

/** Measures each frame. */
export interface PictureMeasurer<Name extends string = string> extends MeasurerFacts {
  readonly lane: "picture";
  begin(context: PictureContext): (measured: FrameToMeasure, write: WriteSignal<Name>) => void;
}

/**
 * Measures what changes slowly or costs much: the first frame at or after each multiple of 0.08 s of media time, every
 * second one at 25 frames per second. Where a segment begins must make no difference: a still's values depend on its own
 * frame and on no still before it, except as far as `lookbackSeconds` reaches.
 */
export interface StillMeasurer<Name extends string = string> extends MeasurerFacts {
  readonly lane: "stills";
  begin(context: PictureContext): (measured: FrameToMeasure, write: WriteSignal<Name>) => void;
}

export interface SoundContext {
  readonly media: MediaInfo;
  readonly track: number;
  readonly sampleRate: number;
  readonly channels: number;
  /** Each window lies there before it is measured, with the peak, energy and the like of each channel. */
  readonly sound: SoundKernels;
}

/**
 * Measures each 10 ms window of one track; begun anew where its rate or number of channels changes.
 * `window.samples` are views, valid until the call returns.
 */
export interface SoundMeasurer<Name extends string = string> extends MeasurerFacts {
  readonly lane: "sound";
  begin(context: SoundContext): (window: AudioBlock, write: WriteSignal<Name>) => void;
}

/**
 * Signals that a model gives, in the order of `provides`; the values come from the inference worker.
 * A model is shown the luma of some frames, area-scaled to `image` pixels of one byte, full range 0..255.
 */
export interface ModelMeasurer extends MeasurerFacts {
  readonly lane: "models";
  readonly model: string;
  readonly image: { readonly width: number; readonly height: number };
  /** It is shown the first frame at or after each multiple of `1 / imagesPerSecond` of media time. */
  readonly imagesPerSecond: number;
}

/** Signals of the playlists of a source. */
export interface ManifestMeasurer extends MeasurerFacts {
  readonly lane: "manifest";
}

/** Signals of the packets of a transport stream, which the decoder's monitor counts. */
export interface TransportMeasurer extends MeasurerFacts {
  readonly lane: "transport";
}

/** Signals of a track of captions. */
export interface CaptionMeasurer extends MeasurerFacts {
  readonly lane: "captions";
}

export type Measurer =
  | PictureMeasurer
  | StillMeasurer
  | SoundMeasurer
  | ModelMeasurer
  | TransportMeasurer
  | ManifestMeasurer
  | CaptionMeasurer;

type Provided<Facts extends { provides: Readonly<Record<string, SignalDeclaration>> }> = keyof Facts["provides"] & string;

/** Declares a measurer of frames; the names that `begin` may write are those of `provides`. */
export function definePictureMeasurer<const Provides extends Readonly<Record<string, SignalDeclaration>>>(
  measurer: Omit<PictureMeasurer<Provided<{ provides: Provides }>>, "lane" | "provides"> & { readonly provides: Provides },
): PictureMeasurer<Provided<{ provides: Provides }>> & { readonly provides: Provides } {
  return { lane: "picture", ...measurer };
}

/** Declares a measurer of stills; the names that `begin` may write are those of `provides`. */
export function defineStillMeasurer<const Provides extends Readonly<Record<string, SignalDeclaration>>>(
  measurer: Omit<StillMeasurer<Provided<{ provides: Provides }>>, "lane" | "provides"> & { readonly provides: Provides },
): StillMeasurer<Provided<{ provides: Provides }>> & { readonly provides: Provides } {
  return { lane: "stills", ...measurer };
}

/** Declares a measurer of sound windows; the names that `begin` may write are those of `provides`. */
export function defineSoundMeasurer<const Provides extends Readonly<Record<string, SignalDeclaration>>>(
  measurer: Omit<SoundMeasurer<Provided<{ provides: Provides }>>, "lane" | "provides"> & { readonly provides: Provides },
): SoundMeasurer<Provided<{ provides: Provides }>> & { readonly provides: Provides } {
  return { lane: "sound", ...measurer };
}
