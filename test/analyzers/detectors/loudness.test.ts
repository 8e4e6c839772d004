import { describe, expect, it } from "vitest";
import { loudness } from "../../../src/analyzers/detectors/loudness.js";
import { judgeTrack, signal, type Stretch, testDetector, testMedia, together, type Track } from "../../support/test-detector.js";

/** A programme: its integrated loudness and range at the end, and short-term loudness over time. */
function programme(integratedLufs: number, rangeLu: number, ...shortTermLufs: readonly Stretch[]): Track {
  const seconds = shortTermLufs.reduce((sum, [length]) => sum + length, 0);
  return together(
    signal("loudness.shortTermLufs", 10)(...shortTermLufs),
    signal("loudness.integratedLufs", 10)([seconds, integratedLufs]),
    signal("loudness.rangeLu", 10)([seconds, rangeLu]),
  );
}

testDetector(loudness, {
  parameters: { targetLufs: -23, maximumShortTermLufs: -15, maximumRangeLu: 20 },
  lastsAcrossGaps: true,
  finds: {
    "a programme that is too loud": [programme(-20, 5, [60, -20]), [0, 60]],
    "a programme that is too quiet": [programme(-26, 5, [60, -26]), [0, 60]],
    "a passage above the short-term limit": [programme(-23, 5, [20, -24], [5, -12], [1, -18], [4, -12], [20, -24]), [20, 30]],
    "a range that is too wide": [programme(-23, 24, [60, -23]), [0, 60]],
    "a live programme that stays too quiet": [programme(-23, 5, [30, -23], [150, -33], [30, -23]), [30, 180]],
    "a live programme that stays too loud": [programme(-23, 5, [30, -23], [130, -16.5], [30, -23]), [30, 160]],
  },
  passes: {
    "a programme on target": programme(-23, 5, [60, -23]),
    "exactly the tolerance": programme(-22.5, 20, [60, -22.5]),
    "a quiet minute": programme(-23, 15, [60, -22], [60, -40], [60, -22]),
    "silence, of which nothing is measured": programme(Number.NaN, Number.NaN, [60, -120]),
  },
});

describe("loudness", () => {
  it("judges nothing until a policy gives a target or a limit", () => {
    expect(judgeTrack(loudness, programme(-5, 60, [300, -5]))).toEqual([]);
  });

  it("says what was measured and what was asked for", () => {
    const [told] = judgeTrack(loudness, programme(-20, 5, [10, -20]), {}, { targetLufs: -24, toleranceLu: 2 });
    expect(told).toMatchObject({ measured: { integratedLufs: -20 }, threshold: { targetLufs: -24, toleranceLu: 2 } });
  });

  it("leaves the quiet minutes of a film alone, whose end is known", () => {
    const parameters = loudness.parameters.parse({ targetLufs: -23 });
    const told: number[] = [];
    const judging = loudness.begin(parameters, { ...testMedia, durationSeconds: 300 }, "full");
    const columns = { "loudness.shortTermLufs": -40, "loudness.integratedLufs": -23, "loudness.rangeLu": 10 };
    judging.push(
      {
        lane: { name: "sound", track: 0 },
        startIndex: 0,
        pts: Float64Array.from({ length: 3000 }, (_, n) => n / 10),
        signals: Object.fromEntries(Object.entries(columns).map(([name, value]) => [name, new Float32Array(3000).fill(value)])),
        discontinuityBefore: false,
      },
      { open: () => told.push(0) && {}, update: () => undefined, close: () => undefined },
    );
    expect(told).toEqual([]);
  });
});
