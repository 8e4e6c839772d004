import { definePlanter, type Strength } from "../planter.js";

/** The whole programme brought to a loudness. */
function programmeAt(lufs: number): Strength {
  return {
    name: `a programme at ${lufs} LUFS`,
    actionable: true,
    lastsSeconds: Infinity,
    sound: () => `loudnorm=I=-23:LRA=7:TP=-2,aformat=sample_rates=48000:channel_layouts=stereo,volume=${lufs + 23}dB`,
  };
}

/** Noise at about -9 LUFS: 3 s of sound reach the limit 0.6 s after it begins, and stay there until 2.4 s after it ends. */
const loudNoise: Strength = {
  name: "5 s of noise, 7 LU above the short-term limit",
  actionable: true,
  lastsSeconds: 5,
  sound: ({ startSeconds, endSeconds }) =>
    `aeval=exprs='if(between(t,${startSeconds},${endSeconds}),0.38*(2*random(ch)-1),0.2*val(ch))':c=same`,
  expected: ({ startSeconds, endSeconds }, { durationSeconds }) => [
    { startSeconds: startSeconds + 0.6, endSeconds: Math.min(durationSeconds, endSeconds + 2.4) },
  ],
};

/** The tolerance is so wide that clips pass that nobody has brought to a target. */
export const planter = definePlanter({
  type: "loudness",
  needs: "sound",
  strengths: [programmeAt(-42), programmeAt(-50), loudNoise],
  policy: {
    version: 1,
    name: "loudness-accuracy",
    detectors: { loudness: { parameters: { targetLufs: -23, toleranceLu: 15, maximumShortTermLufs: -16 } } },
  },
  alsoRaises: ["true-peak", "clipping", "level-jump", "silence", "dual-mono"],
});
