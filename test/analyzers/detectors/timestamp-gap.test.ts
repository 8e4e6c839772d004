import { expect, it } from "vitest";
import { timestampGap } from "../../../src/analyzers/detectors/timestamp-gap.js";
import type { OpenedDefect } from "../../../src/analyzers/detector.js";
import type { SignalBlock } from "../../../src/analyzers/signal-block.js";
import { signal, testDetector, testMedia } from "../../support/test-detector.js";

const isMissing = signal("timing.isMissing");

testDetector(timestampGap, {
  finds: {
    "frames without a time": [isMissing([2, 0], [1, 1], [2, 0]), [2, 3]],
  },
  passes: {
    "times without a tear": isMissing([10, 0]),
  },
  // It is the gap.
  lastsAcrossGaps: true,
});

/** Runs of a second at 25 frames, each from its own time on; where one does not follow the other, time is torn. */
function tears(...startsSeconds: number[]) {
  const told: (OpenedDefect & { endSeconds?: number })[] = [];
  const judging = timestampGap.begin(timestampGap.parameters.parse({}), testMedia, "full");
  const emit = {
    open: (defect: OpenedDefect) => told[told.push({ ...defect }) - 1] ?? {},
    update: () => undefined,
    close: (handle: object, endSeconds: number, measured: object) => void Object.assign(handle, { endSeconds, measured }),
  };
  let end: number | undefined;
  for (const [index, start] of startsSeconds.entries()) {
    const torn = end !== undefined && Math.abs(start - end) > 1e-6;
    const block: SignalBlock = {
      lane: { name: "picture", track: 0 },
      startIndex: 25 * index,
      pts: Float64Array.from({ length: 25 }, (_, frame) => start + frame / 25),
      signals: { "timing.isMissing": new Float32Array(25) },
      discontinuityBefore: torn,
      ...(torn && end !== undefined ? { previousEndSeconds: end } : {}),
    };
    judging.push(block, emit);
    end = start + 1;
  }
  judging.end(end ?? 0, emit);
  return told.map(({ kind, startSeconds, endSeconds, measured }) => ({ kind, startSeconds, endSeconds, measured }));
}

const wrap = 2 ** 33 / 90_000;

it.each([
  ["missing", [0, 1, 4, 5, 6], 2, 4, { tears: 1, missingSeconds: 2, backwardSeconds: 0 }],
  ["jump", [0, 1, 60, 61], 2, 60, { tears: 1, missingSeconds: 58, backwardSeconds: 0 }],
  ["backward", [10, 11, 3, 4, 5], 12, 12, { tears: 1, missingSeconds: 0, backwardSeconds: 9 }],
  ["wrap", [wrap - 1, 0, 1, 2], wrap, wrap, { tears: 1, missingSeconds: 0, backwardSeconds: wrap }],
])("knows a tear of kind %s", (kind, starts, startSeconds, endSeconds, measured) => {
  expect(tears(...starts)).toEqual([{ kind, startSeconds, endSeconds, measured }]);
});

it("tells two tears with a second between them as one, and two far apart as two", () => {
  expect(tears(0, 1.5, 3)).toMatchObject([{ startSeconds: 1, endSeconds: 3, measured: { tears: 2, missingSeconds: 1 } }]);
  expect(tears(0, 2, 3, 4, 6)).toHaveLength(2);
});

it("passes what rounding and short overlaps do", () => {
  expect(tears(0, 1.05, 2.04, 3.04)).toEqual([]);
});
