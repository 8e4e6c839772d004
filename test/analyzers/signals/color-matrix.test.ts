import { describe, expect, it } from "vitest";
import { colorFactors, colorMatrixOf } from "../../../src/analyzers/signals/color-matrix.js";

describe("the colour matrix", () => {
  it.each([
    { width: 720, height: 576, expected: "bt601" },
    { width: 1280, height: 536, expected: "bt709" },
    { width: 800, height: 640, expected: "bt709" },
    { width: 720, height: 576, colorMatrix: "bt709", expected: "bt709" },
    { width: 1920, height: 1080, colorMatrix: "smpte170m", expected: "bt601" },
    { width: 3840, height: 2160, colorMatrix: "bt2020nc", expected: "bt2020" },
    { width: 720, height: 480, colorMatrix: "ycgco", expected: "bt601" },
  ])("of $width x $height, declared $colorMatrix, is $expected", ({ expected, ...video }) => {
    expect(colorMatrixOf(video)).toBe(expected);
  });

  it("gives the factors of ITU-R BT.709 in full range, and 219/224 of them in limited range", () => {
    const full = colorFactors("bt709", true);
    expect(full.toRed).toBeCloseTo(1.5748, 4);
    expect(full.toBlue).toBeCloseTo(1.8556, 4);
    expect(full.fromGreenBlue).toBeCloseTo(0.1873, 4);
    expect(full.fromGreenRed).toBeCloseTo(0.4681, 4);
    expect(colorFactors("bt709", false).toRed).toBeCloseTo((1.5748 * 219) / 224, 4);
  });
});
