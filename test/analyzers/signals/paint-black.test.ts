import { expect, it } from "vitest";
import { paintBlack } from "../../../src/analyzers/signals/paint-black.js";
import type { VideoFrame } from "../../../src/decoder/index.js";

const corner = { leftRatio: 0.5, topRatio: 0.5, widthRatio: 0.5, heightRatio: 0.5 };

function frame(bitDepth: number, value: number): VideoFrame {
  const bytes = bitDepth > 8 ? 2 : 1;
  const plane = (width: number, height: number) => {
    const stride = (width + 1) * bytes;
    const data = new Uint8Array(stride * height);
    const samples = bytes === 1 ? data : new Uint16Array(data.buffer);
    samples.fill(value);
    return { data, width, height, stride };
  };
  return {
    pts: 0,
    width: 4,
    height: 4,
    planes: [plane(4, 4), plane(2, 2), plane(2, 2)],
    pixelFormat: bytes === 1 ? "yuv420p" : "yuv420p10le",
    bitDepth,
    fullRange: false,
    keyframe: true,
    fieldOrder: "progressive",
    discontinuityBefore: false,
    decodeErrors: 0,
  } as VideoFrame;
}

/** The plane's rows, padding included. */
function rows({ data, width, stride }: VideoFrame["planes"][number], bitDepth: number): number[][] {
  const samples = bitDepth > 8 ? new Uint16Array(data.buffer) : data;
  const perRow = bitDepth > 8 ? stride / 2 : stride;
  return Array.from({ length: samples.length / perRow }, (_, y) => [...samples.subarray(y * perRow, y * perRow + width + 1)]);
}

it.each([
  [8, 200, 16, 128],
  [10, 800, 64, 512],
])("paints a corner of %i bit black and colourless, and nothing beside it", (bitDepth, value, black, neutral) => {
  const painted = frame(bitDepth, value);
  paintBlack(painted, corner);
  const [luma, cb] = painted.planes;
  if (luma === undefined || cb === undefined) throw new Error("The frame has no planes.");
  const bright = [value, value, value, value, value];
  const half = [value, value, black, black, value];
  expect(rows(luma, bitDepth)).toEqual([bright, bright, half, half]);
  expect(rows(cb, bitDepth)).toEqual([
    [value, value, value],
    [value, neutral, value],
  ]);
});

it("paints what a region reaches over the edge of the picture no further than the edge", () => {
  const painted = frame(8, 200);
  paintBlack(painted, { leftRatio: 0.75, topRatio: 0, widthRatio: 1, heightRatio: 1 });
  const [luma] = painted.planes;
  expect(luma && rows(luma, 8).every((row) => row.join() === "200,200,200,16,200")).toBe(true);
});
