import type { MediaInfo, SideTrack } from "../../decoder/index.js";
import { type CaptionMeasurer, definePictureMeasurer } from "../measurer.js";
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
  readonly present: ReadonlySet<number>;
  readonly content: ReadonlySet<number>;
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
