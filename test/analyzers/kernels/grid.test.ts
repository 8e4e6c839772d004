import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { openKernels } from "../../../src/analyzers/kernels/index.js";
import { blockPictures, kernels, type Picture, pictures, placed, sampleAt } from "./pictures.js";

const side = 16;
const shiftsDown = [0, 4, 8, 10, 12];

/** The steps on the grid, boundary by boundary. */
function plainGrid(picture: Picture, smallest: number) {
  const { width, height } = picture;
  const columns = Math.ceil(width / side);
  const rows = Math.ceil(height / side);
  const flags = Array.from({ length: columns * rows }, () => 0);
  const across = Array.from({ length: side }, () => 0);
  const down = Array.from({ length: side }, () => 0);
  const largest = picture.bytesPerSample === 1 ? 255 : 65535;
  const sample = (x: number, y: number) => sampleAt(picture, picture.now, x, y);
  const isStep = (beyondBefore: number, before: number, now: number, beyond: number): boolean => {
    const beside = Math.max(Math.abs(before - beyondBefore), Math.abs(beyond - now));
    return Math.abs(now - before) >= smallest && Math.abs(now - before) > Math.min(largest, 2 * beside);
  };
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const cell = row * columns + column;
      for (let shift = 0; shift < side; shift++) {
        const x = column * side + shift;
        if (column > 0 && column * side + side < width && row * side + side <= height) {
          let count = 0;
          for (let y = row * side; y < row * side + side; y += 2) {
            if (isStep(sample(x - 2, y), sample(x - 1, y), sample(x, y), sample(x + 1, y))) count++;
          }
          if (count >= 6) across[shift] = (across[shift] ?? 0) + 1;
          if (count >= 6 && shift === 0) flags[cell] = (flags[cell] ?? 0) + 1;
        }
        const y = row * side + shift;
        if (row > 0 && y + 1 < height && column * side + side <= width && shiftsDown.includes(shift)) {
          let count = 0;
          for (let at = column * side; at < column * side + side; at++) {
            if (isStep(sample(at, y - 2), sample(at, y - 1), sample(at, y), sample(at, y + 1))) count++;
          }
          if (count >= 12) down[shift] = (down[shift] ?? 0) + 1;
          if (count >= 12 && shift === 0) flags[cell] = (flags[cell] ?? 0) + 2;
        }
      }
    }
  }
  return { columns, rows, flags, across, down };
}

describe("the grid kernel", () => {
  it("equals a plain loop on pictures of any width, padding and depth, flat blocks on any grid and noise among them", () => {
    let steps = 0;
    fc.assert(
      fc.property(
        fc.oneof({ weight: 4, arbitrary: blockPictures }, pictures),
        fc.integer({ min: 1, max: 40 }),
        (picture, least) => {
          const smallest = least * ((picture.peak + 1) / 256);
          const grid = kernels.measureGrid(placed(picture).now, picture.bytesPerSample, smallest);
          const { flags, across, down } = grid;
          const plain = plainGrid(picture, smallest);
          expect({ ...grid, flags: [...flags], across: [...across], down: [...down] }).toEqual(plain);
          for (const count of [...plain.across, ...plain.down]) steps += count;
        },
      ),
      { numRuns: 300 },
    );
    expect(steps).toBeGreaterThan(300);
  });

  it("holds the grid of an 8192x4320 plane, whose memory ends where the plane ends", () => {
    const own = openKernels();
    const data = own.memory.frame(1, 8192 * 4320);
    const grid = own.measureGrid({ data, width: 8192, height: 4320, stride: 8192 }, 1, 16);
    expect([grid.columns, grid.rows, grid.flags.length]).toEqual([512, 270, 512 * 270]);
  });
});
