import { describe, expect, test } from "vitest";
import { type Raised, score, type Trial } from "./score.js";

const span = { startSeconds: 4, endSeconds: 6 };
const black = (startSeconds: number, endSeconds: number): Raised => ({ type: "black", startSeconds, endSeconds });
const judged = (raised: readonly Raised[], rest: Partial<Trial> = {}) =>
  score({ type: "black", alsoRaises: [], expected: [span], raised, baseline: [], ...rest });

describe("score", () => {
  test("finds a defect that begins near the planted one, and tells how far off it is", () => {
    expect(judged([black(4.2, 5.5)])).toMatchObject({ planted: 1, found: 1, falsePositives: 0, fragments: 0 });
    const { onsetErrors, endErrors } = judged([black(4.25, 5.5)]);
    expect(onsetErrors).toEqual([0.25]);
    expect(endErrors).toEqual([-0.5]);
  });

  test("misses a fault that nothing was raised for", () => {
    expect(judged([])).toMatchObject({ planted: 1, found: 0, falsePositives: 0 });
  });

  test("calls a defect that began long before false, although it overlaps", () => {
    expect(judged([black(1, 6)])).toMatchObject({ found: 0, falsePositives: 1 });
  });

  test("calls a defect elsewhere false", () => {
    expect(judged([black(4, 6), black(8, 9)])).toMatchObject({ found: 1, falsePositives: 1, fragments: 0 });
  });

  test("calls further defects in a fault that was found fragments, and takes the nearest onset", () => {
    expect(judged([black(4.6, 5), black(4.1, 4.5), black(5.5, 6)])).toMatchObject({
      found: 1,
      falsePositives: 0,
      fragments: 2,
      onsetErrors: [expect.closeTo(0.1)],
    });
  });

  test("does not hold against a detector what the clip raises by itself", () => {
    expect(judged([black(4, 6), black(8, 9)], { baseline: [black(8.1, 9.2)] })).toMatchObject({ found: 1, falsePositives: 0 });
  });

  test("finds one defect for one fault, of two that lie close to each other", () => {
    const expected = [span, { startSeconds: 6.5, endSeconds: 8 }];
    expect(judged([black(4, 6)], { expected })).toMatchObject({ planted: 2, found: 1 });
    expect(judged([black(4, 6), black(6.5, 8)], { expected })).toMatchObject({ planted: 2, found: 2, fragments: 0 });
  });

  test("finds a defect that lasts to the end of the media, and cannot say how far off its end is", () => {
    expect(judged([{ type: "black", startSeconds: 4 }])).toMatchObject({ found: 1, endErrors: [] });
  });

  test("counts defects of other types that nothing explains", () => {
    const others = ["freeze", "blur", "blur", "noise"].map((type) => ({ ...black(4, 6), type }));
    const { sideAlarms } = judged(others, { alsoRaises: ["freeze"], baseline: [{ ...black(5, 9), type: "noise" }] });
    expect(sideAlarms).toEqual({ blur: 2 });
  });
});
