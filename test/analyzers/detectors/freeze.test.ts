import { expect, it } from "vitest";
import type { Emit } from "../../../src/analyzers/detector.js";
import { freeze } from "../../../src/analyzers/detectors/freeze.js";
import { judgeTrack, signal, testDetector, testMedia, together, type Stretch, type Track } from "../../support/test-detector.js";

/** Differences to the frame before, with a mean luma that stays. */
function differences(...stretches: Stretch[]): Track {
  return withLuma(100, ...stretches);
}

function withLuma(luma: Stretch[1], ...stretches: Stretch[]): Track {
  return withChanges(0.3, luma, ...stretches);
}

/** The same where this share of the picture is not what it was a second before. */
function withChanges(changed: Stretch[1], luma: Stretch[1], ...stretches: Stretch[]): Track {
  const difference = signal("diff.mean")(...stretches);
  const { endSeconds } = difference;
  return together(
    difference,
    signal("luma.mean")([endSeconds, luma]),
    darkFor(endSeconds, 0.1),
    signal("still.changedRatio")([endSeconds, changed]),
  );
}

function darkFor(seconds: number, darkRatio: Stretch[1], samplesPerSecond?: number): Track {
  return signal("luma.darkRatio", samplesPerSecond)([seconds, darkRatio]);
}

/** Frames at these times, each with its difference to the one before. */
function variable(...frames: [seconds: number, difference: number][]): Omit<Track, "endSeconds"> {
  return {
    pts: frames.map(([seconds]) => seconds),
    signals: {
      "diff.mean": frames.map(([, difference]) => difference),
      "luma.mean": frames.map(() => 100),
      "luma.darkRatio": frames.map(() => 0.1),
      "still.changedRatio": frames.map(() => 0.3),
    },
  };
}

/** What a freeze of five seconds that begins at 2 s looks like beside the picture of a second before. */
const frozenFromTwo: Stretch[1] = (seconds) => (seconds > 3.02 && seconds < 7.02 ? 0 : 0.5);

/** MPEG-2 at 25 frames per second, groups of 15: pulses beside the I frame, and no three frames without coding noise. */
const groupsOfPictures: Stretch[1] = (_, index) =>
  [0.0006, 0, 0.0025, 0.0027, 0, 0.001, 0.0005, 0, 0.0005, 0.0005, 0, 0.0005, 0.0005, 0, 0.0005][index % 15] ?? 0;

const firstFrame: Stretch = [0.04, Number.NaN];
const moving = 0.02;

/** Still but for a keyframe every `seconds`, at which the coder draws the picture anew. */
function jumpEvery(seconds: number, jump: number): Stretch[1] {
  const frames = Math.round(seconds * 25);
  return (_, index) => (index % frames === frames >> 1 ? jump : 0.00005);
}

