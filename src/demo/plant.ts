import path from "node:path";
import { paintShots, shotSeconds } from "./film.js";

/** A defect put into the film, with the stretch in which it lies. */
export interface Planted {
  readonly type: string;
  readonly startSeconds: number;
  readonly endSeconds: number;
}

/** Length of the demo's film; a clip of the user's is repeated or cut to it. */
export const filmSeconds = 3 * shotSeconds;

export const framesPerSecond = 25;
const black = { type: "black", startSeconds: 6, endSeconds: 9 };
const silence = { type: "silence", startSeconds: 17, endSeconds: 20 };
const freeze = { type: "freeze", startSeconds: 24, endSeconds: 28 };
const damage = { type: "decode-error", startSeconds: 36, endSeconds: 37.5 };

export const planted: readonly Planted[] = [black, silence, freeze, damage];

/** Three notes that swell and fall over a little noise: never silent, never clipped. */
const music = [
  "0.12*sin(2*PI*220*t)*(0.6+0.4*sin(0.9*t))",
  "0.10*sin(2*PI*277.18*t)*(0.6+0.4*sin(0.7*t+1))",
  "0.08*sin(2*PI*329.63*t)*(0.5+0.5*sin(0.5*t+2))",
  "0.02*(random(0)-0.5)",
].join("+");

/** A camera that moves over each painted landscape in another way; pictures of halved chroma would only move by two pixels, and stutter. */
const camera = [
  "x='(iw-ow)*t/15':y='(ih-oh)*(0.5+0.4*sin(t/4))'",
  "x='(iw-ow)*(1-t/15)':y='(ih-oh)*(0.4+0.3*cos(t/5))'",
  "x='(iw-ow)*(0.5+0.4*sin(t/5))':y='(ih-oh)*t/15'",
];

/** Arguments of the two ffmpeg runs that make the film: the picture and sound defects first, the damaged packets after encoding. */
export interface FilmRecipe {
  /** The finished film. */
  readonly film: string;
  readonly encode: readonly string[];
  readonly damage: readonly string[];
}

/** A clip of the user's that takes the place of the painted shots. */
export interface Clip {
  readonly file: string;
  /** Without sound of its own it gets the demo's music. */
  readonly hasSound: boolean;
}

/** How to make the film in `folder`. */
export async function filmRecipe(folder: string, clip: Clip | undefined): Promise<FilmRecipe> {
  const intermediate = path.join(folder, "undamaged.mkv");
  const film = path.join(folder, "film.mp4");
  const pictures = clip === undefined ? await paintedInputs(folder) : ["-stream_loop", "-1", "-i", clip.file];
  const inputs = [...pictures, "-f", "lavfi", "-t", `${filmSeconds}`, "-i", `aevalsrc='${music}|${music}':s=48000`];
  const scene =
    clip === undefined
      ? `${camera.map((move, shot) => `[${shot}:v]format=gbrp,crop=640:360:${move},format=yuv420p[shot${shot}]`).join(";")};[shot0][shot1][shot2]concat=n=3,noise=alls=6:allf=t:all_seed=5`
      : `[0:v:0]fps=${framesPerSecond},crop=trunc(iw/2)*2:trunc(ih/2)*2`;
  const sound = clip === undefined ? "[3:a]" : clip.hasSound ? "[0:a:0]" : "[1:a]";
  const during = ({ startSeconds, endSeconds }: Planted) => `between(t,${startSeconds},${endSeconds - 0.5 / framesPerSecond})`;
  // Frames left out are filled by `fps` with the last one before them: a freeze as an encoder makes it that gets no new frames.
  const graph = [
    `${scene},format=yuv420p,drawbox=t=fill:c=black:enable='${during(black)}'`,
    `select='not(${during({ ...freeze, startSeconds: freeze.startSeconds + 0.5 / framesPerSecond })})',fps=${framesPerSecond}[picture];`,
  ].join(",");
  const mute = `${sound}volume=0:enable='between(t,${silence.startSeconds},${silence.endSeconds})'[sound]`;
  return {
    film,
    encode: [
      ...inputs,
      ...["-filter_complex", graph + mute, "-map", "[picture]", "-map", "[sound]", "-t", `${filmSeconds}`],
      ...["-c:v", "libx264", "-preset", "veryfast", "-crf", "23", "-g", `${2 * framesPerSecond}`, "-c:a", "aac", "-b:a", "128k"],
      ...["-y", intermediate],
    ],
    // Real damage: bytes of the coded packets are changed, key frames left whole so that the picture heals. Packets are
    // counted, since the filter's own clock differs between versions of ffmpeg.
    damage: [
      ...["-i", intermediate, "-map", "0", "-c", "copy"],
      ...[
        "-bsf:v",
        `noise=amount='if(between(n,${damage.startSeconds * framesPerSecond},${damage.endSeconds * framesPerSecond})*not(key),30,0)'`,
      ],
      ...["-movflags", "+faststart", "-y", film],
    ],
  };
}

async function paintedInputs(folder: string): Promise<string[]> {
  const shots = await paintShots(folder);
  return shots.flatMap((file) => ["-loop", "1", "-framerate", `${framesPerSecond}`, "-t", `${shotSeconds}`, "-i", file]);
}
