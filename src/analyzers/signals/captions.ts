import type { MediaInfo, SideTrack } from "../../decoder/index.js";
import { type CaptionMeasurer, definePictureMeasurer } from "../measurer.js";
import type { Discontinuity } from "./lane-columns.js";
import { emptyBlock, type LaneSignals, type SignalBlock } from "../signal-block.js";

/** Whether pictures carry captions, if only their stuffing. */
export const pictureCaptions = definePictureMeasurer({
  name: "captions in the picture",
  needs: "any",
  lookbackSeconds: 0,
  provides: {
    "caption.isPresent": {
      unit: "0 or 1",
      range: [0, 1],
      meaning: "The picture carries caption data (CEA-608, CEA-708), if only stuffing",
    },
  },
  begin:
    () =>
    ({ frame }, write) =>
      write("caption.isPresent", frame.captions === true ? 1 : 0),
});

const meanings = {
  "caption.isPresent": {
    unit: "0 or 1",
    range: [0, 1],
    meaning: "Caption data, if only stuffing, came within half a second; of a track of text always",
  },
  "caption.hasContent": {
    unit: "0 or 1",
    range: [0, 1],
    meaning: "Captions that show something came in this tenth of a second, or are shown in it",
  },
} as const;

/** What a track of captions holds. */
export const captionContent: CaptionMeasurer = {
  lane: "captions",
  name: "content of captions",
  needs: "any",
  lookbackSeconds: 0,
  provides: meanings,
};

const binSeconds = 0.1;
/** Of two or three pictures one may carry the data of all. */
const presentBins = 5;
/** Times that are meant to be equal are, to the clock of any container. */
const toleranceBins = 1e-5;

/** The tracks of captions of a media, in the order of their lanes. */
export function captionTracks({ sideTracks = [] }: MediaInfo): readonly SideTrack[] {
  return sideTracks.filter(({ kind }) => kind !== "scte-35");
}

/** When a track had captions. */
export interface CaptionTimes {
  /** Captions came at `seconds`, and are shown for so long where that is said. Order does not matter. */
  note(seconds: number, durationSeconds: number, hasContent: boolean): void;
  readonly present: Set<number>;
  readonly content: Set<number>;
}

export function openCaptionTimes(): CaptionTimes {
  const present = new Set<number>();
  const content = new Set<number>();
  return {
    present,
    content,
    note(seconds, durationSeconds, hasContent) {
      const first = Math.floor(seconds / binSeconds + toleranceBins);
      for (let bin = first; bin < first + presentBins; bin++) present.add(bin);
      if (!hasContent) return;
      const end = (seconds + durationSeconds) / binSeconds - toleranceBins;
      for (let bin = first; bin === first || bin < end; bin++) content.add(bin);
    },
  };
}

/** A tenth of a second of a track of captions. */
export interface CaptionSample extends Discontinuity {
  readonly pts: number;
  readonly isPresent: boolean;
  readonly hasContent: boolean;
}

/** Captions of a stream without an end, told as media time passes. */
export interface CaptionFlow {
  /** A picture carries caption data. Pictures come in the order of coding. */
  caption(seconds: number, hasContent: boolean): void;
  /** Media time has come so far; `isTorn`: not by running on. */
  reached(seconds: number, isTorn: boolean): void;
  /** Nothing more will come. */
  end(): void;
}

/** A picture that is shown later by less than this may be sent before: bins are told when nothing can come into them any more. */
const reorderBins = 10;

/** Opens the captions in the picture of a stream without an end. */
export function openCaptionFlow(tell: (sample: CaptionSample) => void): CaptionFlow {
  let times = openCaptionTimes();
  let nextBin: number | undefined;
  let reachedSeconds = 0;
  let torn: Discontinuity = { discontinuityBefore: false };

  function tellUntil(endBin: number): void {
    const { present, content } = times;
    for (let bin = nextBin ?? endBin; bin < endBin; bin++) {
      tell({ pts: bin * binSeconds, isPresent: present.delete(bin), hasContent: content.delete(bin), ...torn });
      torn = { discontinuityBefore: false };
    }
    nextBin = Math.max(nextBin ?? endBin, endBin);
  }

  const binOf = (seconds: number): number => Math.floor(seconds / binSeconds + toleranceBins);

  return {
    caption(seconds, hasContent) {
      if (binOf(seconds) >= (nextBin ?? 0)) times.note(seconds, 0, hasContent);
    },
    reached(seconds, isTorn) {
      if (isTorn) {
        tellUntil(binOf(reachedSeconds) + 1);
        torn = { discontinuityBefore: true, previousEndSeconds: reachedSeconds };
        times = openCaptionTimes();
        nextBin = undefined;
      }
      reachedSeconds = seconds;
      nextBin ??= binOf(seconds);
      tellUntil(binOf(seconds) - reorderBins);
    },
    end: () => tellUntil(binOf(reachedSeconds) + 1),
  };
}

/** The signals of a track of captions between two times. */
export function captionBlock(
  { present, content }: CaptionTimes,
  kind: SideTrack["kind"],
  { lane, signals }: LaneSignals,
  startSeconds: number,
  endSeconds: number,
): SignalBlock {
  const first = Math.ceil(startSeconds / binSeconds);
  const count = Math.max(0, Math.ceil(endSeconds / binSeconds) - first);
  const block = emptyBlock(signals, count);
  for (let index = 0; index < count; index++) {
    const bin = first + index;
    block.pts[index] = bin * binSeconds;
    // A text that is not shown has no data either; its track is there all the same.
    const isPresent = kind === "text" || present.has(bin);
    for (const [name, value] of [
      ["caption.isPresent", isPresent],
      ["caption.hasContent", content.has(bin)],
    ] as const) {
      const column = block.signals[name];
      if (column !== undefined) column[index] = value ? 1 : 0;
    }
  }
  return { lane, startIndex: 0, ...block, discontinuityBefore: false };
}
