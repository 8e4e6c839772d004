import { type ClipRecipe, legalColors, warble } from "./make.js";

/**
 * 26 s with a black from 7 s, a silence from 11 s and a freeze from 15.52 s to 19 s. Cut into 6 pieces (at 4.33 s, 8.67 s,
 * 13 s, 17.33 s, 21.67 s) each of them goes across a cut.
 */
const picture = [
  `testsrc2=s=160x90:r=25:d=7,${legalColors}[start]`,
  "color=black:s=160x90:r=25:d=3[black]",
  `testsrc2=s=160x90:r=25:d=5.52,${legalColors},tpad=stop_mode=clone:stop_duration=3.48[freeze]`,
  `testsrc2=s=160x90:r=25:d=7,${legalColors},negate[end]`,
  "[start][black][freeze][end]concat=n=4",
].join(";");
const sound = `${warble({ seconds: 26 })},volume=0:enable='between(t,11,15)'`;

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
