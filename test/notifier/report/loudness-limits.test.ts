import { describe, expect, test } from "vitest";
import { loadPolicy } from "../../../src/analyzers/index.js";
import { loudnessLimits } from "../../../src/notifier/index.js";

function limitsOf(detectors: object) {
  return loudnessLimits(loadPolicy({ version: 1, name: "example", detectors }));
}

describe("limits of loudness", () => {
  test("are those that the policy's detectors judge by", () => {
    const loudness = { severity: "error", parameters: { targetLufs: -23, maximumRangeLu: 18 } };
    expect(limitsOf({ loudness })).toEqual({
      targetLufs: -23,
      toleranceLu: 0.5,
      maximumRangeLu: 18,
      maximumTruePeakDbtp: -1,
    });
  });

  test("are not there where nothing asks for them", () => {
    expect(limitsOf({})).toEqual({ maximumTruePeakDbtp: -1 });
    expect(limitsOf({ "true-peak": { enabled: false } })).toBeUndefined();
  });
});
