import { expect, test } from "vitest";
import { deliveredFormat, describePixelFormat, layOutFrame } from "../../src/decoder/pixel-format.js";

test.each([
  ["yuv420p", "yuv420p", 8],
  ["yuvj422p", "yuvj422p", 8],
  ["gray", "gray", 8],
  ["gray12le", "gray12le", 12],
  ["yuv444p16le", "yuv444p16le", 16],
  ["yuv422p10be", "yuv422p10le", 10],
  ["gray16be", "gray16le", 16],
  ["nv12", "yuv420p", 8],
  ["p010le", "yuv420p10le", 10],
  ["uyvy422", "yuv422p", 8],
  ["yuva420p", "yuv420p", 8],
  ["yuva444p12le", "yuv444p12le", 12],
  ["rgb24", "yuv444p", 8],
  ["gbrp10le", "yuv444p10le", 10],
  ["gbrp12be", "yuv444p12le", 12],
  ["rgb48be", "yuv444p16le", 16],
  ["pal8", "yuv444p", 8],
  ["monob", "gray", 8],
  ["ya16be", "gray16le", 16],
])("%s is delivered as %s", (coded, delivered, bitDepth) => {
  expect(deliveredFormat(coded)).toMatchObject({ name: delivered, bitDepth });
});

test("describes planar formats only", () => {
  expect(describePixelFormat("yuv420p10le")).toMatchObject({ bitDepth: 10, bytesPerSample: 2, planes: 3, chromaShift: [1, 1] });
  for (const name of ["nv12", "rgb24", "yuv420p10be", "yuv430p", "gray32le", "yuv420p8le", ""])
    expect(describePixelFormat(name)).toBeUndefined();
});

test("rounds chroma planes of odd sizes up", () => {
  expect(layOutFrame(deliveredFormat("yuv420p10le"), 161, 91)).toEqual({
    bytes: 161 * 91 * 2 + 2 * 81 * 46 * 2,
    planes: [
      { offset: 0, width: 161, height: 91, stride: 322 },
      { offset: 29302, width: 81, height: 46, stride: 162 },
      { offset: 36754, width: 81, height: 46, stride: 162 },
    ],
  });
});
