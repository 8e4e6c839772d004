import { describe, expect, it } from "vitest";
import { leftByLight } from "../../../src/analyzers/signals/relit.js";

const grid = { columns: 12, rows: 9, cellSide: 16 };
const whole = 100;
const cells = (level: (column: number, row: number) => number): Float32Array =>
  Float32Array.from({ length: grid.columns * grid.rows }, (_, at) => level(at % grid.columns, Math.floor(at / grid.columns)));
const scene = (column: number, row: number): number => 60 + ((column * 37 + row * 61) % 80);
const place = 70 * 65536 + 90;

describe("what a change of light leaves of the change of a picture", () => {
  it("is nothing where the picture grew lighter, in parts or as a whole", () => {
    const lighter = cells((column, row) => 1.4 * scene(column, row) + 12);
    expect(leftByLight(lighter, cells(scene), grid, place, whole)).toBeCloseTo(0, 3);
    expect(leftByLight(lighter, cells(scene), grid, place, 2)).toBeCloseTo(0, 3);
  });

  it("is nothing where a plain picture changes its level", () => {
    expect(
      leftByLight(
        cells(() => 200),
        cells(() => 20),
        grid,
        place,
        whole,
      ),
    ).toBeCloseTo(0, 3);
  });

  it("is much where the picture moved, or turned into its negative", () => {
    const moved = cells((column, row) => scene(column + 1, row));
    const negative = cells((column, row) => 255 - scene(column, row));
    expect(leftByLight(moved, cells(scene), grid, place, whole)).toBeGreaterThan(8);
    expect(leftByLight(negative, cells(scene), grid, place, whole)).toBeGreaterThan(8);
  });

  it("is what lies near the place, also in a corner", () => {
    const far = cells((column, row) => (column > 8 ? 255 - scene(column, row) : scene(column, row)));
    expect(leftByLight(far, cells(scene), grid, 0, 3)).toBeCloseTo(0, 3);
    expect(leftByLight(far, cells(scene), grid, 0, whole)).toBeGreaterThan(2);
  });
});
