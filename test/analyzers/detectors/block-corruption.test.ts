import { expect, it } from "vitest";
import { blockCorruption } from "../../../src/analyzers/detectors/block-corruption.js";
import type { OpenedDefect } from "../../../src/analyzers/detector.js";
import { judgeTrack, signal, testDetector, testMedia, together, type Track } from "../../support/test-detector.js";

const frame = 0.04;

/**
 * Seconds, what is broken, how much of that stands alone, and complaints of the decoder in the stretch's first frame, what is smeared, and what
 * of it changes in that frame. */
type Shown = readonly [seconds: number, broken: number, isolated: number, errors?: number, smeared?: number, jump?: number];

function picture(...shown: Shown[]): Track {
  const constant = (name: string, value: number) => signal(name)(...shown.map(([seconds]) => [seconds, value] as const));
  return together(
    signal("blocks.brokenRatio")(...shown.map(([seconds, broken]) => [seconds, broken] as const)),
    signal("blocks.isolatedRatio")(...shown.map(([seconds, , isolated]) => [seconds, isolated] as const)),
    signal("decode.errorCount")(
      ...shown.map(([seconds, , , errors = 0]) => [seconds, (_: number, index: number) => (index === 0 ? errors : 0)] as const),
    ),
    signal("blocks.smearedRatio")(...shown.map(([seconds, , , , smeared = 0]) => [seconds, smeared] as const)),
    signal("blocks.jumpRatio")(
      ...shown.map(([seconds, , , , , jump = 0]) => [seconds, (_: number, index: number) => (index === 0 ? jump : 0)] as const),
    ),
    constant("blocks.left", 32),
    constant("blocks.top", 16),
    constant("blocks.width", 64),
    constant("blocks.height", 48),
  );
}

testDetector(blockCorruption, {
  finds: {
    "one frame with few damaged blocks of which the decoder complained": [
      picture([2, 0, 0], [frame, 0.01, 0.004, 2], [2, 0, 0]),
      [2, 2.04],
    ],
    "damage that the decoder complained of once and that stays until the next keyframe": [
      picture([2, 0.001, 0], [frame, 0.03, 0.01, 5], [1.96, 0.01, 0], [3, 0.001, 0]),
      [2, 4],
    ],
    "damage that shows a few frames after the complaint": [
      picture([2, 0, 0], [0.2, 0, 0, 3], [1, 0.02, 0.01], [3, 0, 0]),
      [2.2, 3.2],
    ],
    "damage that comes and goes, as one": [
      picture([1, 0, 0], [0.4, 0.02, 0, 1], [0.8, 0, 0], [0.4, 0.02, 0, 1], [3, 0, 0]),
      [1, 2.6],
    ],
    "a keyframe whose lower half is drawn out from the row above": [
      picture([2, 0, 0, 0, 0.02], [1, 0, 0, 3, 0.4], [2, 0, 0, 0, 0.02]),
      [2, 3],
    ],
    "a part of a textured picture that changes at once, where the decoder complains": [
      picture([2, 0, 0, 0, 0, 0.01], [0.4, 0, 0, 3, 0, 0.1], [0.4, 0, 0, 3, 0, 0.1], [2, 0, 0]),
      [2, 2.44],
    ],
    "much damage, without any complaint": [picture([2, 0, 0], [1, 0.3, 0.2], [2, 0, 0]), [2, 3]],
    "damage until the end of the media": [picture([2, 0, 0], [1, 0.1, 0.05, 9]), [2, 3]],
  },
  passes: {
    "a clean picture": picture([20, 0, 0]),
    "complaints of the decoder that show nowhere": picture([2, 0, 0], [2, 0.001, 0, 50], [2, 0, 0]),
    "a page whose lines lie on the grid, and a complaint": picture([2, 0.02, 0], [2, 0.021, 0, 4]),
    "a low bitrate: blocks with strong borders, without a complaint": picture([1, 0.01, 0], [4, 0.06, 0.04]),
    "stripes down the picture, of which no decoder complains": picture([2, 0, 0], [4, 0, 0, 0, 0.5]),
    "a cut a while after a complaint": picture([2, 0, 0], [0.4, 0, 0, 3], [2, 0, 0, 0, 0, 0.9]),
    "a stream that begins amid moving pictures, with complaints": picture([0.4, 0, 0, 3, 0, 0.4], [2, 0, 0, 3, 0, 0.4]),
    "letters and bars that appear on the grid at a cut": picture([2, 0, 0], [4, 0.3, 0.02]),
    "a step on the grid that comes long after a complaint": picture([1, 0, 0, 3], [2, 0, 0], [2, 0.01, 0.005]),
  },
});

function opened(track: Track): OpenedDefect[] {
  const defects: OpenedDefect[] = [];
  const judging = blockCorruption.begin(blockCorruption.parameters.parse({}), testMedia, "full");
  judging.push(
    {
      lane: { name: "picture", track: 0 },
      startIndex: 0,
      pts: Float64Array.from(track.pts),
      signals: Object.fromEntries(Object.entries(track.signals).map(([name, values]) => [name, Float32Array.from(values)])),
      discontinuityBefore: false,
    },
    { open: (defect) => defects.push(defect) && {}, update: () => undefined, close: () => undefined },
  );
  return defects;
}

it("says where the damage is, and is surest where pixels and decoder agree", () => {
  const [both] = opened(picture([2, 0, 0], [1, 0.3, 0.2, 1], [2, 0, 0]));
  const [pixels] = opened(picture([2, 0, 0], [1, 0.3, 0.2], [2, 0, 0]));
  const [decoder] = opened(picture([2, 0, 0], [1, 0.01, 0, 1], [2, 0, 0]));
  expect(both).toMatchObject({ confidence: 1, region: { x: 32, y: 16, width: 64, height: 48 } });
  expect([decoder?.confidence, pixels?.confidence]).toEqual([0.9, 0.7]);
});

it("counts the complaints that led to the damage and those during it", () => {
  const [found] = judgeTrack(blockCorruption, picture([2, 0, 0], [0.2, 0, 0, 3], [0.2, 0.02, 0.01, 2], [3, 0, 0]), {
    sizes: [1],
  });
  expect(found?.measured.errorCount).toBe(5);
  expect(found?.openedAtSeconds).toBeCloseTo(2.2, 6);
});
