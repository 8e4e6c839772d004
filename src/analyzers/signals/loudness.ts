import { openWeighing } from "../kernels/sound-filters.js";
import { defineSoundMeasurer } from "../measurer.js";
import { channelWeights } from "./channel-weights.js";
import { lufsOf, openGatedLoudness } from "./gated-loudness.js";
import { kWeighting } from "./k-weighting.js";
import { openMovingSum } from "./moving-sum.js";

/** In windows of 10 ms: the lengths of momentary and short-term loudness, and how often a gating block begins. */
const momentaryWindows = 40;
const shortTermWindows = 300;
const windowsPerBlock = 10;

/** Digital silence has no loudness; it is written as this, which lies far below the absolute gate of -70 LUFS. */
const floorLufs = -120;

const integratedGateLu = 10;
const rangeGateLu = 20;
const rangeQuantiles = [0.1, 0.95] as const;

/**
 * Loudness of a track, all its channels together: ITU-R BS.1770-5, EBU R 128 (2023), EBU Tech 3341 and 3342.
 *
 * Momentary (0.4 s) and short-term (3 s) loudness slide by 10 ms, so that a maximum is found wherever it lies (Tech
 * 3341, cases 10 and 13, ask for it). Integrated loudness takes the 400 ms every 100 ms (an overlap of 75 %), and
 * range the 3 s every 100 ms, from the track's first sample, as ffmpeg's ebur128 does.
 *
 * At a gap in the source the sound is measured as if it ran on. Windows that are cut short, there and at the end, are
 * left out: at most 10 ms.
 */
export const loudness = defineSoundMeasurer({
  name: "loudness",
  needs: "any",
  lookbackSeconds: shortTermWindows / 100,
  provides: {
    "loudness.momentaryLufs": {
      unit: "lufs",
      range: [floorLufs, 10],
      meaning: "Loudness of the last 0.4 s (EBU Tech 3341 M); -120 stands for that and all below",
    },
    "loudness.shortTermLufs": {
      unit: "lufs",
      range: [floorLufs, 10],
      meaning: "Loudness of the last 3 s (EBU Tech 3341 S); -120 stands for that and all below",
    },
    "loudness.integratedLufs": {
      unit: "lufs",
      range: [-70, 10],
      meaning: "Gated loudness from the track's start up to here (ITU-R BS.1770-5); not measured in silence below -70 LUFS",
    },
    "loudness.rangeLu": {
      unit: "lu",
      range: [0, 60],
      meaning: "Loudness range from the track's start up to here (EBU Tech 3342)",
    },
  },

  begin: ({ media, track, sampleRate, channels, sound }) => {
    const shortestWindow = Math.floor(sampleRate / 100);
    const weights = channelWeights(media.audio[track]?.layout ?? "", channels);
    const heard = weights.flatMap((weight, channel) => (weight > 0 ? [channel] : []));
    const weigh = openWeighing(sound, heard, kWeighting(sampleRate));
    const momentaryOf = openMeanEnergy(momentaryWindows);
    const shortTermOf = openMeanEnergy(shortTermWindows);
    const blocks = openGatedLoudness();
    const shortTerms = openGatedLoudness();
    let windows = 0;
    let integratedLufs: number | undefined;
    let rangeLu: number | undefined;

    return (_, write) => {
      if (sound.count < shortestWindow) return;
      const energies = weigh();
      let energy = 0;
      for (let at = 0; at < heard.length; at++) energy += (weights[heard[at] ?? 0] ?? 0) * (energies[at] ?? 0);
      windows++;

      const momentary = momentaryOf(energy, sound.count);
      const shortTerm = shortTermOf(energy, sound.count);
      if (windows % windowsPerBlock === 0) {
        if (momentary !== undefined) blocks.add(momentary);
        if (shortTerm !== undefined) shortTerms.add(shortTerm);
        integratedLufs = blocks.mean(integratedGateLu);
        rangeLu = shortTerms.spread(rangeGateLu, ...rangeQuantiles);
      }
      if (momentary !== undefined) write("loudness.momentaryLufs", Math.max(floorLufs, lufsOf(momentary)));
      if (shortTerm !== undefined) write("loudness.shortTermLufs", Math.max(floorLufs, lufsOf(shortTerm)));
      if (integratedLufs !== undefined) write("loudness.integratedLufs", integratedLufs);
      if (rangeLu !== undefined) write("loudness.rangeLu", rangeLu);
    };
  },
});

/** Mean weighted energy of the last windows; undefined where there are not so many yet. */
function openMeanEnergy(length: number): (energy: number, samples: number) => number | undefined {
  const energies = openMovingSum(length);
  const counts = openMovingSum(length);
  let windows = 0;
  return (energy, samples) => {
    const mean = energies.add(energy) / counts.add(samples);
    return ++windows < length ? undefined : mean;
  };
}