testDetector(freeze, {
  finds: {
    // The still picture is the one before the first that does not differ from it.
    "three seconds that stand still": [differences(firstFrame, [2, moving], [3, 0], [2, moving]), [2, 5.04]],
    "a freeze of exactly the limit": [differences(firstFrame, [1, moving], [1.96, 0], [1, moving]), [1, 3]],
    "a freeze from the first frame on": [differences(firstFrame, [3, 0], [1, moving]), [0, 3.04]],
    "a freeze until the end of the media": [differences(firstFrame, [1, moving], [4, 0]), [1, 5.04]],
    "differences at exactly the limit of freezedetect, for as long as they do not add up": [
      differences(firstFrame, [1, moving], [4, (_, index) => (index % 20 === 0 ? 0.000999 : 0)], [1, moving]),
      [1, 5.04],
    ],
    "a freeze that keyframes draw anew every second": [
      differences(firstFrame, [1, moving], [8, jumpEvery(1, 0.008)], [1, moving]),
      [1, 9.04],
    ],
    "a freeze of MPEG-2, whose short groups of pictures move a little": [
      differences(firstFrame, [1, moving], [8, (_, index) => (index % 12 < 2 ? 0.0013 : 0.0001)], [1, moving]),
      [1.08, 9.04],
    ],
    "a freeze of MPEG-2, whose coding noise adds up but returns": [
      withChanges(frozenFromTwo, 100, firstFrame, [2, moving], [5, groupsOfPictures], [2, moving]),
      [2, 7.04],
    ],
    "a freeze that a keyframe of a low bitrate draws lighter for good": [
      withChanges(
        frozenFromTwo,
        (seconds) => (seconds < 4.02 ? 100 : 100.8),
        firstFrame,
        [2, moving],
        [5, jumpEvery(4, 0.008)],
        [2, moving],
      ),
      [2, 7.04],
    ],
    "one frame that is shown for three seconds, in a source of variable frame rate": [
      { ...variable([0, Number.NaN], [0.04, moving], [0.08, moving], [3.08, moving], [3.12, moving]), endSeconds: 3.16 },
      [0.08, 3.08],
    ],
    "long frames of one picture as one freeze": [
      { ...variable([0, Number.NaN], [0.04, moving], [2.04, 0], [4.04, 0], [4.08, moving]), endSeconds: 4.12 },
      [0.04, 4.08],
    ],
    "a last frame that is shown for long": [
      { ...variable([0, Number.NaN], [0.04, moving], [0.08, moving]), endSeconds: 5 },
      [0.08, 5],
    ],
    "an hour-long freeze as one": [
      together(
        signal("diff.mean", 1)([1, Number.NaN], [3599, 0.0001]),
        signal("luma.mean", 1)([3600, 100]),
        darkFor(3600, 0.1, 1),
        signal("still.changedRatio", 1)([3600, Number.NaN]),
      ),
      [0, 3600],
    ],
    "two freezes with a cut between them": [differences(firstFrame, [3, 0], [0.04, 0.3], [3, 0]), [0, 3.04], [3.04, 6.08]],
  },
  passes: {
    "black, which is a fault of its own": together(
      signal("diff.mean")(firstFrame, [2, moving], [3, 0], [2, moving]),
      signal("luma.mean")([2.04, 100], [3, 16], [2, 100]),
      signal("luma.darkRatio")([2, 0.1], [3.04, 1], [2, 0.1]),
      signal("still.changedRatio")([7.04, 0]),
    ),
    "one long frame of black, which is a fault of its own": {
      ...variable([0, Number.NaN], [0.04, moving], [3.04, moving]),
      signals: {
        "diff.mean": [Number.NaN, moving, moving],
        "luma.mean": [100, 16, 100],
        "luma.darkRatio": [0.1, 1, 0.1],
        "still.changedRatio": [Number.NaN, 0.3, 0.3],
      },
      endSeconds: 3.08,
    },
    "long frames shorter than the limit": {
      ...variable([0, Number.NaN], [1.9, moving], [3.8, moving], [5.7, moving]),
      endSeconds: 7.6,
    },
    "moving pictures": differences(firstFrame, [20, moving]),
    "a stop shorter than the limit": differences(firstFrame, [2, moving], [1.9, 0], [2, moving]),
    "a slow pan, whose steps are tiny but add up": differences(firstFrame, [20, 0.0008]),
    "a speaker far away": differences(firstFrame, [20, 0.00025]),
    "a slow fade, which the luma shows": withLuma((seconds) => 200 - 2 * seconds, firstFrame, [20, 0.0001]),
    "a pan in single steps, which are no keyframes": differences(firstFrame, [20, jumpEvery(0.24, 0.006)]),
    "movement at a coder's pace, which takes the picture elsewhere": withChanges(0.01, 100, firstFrame, [20, groupsOfPictures]),
    "small movements longer than a keyframe's jump": differences(firstFrame, [
      20,
      (seconds) => (seconds % 1.5 < 0.2 ? 0.004 : 0),
    ]),
  },
});

it("finds no freeze in keyframes that lie far apart, where the frames between were not looked at", () => {
  const track = { ...variable([0, Number.NaN], [5, moving], [10, moving]), endSeconds: 15 };
  const said: unknown[] = [];
  const emit: Emit = {
    open: (defect) => {
      said.push(defect);
      return {};
    },
    update: () => undefined,
    close: () => undefined,
  };
  const judging = freeze.begin(freeze.parameters.parse({}), testMedia, "keyframes");
  const signals = Object.fromEntries(Object.entries(track.signals).map(([name, values]) => [name, Float32Array.from(values)]));
  const pts = Float64Array.from(track.pts);
  judging.push({ lane: { name: "picture", track: 0 }, startIndex: 0, pts, signals, discontinuityBefore: false }, emit);
  judging.end(track.endSeconds, emit);
  expect(said).toEqual([]);
});

it("takes longer for a slide after a cut, where the policy says so, than for a picture that stops amid motion", () => {
  const slide = differences(firstFrame, [2, 0], [0.04, 0.2], [4, 0], [0.04, 0.2], [2, 0]);
  const stop = differences(firstFrame, [2, moving], [4, 0], [2, moving]);
  const spansIn = (track: Track) =>
    judgeTrack(freeze, track, {}, { minimumUnmovedSeconds: 10 }).map(({ startSeconds, endSeconds }) => [
      startSeconds,
      endSeconds,
    ]);
  expect(spansIn(slide)).toEqual([]);
  expect(spansIn(stop)).toEqual([[2, 6.04]]);
});
