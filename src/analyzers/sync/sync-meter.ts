import type { SignalBlock } from "../signal-block.js";
import { openPictureMarks, openSoundMarks } from "./marks.js";
import { pairMarks, type Pairing } from "./pair-marks.js";

export type { Pairing } from "./pair-marks.js";

/** How often picture and sound are compared, in media time. */
const stepSeconds = 1;

/** The newest marks of the picture that are compared: few, so that an offset that drifts is told as it is now. */
const comparedMarks = 12;
/** Marks that lie longer back are forgotten, so that memory stays the same however long a stream lasts. */
const rememberedSeconds = 180;

/**
 * So many pairs at one offset, and so large a share of all marks, are no chance: with a sound every two seconds, five flashes that
 * have nothing to do with them meet one offset to within 40 ms once in a million times.
 */
const leastPairs = 5;
const leastPairedRatio = 0.8;

/** Test patterns flash once per second or less often. Strobes go by a beat of their own, beside that of the music. */
const leastPeriodSeconds = 0.75;

/** A flash is known once it is over. */
const knownLateSeconds = 0.7;

/** A sound that lies no more than this before the first flash may belong to it. */
const edgeSeconds = 0.1;

/** What is heard once per second of media: the pairing, or nothing while it cannot be told. */
export type HearPairing = (pairing: Pairing | undefined, atSeconds: number) => void;

/** Compares when things happen in the picture with when they happen in the sound. */
export interface SyncMeter {
  /** Blocks of both lanes, in the order of their times as `besideEachOther` tells them. */
  push(block: SignalBlock, hear: HearPairing): void;
  /** The media is over. */
  end(hear: HearPairing): void;
}

/** Opens a meter for one picture and one sound track. */
export function openSyncMeter(): SyncMeter {
  const picture = openSide(openPictureMarks());
  const sound = openSide(openSoundMarks());
  let step = Number.NaN;

  function compare(hear: HearPairing): void {
    const atSeconds = Math.max(picture.lastSeconds, sound.lastSeconds);
    picture.forgetBefore(picture.lastSeconds - rememberedSeconds);
    sound.forgetBefore(sound.lastSeconds - rememberedSeconds);
    const flashes = picture.seconds.slice(-comparedMarks);
    const [first] = flashes;
    const lastFlash = flashes.at(-1) ?? 0;
    const isPattern = flashes.length >= leastPairs && lastFlash - (first ?? 0) >= leastPeriodSeconds * (flashes.length - 1);
    if (first === undefined || !isPattern) return hear(undefined, atSeconds);
    const watched = {
      fromSeconds: first - edgeSeconds,
      untilSeconds: Math.min(picture.lastSeconds, sound.lastSeconds) - knownLateSeconds,
    };
    const pairing = pairMarks(flashes, sound.seconds, watched);
    const isSure = pairing !== undefined && pairing.pairs.length >= leastPairs && pairing.pairedRatio >= leastPairedRatio;
    hear(isSure ? pairing : undefined, atSeconds);
  }

  return {
    push(block, hear) {
      const side = block.lane.name === "sound" ? sound : picture;
      if (block.discontinuityBefore) {
        // What lies before it need not have the same offset, nor the same clock.
        picture.forgetBefore(Number.POSITIVE_INFINITY);
        sound.forgetBefore(Number.POSITIVE_INFINITY);
      }
      // All samples of a second are known when the first of the next one comes, wherever blocks are cut.
      const next = Math.floor((block.pts[0] ?? 0) / stepSeconds);
      if (next > step) compare(hear);
      if (!(next <= step)) step = next;
      side.push(block);
    },
    end: compare,
  };
}

function openSide(marks: ReturnType<typeof openPictureMarks>) {
  return {
    seconds: [] as number[],
    lastSeconds: Number.NEGATIVE_INFINITY,

    push(block: SignalBlock): void {
      marks.push(block, (seconds) => this.seconds.push(seconds));
      this.lastSeconds = block.pts.at(-1) ?? this.lastSeconds;
    },
    forgetBefore(seconds: number): void {
      this.seconds = this.seconds.filter((one) => one >= seconds);
    },
  };
}
