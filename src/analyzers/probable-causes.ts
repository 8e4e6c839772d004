import type { Defect } from "./defect.js";

/** Where along the way of a stream a fault probably began: a short word for programs, and a sentence for people. */
export interface ProbableCause {
  readonly word: "origin" | "network" | "encoder" | "source";
  readonly reason: string;
}

/** What lost or damaged packets, or missing segments, do to picture and sound. */
const consequences: ReadonlySet<string> = new Set([
  "block-corruption",
  "decode-error",
  "timestamp-gap",
  "freeze",
  "frame-drop",
  "dropout",
  "silence",
  "stall",
]);

/**
 * What is found in the layers below picture and sound, and what it says; what lies nearer to the beginning of the way comes first.
 * Kinds of `manifest` that mean that the origin does not have, or does not give, what it should; kinds of `transport` that mean
 * lost or damaged data, and no table or clock that came late.
 */
const below: readonly (ProbableCause & { readonly type: string; readonly kinds: ReadonlySet<string> })[] = [
  {
    word: "origin",
    reason: "Segments are missing, or no new ones come: the origin does not have what it should.",
    type: "manifest",
    kinds: new Set(["missing-segment", "discontinuity", "stale"]),
  },
  {
    word: "network",
    reason: "Packets were lost or damaged on the way.",
    type: "transport",
    kinds: new Set(["sync-loss", "sync-byte-error", "continuity-count-error", "transport-error", "pid-error"]),
  },
];

/**
 * What a fault says where nothing is wrong in the layers below it. Frames that a frozen picture is made of do arrive, and are
 * decoded without complaint; that packets are whole is only known where they are watched.
 */
const above: readonly (ProbableCause & { readonly of: string; readonly needsPackets: boolean })[] = [
  {
    word: "encoder",
    reason: "Frames arrive whole, and each is the one before it: the encoder, or what feeds it, stands still.",
    of: "freeze",
    needsPackets: false,
  },
  {
    word: "source",
    reason: "The packets of the sound arrive whole, and there is nothing in them: it is missing before the encoder.",
    of: "silence",
    needsPackets: true,
  },
];

/** A lost packet shows in a picture that is shown by so much later, or earlier, than what was sent beside it. */
const reachSeconds = 1;
/** Live, a fault may last for hours: what goes wrong so long after it began did not cause it. */
const laterSeconds = 10;
/** For so long after its end a fault of a lower layer is still looked for. */
const rememberedSeconds = 60;

function layerOf({ type, kind }: Defect): (typeof below)[number] | undefined {
  return kind === undefined ? undefined : below.find((layer) => layer.type === type && layer.kinds.has(kind));
}

/** Names the layer below as the cause of what it did, where both were found in the same place. */
export function withProbableCauses(defects: readonly Defect[]): Defect[] {
  const losses = defects.filter((defect) => layerOf(defect) !== undefined);
  if (losses.length === 0) return [...defects];
  return defects.map((defect) => {
    if (!consequences.has(defect.type)) return defect;
    const { endSeconds = Number.POSITIVE_INFINITY } = defect;
    const kinds = new Set(losses.filter((loss) => began(loss, defect, endSeconds)).map(({ type, kind }) => `${type}: ${kind}`));
    return kinds.size === 0 ? defect : { ...defect, causes: [...(defect.causes ?? []), ...kinds] };
  });
}

/** The loss lies where the defect begins, or in it until `untilSeconds`. */
function began(loss: Defect, { startSeconds }: Defect, untilSeconds: number): boolean {
  return loss.startSeconds <= untilSeconds && (loss.endSeconds ?? Number.POSITIVE_INFINITY) >= startSeconds - reachSeconds;
}

/** Joins the layers of a live stream on one timeline. */
export interface CauseFinder {
  /** Takes note of a defect as it is known now; its times may not lie far before those noted last. */
  note(defect: Defect): void;
  /** What probably caused it, by what is known so far. */
  causeOf(defect: Defect): ProbableCause | undefined;
}

/** @param packetsAreWatched a fault of the packets would have been noted */
export function openCauseFinder(packetsAreWatched: boolean): CauseFinder {
  /** Faults of the layers below, decode errors included, by their id. */
  const noted = new Map<string, Defect>();

  return {
    note(defect) {
      const { id, type, startSeconds, endSeconds = startSeconds } = defect;
      for (const [known, { endSeconds: ended = Number.POSITIVE_INFINITY }] of noted) {
        if (ended < endSeconds - rememberedSeconds) noted.delete(known);
      }
      if (layerOf(defect) !== undefined || type === "decode-error") noted.set(id, defect);
    },
    causeOf(defect) {
      const { id, type, startSeconds, endSeconds = Number.POSITIVE_INFINITY } = defect;
      if (!consequences.has(type)) return undefined;
      const untilSeconds = Math.min(endSeconds, startSeconds + laterSeconds);
      const beside = [...noted.values()].filter((other) => other.id !== id && began(other, defect, untilSeconds));
      const layer = below.find(({ word }) => beside.some((other) => layerOf(other)?.word === word));
      const found = layer ?? (beside.length > 0 ? undefined : above.find(({ of }) => of === type));
      if (found === undefined || ("needsPackets" in found && found.needsPackets && !packetsAreWatched)) return undefined;
      return { word: found.word, reason: found.reason };
    },
  };
}
