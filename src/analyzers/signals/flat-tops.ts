import type { SoundKernels } from "../kernels/sound.js";

/** Flat stretches that ended in one window, and the samples in them. The next window writes over it. */
export interface Flats {
  /** Those that lie as high as the sound goes, or well beyond full scale. */
  tops: number;
  /** Those that lie lower, between corners: sound of few bits, and square waves, have them at every level. */
  ledges: number;
  samples: number;
}

/** Looks for tops that were cut off in one channel, sample by sample: at least three that are the same, between corners. */
export interface FlatTops {
  /** Of the present window. @param ceiling the largest sample of the last moments, and `floor` the smallest one */
  measure(ceiling: number, floor: number): Flats;
  /** The next samples do not follow on those before. */
  reset(): void;
}

/** @param lowestCeiling below it the steps of 16 bit are not small against the wave, and nothing counts */
export function openFlatTops(sound: SoundKernels, channel: number, lowestCeiling: number): FlatTops {
  const samples = sound.addressOf(channel);
  const kept = sound.reserve(5);
  const { buffer, byteOffset } = sound.reserve(2);
  const counts = new Int32Array(buffer, byteOffset, 3);
  const flats: Flats = { tops: 0, ledges: 0, samples: 0 };

  return {
    reset() {
      kept.fill(0);
    },
    measure(ceiling, floor) {
      sound.exports.findFlatTops(samples, sound.count, ceiling, floor, lowestCeiling, kept.byteOffset, byteOffset);
      flats.tops = counts[0] ?? 0;
      flats.ledges = counts[1] ?? 0;
      flats.samples = counts[2] ?? 0;
      return flats;
    },
  };
}
