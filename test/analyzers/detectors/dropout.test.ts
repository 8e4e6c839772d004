import { describe, expect, it } from "vitest";
import { dropout } from "../../../src/analyzers/detectors/dropout.js";
import { judgeTrack, testDetector, type Track } from "../../support/test-detector.js";

type Event = {
  readonly at: number;
  readonly gap?: number;
  readonly clickDb?: number;
  readonly repeat?: number;
  readonly ago: number;
};

/** A track of so many seconds: in the window at `at` it is sure of a gap, a jump or a repeat that began `ago` seconds before. */
function sound(seconds: number, ...events: readonly Event[]): Track {
  const pts = Array.from({ length: seconds * 100 }, (_, index) => index / 100);
  const column = (valueOf: (event: Event) => number | undefined) => {
    const values = pts.map(() => Number.NaN);
    for (const event of events) values[Math.round(event.at * 100)] = valueOf(event) ?? Number.NaN;
    return values;
  };
  return {
    pts,
    endSeconds: seconds,
    signals: {
      "dropout.gapSeconds": column(({ gap }) => gap),
      "dropout.gapAgoSeconds": column(({ gap, ago }) => (gap === undefined ? undefined : ago)),
      "dropout.clickDb": column(({ clickDb }) => clickDb),
      "dropout.clickAgoSeconds": column(({ clickDb, ago }) => (clickDb === undefined ? undefined : ago)),
      "dropout.repeatSeconds": column(({ repeat }) => repeat),
      "dropout.repeatAgoSeconds": column(({ repeat, ago }) => (repeat === undefined ? undefined : ago)),
      "tone.residualDb": pts.map(() => 0),
      "tone.hertz": pts.map(() => Number.NaN),
    },
  };
}

/** A tone that pauses where those gaps are, as a line-up tone does. */
function tone(seconds: number, ...gaps: readonly Event[]): Track {
  const track = sound(seconds, ...gaps);
  const inGap = (time: number) => gaps.some(({ at, ago, gap = 0 }) => time > at - ago - 0.01 && time < at - ago + gap);
  return {
    ...track,
    signals: {
      ...track.signals,
      "tone.residualDb": track.pts.map((time) => (inGap(time) ? 0 : -60)),
      "tone.hertz": track.pts.map((time) => (inGap(time) ? Number.NaN : 1000)),
    },
  };
}

testDetector(dropout, {
  finds: {
    "a gap": [sound(10, { at: 5, gap: 0.06, ago: 0.09 }), [4.91, 5]],
    "a click": [sound(10, { at: 5, clickDb: 50, ago: 0.12 }), [4.88, 5]],
    "a short gap in a tone": [tone(10, { at: 5, gap: 0.06, ago: 0.1 }), [4.9, 5]],
    "a long gap in what is no tone": [sound(10, { at: 5, gap: 0.25, ago: 0.29 }), [4.71, 5]],
    "a repeat": [sound(10, { at: 5, repeat: 0.02, ago: 0.03 }), [4.97, 5]],
    "what follows within a second, as one": [
      sound(10, { at: 5, gap: 0.06, ago: 0.09 }, { at: 5.5, clickDb: 50, ago: 0.12 }, { at: 6.4, gap: 0.02, ago: 0.05 }),
      [4.91, 6.4],
    ],
    "what lies further apart, one by one": [
      sound(10, { at: 3, gap: 0.06, ago: 0.09 }, { at: 5, gap: 0.06, ago: 0.09 }),
      [2.91, 3],
      [4.91, 5],
    ],
  },
  passes: {
    "the interruptions of a line-up tone": tone(
      10,
      { at: 3, gap: 0.25, ago: 0.29 },
      { at: 6, gap: 0.25, ago: 0.29 },
      { at: 6.5, gap: 0.25, ago: 0.29 },
    ),
    "a programme": sound(10),
    "a jump that hardly stands out": sound(10, { at: 5, clickDb: 30, ago: 0.12 }),
  },
});

describe("dropout", () => {
  it("says what it was, and how much of it", () => {
    const [told] = judgeTrack(dropout, sound(9, { at: 5, gap: 0.06, ago: 0.09 }, { at: 5.5, clickDb: 50, ago: 0.12 }));
    expect(told?.measured).toEqual({ gaps: 1, longestGapSeconds: expect.closeTo(0.06), clicks: 1, maximumClickDb: 50 });
  });
});
