import { type ClipRecipe, legalColors, warble } from "./make.js";

/**
 * 17 s with a black from 3.2 s, a silence from 7 s and a freeze from 10.72 s to 14.2 s. Cut into the 4 pieces that are worth it
 * (at 4.49 s, 8.66 s, 12.83 s) each of them goes across a cut.
 */
const picture = [
  `testsrc2=s=160x90:r=25:d=3.2,${legalColors}[start]`,
  "color=black:s=160x90:r=25:d=3[black]",
  `testsrc2=s=160x90:r=25:d=4.52,${legalColors},tpad=stop_mode=clone:stop_duration=3.48[freeze]`,
  `testsrc2=s=160x90:r=25:d=2.8,${legalColors},negate[end]`,
  "[start][black][freeze][end]concat=n=4",
].join(";");
const sound = `${warble({ seconds: 17 })},volume=0:enable='between(t,7,11)'`;

/** Keyframes that others' pictures reach across, where no cut is. */
export const openGroups = [
  "-c:v",
  "libx264",
  "-preset",
  "veryfast",
  "-pix_fmt",
  "yuv420p",
  "-g",
  "40",
  "-bf",
  "3",
  "-x264-params",
  "open-gop=1",
];

/** The film as MP4, with AAC sound. */
export const mp4: ClipRecipe = { inputs: [picture, sound], options: [...openGroups, "-c:a", "aac"], extension: "mp4" };

/** The film as transport stream, with AC-3 sound. */
export const transportStream: ClipRecipe = { ...mp4, options: [...openGroups, "-c:a", "ac3"], extension: "ts" };

/** The film as transport stream in which bytes are wrong and packets are missing. */
export const damagedStream: ClipRecipe = {
  ...transportStream,
  edits: [
    { edit: "damage", from: 0.2, to: 0.22, everyBytes: 331 },
    { edit: "damage", from: 0.4, to: 0.43, everyBytes: 611 },
    { edit: "drop", from: 0.72, to: 0.74, multipleBytes: 188 },
  ],
};
