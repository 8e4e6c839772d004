import { describe, expect, it } from "vitest";
import { openKernels } from "../../../src/analyzers/kernels/index.js";
import { kernels } from "./pictures.js";

describe("the frames' memory", () => {
  it("keeps both slots apart, also after it has grown", () => {
    const { memory } = openKernels();
    memory.frame(0, 100).fill(1);
    memory.frame(1, 5_000_001).fill(2);
    memory.frame(0, 5_000_001).fill(1);
    expect(memory.frame(1, 5_000_001).every((byte) => byte === 2)).toBe(true);
  });

  it("refuses planes that lie elsewhere or are shorter than their shape", () => {
    const elsewhere = { data: new Uint8Array(16), width: 4, height: 4, stride: 4 };
    expect(() => kernels.measureLuma(elsewhere, undefined, 1, 0)).toThrow(RangeError);
    const short = { data: kernels.memory.frame(0, 15), width: 4, height: 4, stride: 4 };
    expect(() => kernels.measureLuma(short, undefined, 1, 0)).toThrow(RangeError);
  });
});
