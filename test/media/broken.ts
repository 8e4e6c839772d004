import { type ClipEdit, type ClipRecipe, h264, movingPicture, warble } from "./make.js";

const inputs = [`${movingPicture({ size: "320x180", seconds: 6 })},noise=alls=12:allf=t:all_seed=3`, warble({ seconds: 6 })];
const film = [...h264, "-c:a", "aac"];
const mpeg2 = ["-c:v", "mpeg2video", "-b:v", "1M"];

/** A whole film of each container, with what it mostly carries. */
export const wholeFiles: Readonly<Record<string, ClipRecipe>> = {
  "MP4, index in front": { inputs, options: [...film, "-movflags", "+faststart"], extension: "mp4" },
  "MP4, index at the end": { inputs, options: film, extension: "mp4" },
  "MP4, fragmented": { inputs, options: [...film, "-movflags", "+frag_keyframe+empty_moov"], extension: "mp4" },
  "MP4, a fragment per second and track": {
    inputs,
    options: [...film, "-movflags", "+cmaf", "-frag_duration", "1000000"],
    extension: "mp4",
  },
  "MOV": { inputs, options: [...film, "-movflags", "+faststart"], extension: "mov" },
  "Matroska": { inputs, options: film, extension: "mkv" },
  "WebM": {
    inputs,
    options: ["-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "8", "-c:a", "libopus"],
    extension: "webm",
  },
  "MPEG-TS": { inputs, options: [...film], extension: "ts" },
  "MPEG program stream": { inputs, options: [...mpeg2, "-c:a", "mp2"], extension: "mpg" },
  "AVI": { inputs, options: ["-c:v", "mpeg4", "-c:a", "mp2"], extension: "avi" },
  "FLV": { inputs, options: film, extension: "flv" },
  "MXF": { inputs, options: [...mpeg2, "-c:a", "pcm_s16le"], extension: "mxf" },
  "raw H.264": { inputs: inputs.slice(0, 1), options: h264, extension: "h264" },
  "WAV": { inputs: inputs.slice(1), options: ["-c:a", "pcm_s16le"], extension: "wav" },
  "FLAC": { inputs: inputs.slice(1), options: ["-c:a", "flac"], extension: "flac" },
  "Ogg": { inputs: inputs.slice(1), options: ["-c:a", "libopus"], extension: "opus" },
  "MP3": { inputs: inputs.slice(1), options: ["-c:a", "libmp3lame"], extension: "mp3" },
};

/** The same films so short and small that a lost part of them is no more than a fraction of a second. */
export function smallFile(name: string): ClipRecipe {
  const recipe = wholeFiles[name];
  if (recipe === undefined) throw new Error(`There is no film ${name}.`);
  const tiny = recipe.inputs.map((input) =>
    input.startsWith("sine") ? warble() : `${movingPicture({ size: "64x48" })},noise=alls=4:allf=t:all_seed=3`,
  );
  return { ...recipe, inputs: tiny };
}

const cut = (keep: number): readonly ClipEdit[] => [{ edit: "cut", keep }];

/** What may happen to a file, and what then must not pass. */
export const breakages: Readonly<Record<string, readonly ClipEdit[]>> = {
  "cut at 30 %": cut(0.3),
  "cut at 80 %": cut(0.8),
  "cut at 97 %": cut(0.97),
  "5 % missing in the middle": [{ edit: "drop", from: 0.475, to: 0.525 }],
  "10 % zeroed": [{ edit: "zero", from: 0.45, to: 0.55 }],
  "400 bits flipped": [{ edit: "flip", bits: 400 }],
  "header only": [{ edit: "head", bytes: 600 }],
};

/** What may stand under a film's name and be none. */
export const impostors: Readonly<Record<string, Uint8Array | string>> = {
  "empty": "",
  "a text": "These are no pictures.\n",
  "a web page": "<!DOCTYPE html><html><head><title>404</title></head><body>404 Not Found</body></html>\n",
  "random bytes": Uint8Array.from({ length: 200_000 }, (_, at) => (Math.imul(at + 1, 2654435761) >>> 13) & 255),
};
