import { writeFile } from "node:fs/promises";
import path from "node:path";

/** Size of the painted landscapes; the camera moves over them in a smaller window. */
const paintedWidth = 1280;
const paintedHeight = 720;

type Colour = readonly [red: number, green: number, blue: number];

interface Landscape {
  readonly seed: number;
  readonly skyTop: Colour;
  readonly skyBottom: Colour;
  readonly near: Colour;
  readonly far: Colour;
}

const landscapes: readonly Landscape[] = [
  { seed: 11, skyTop: [74, 122, 190], skyBottom: [206, 219, 230], near: [58, 84, 46], far: [122, 146, 160] },
  { seed: 23, skyTop: [64, 58, 112], skyBottom: [238, 164, 108], near: [56, 42, 44], far: [146, 98, 106] },
  { seed: 37, skyTop: [150, 168, 176], skyBottom: [214, 214, 204], near: [92, 98, 62], far: [150, 158, 140] },
];

/** How long each shot of the film lasts. */
export const shotSeconds = 15;

/** Paints the film's shots into `folder` as PPM pictures; the same bytes every time. Returns their paths. */
export async function paintShots(folder: string): Promise<string[]> {
  return Promise.all(
    landscapes.map(async (landscape, shot) => {
      const file = path.join(folder, `shot-${shot}.ppm`);
      await writeFile(file, paint(landscape));
      return file;
    }),
  );
}

function paint({ seed, skyTop, skyBottom, near, far }: Landscape): Uint8Array {
  const header = new TextEncoder().encode(`P6\n${paintedWidth} ${paintedHeight}\n255\n`);
  const picture = new Uint8Array(header.length + paintedWidth * paintedHeight * 3);
  picture.set(header);
  const ridges = [0, 1, 2, 3].map((layer) => ridgeLine(seed + layer * 101, 0.42 + layer * 0.13, 0.16 - layer * 0.02));
  for (let y = 0; y < paintedHeight; y++) {
    for (let x = 0; x < paintedWidth; x++) {
      const at = header.length + (y * paintedWidth + x) * 3;
      const layer = ridges.findLastIndex((ridge) => y >= (ridge[x] ?? 0));
      const grain = fractalNoise(seed + 7 * layer, x / 60, y / (layer < 0 ? 27 : 40), 5);
      for (let channel = 0; channel < 3; channel++) {
        const depth = layer / 3;
        const ground = mix(far[channel] ?? 0, near[channel] ?? 0, depth) * (0.55 + 0.9 * grain);
        const sky = mix(skyTop[channel] ?? 0, skyBottom[channel] ?? 0, y / (0.6 * paintedHeight));
        const clouded = mix(sky, 244, Math.max(0, grain - 0.5) * 1.6);
        picture[at + channel] = Math.min(255, Math.max(0, Math.round(layer < 0 ? clouded : ground)));
      }
    }
  }
  return picture;
}

/** The height, in rows from the top, of one chain of hills at each column. */
function ridgeLine(seed: number, base: number, swing: number): Float64Array {
  return Float64Array.from(
    { length: paintedWidth },
    (_, x) => (base + swing * (fractalNoise(seed, x / 213, 0.5, 6) - 0.5) * 2) * paintedHeight,
  );
}

function mix(from: number, to: number, share: number): number {
  return from + (to - from) * Math.min(1, Math.max(0, share));
}

/** Sum of octaves of value noise, 0..1. */
function fractalNoise(seed: number, x: number, y: number, octaves: number): number {
  let sum = 0;
  let weight = 0.5;
  let scale = 1;
  for (let octave = 0; octave < octaves; octave++) {
    sum += weight * valueNoise(seed + octave, x * scale, y * scale);
    weight /= 2;
    scale *= 2;
  }
  return sum / (1 - weight * 2);
}

function valueNoise(seed: number, x: number, y: number): number {
  const column = Math.floor(x);
  const row = Math.floor(y);
  const across = smooth(x - column);
  const down = smooth(y - row);
  const top = mix(lattice(seed, column, row), lattice(seed, column + 1, row), across);
  const bottom = mix(lattice(seed, column, row + 1), lattice(seed, column + 1, row + 1), across);
  return mix(top, bottom, down);
}

function smooth(share: number): number {
  return share * share * (3 - 2 * share);
}

/** An even pseudo-random number in 0..1 for a point of the lattice: integer hashing, so the same on every machine. */
function lattice(seed: number, x: number, y: number): number {
  let hash = Math.imul(x, 374761393) ^ Math.imul(y, 668265263) ^ Math.imul(seed, 2246822519);
  hash = Math.imul(hash ^ (hash >>> 13), 1274126177);
  return ((hash ^ (hash >>> 16)) >>> 0) / 4294967295;
}
