import { shortfall } from "./completeness.js";
import type { DecodeErrorKind, DecodeOutcome } from "./decode-outcome.js";
import type { MediaInfo } from "./media-info.js";
import type { PlacedMark } from "./splice-mark.js";

/** How the decoding of a whole media went. */
export type JoinedOutcome = {
  /** Where something is to be spliced in, in order of time; absent where nothing is. */
  readonly marks?: readonly PlacedMark[];
} & Pick<
  DecodeOutcome,
  "frames" | "pictureEndSeconds" | "soundEndSeconds" | "picture" | "errors" | "incompleteReason" | "transport" | "decoder"
>;

/** The latest of the times that are known. */
export function latest(seconds: readonly (number | undefined)[]): number | undefined {
  const known = seconds.filter((second) => second !== undefined);
  return known.length === 0 ? undefined : Math.max(...known);
}

/**
 * Joins the outcomes of a media's segments, the picture's in order.
 * @param toTheEnd the media was read to its end and every frame seen, so that its declared duration must be met
 */
export function joinOutcomes(media: MediaInfo, outcomes: readonly DecodeOutcome[], toTheEnd: boolean): JoinedOutcome {
  const pictureEndSeconds = latest(outcomes.map((outcome) => outcome.pictureEndSeconds));
  const soundEndSeconds = latest(outcomes.map((outcome) => outcome.soundEndSeconds));
  const ends = {
    ...(pictureEndSeconds === undefined ? {} : { pictureEndSeconds }),
    ...(soundEndSeconds === undefined ? {} : { soundEndSeconds }),
  };
  const told = outcomes.find((outcome) => outcome.incompleteReason !== undefined)?.incompleteReason;
  const incompleteReason = told ?? (toTheEnd ? shortfall(media, ends) : undefined);
  const transport = outcomes.find((outcome) => outcome.transport !== undefined)?.transport;
  const picture = outcomes.find((outcome) => outcome.picture !== undefined)?.picture;
  return {
    frames: outcomes.reduce((sum, { frames }) => sum + frames, 0),
    ...ends,
    ...(picture === undefined ? {} : { picture }),
    ...(transport === undefined ? {} : { transport }),
    errors: joinErrors(outcomes.flatMap(({ errors }) => errors)),
    ...(incompleteReason === undefined ? {} : { incompleteReason }),
    decoder: outcomes.some(({ decoder }) => decoder === "nvdec") ? "nvdec" : "cpu",
  };
}

function joinErrors(errors: readonly DecodeErrorKind[]): DecodeErrorKind[] {
  const joined = new Map<string, DecodeErrorKind>();
  for (const error of errors) {
    const key = `${error.medium} ${error.kind}`;
    const known = joined.get(key);
    const first = known !== undefined && known.firstSeconds <= error.firstSeconds ? known : error;
    joined.set(key, {
      ...first,
      count: error.count + (known?.count ?? 0),
      lastSeconds: Math.max(error.lastSeconds, known?.lastSeconds ?? error.lastSeconds),
    });
  }
  return [...joined.values()].sort((one, other) => one.firstSeconds - other.firstSeconds || (one.kind < other.kind ? -1 : 1));
}
