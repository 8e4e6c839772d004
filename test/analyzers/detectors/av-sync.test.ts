import { expect, it } from "vitest";
import { avSync } from "../../../src/analyzers/detectors/av-sync.js";
import { beeping, every, flashing, pattern } from "../../support/flashes-and-beeps.js";
import { judgeTrack, testDetector, type Track, withSound } from "../../support/test-detector.js";

/** Sound every 0.7 to 1.9 s that has nothing to do with the picture, as in speech. */
const unrelated = Array.from({ length: 40 }, (_, index) => 0.5 + index * 1.3 + 0.6 * Math.sin(index * 2.3));

/** The same sound, whose timestamps run faster than its samples by this share. */
function stretched({ pts, signals, endSeconds }: Track, share: number): Track {
  return { pts: pts.map((seconds) => seconds * (1 + share)), signals, endSeconds: endSeconds * (1 + share) };
}

/** The same sound, whose timestamps jump at each joint, and are rounded to milliseconds as containers do. */
function joined({ pts, signals, endSeconds }: Track, everySeconds: number, jumpSeconds: number): Track {
  const late = (seconds: number) => Math.floor(seconds / everySeconds) * jumpSeconds;
  return {
    pts: pts.map((seconds) => Math.round(1000 * (seconds + late(seconds))) / 1000),
    signals,
    endSeconds: endSeconds + late(endSeconds),
  };
}

testDetector(avSync, {
  lastsAcrossGaps: true,
  finds: {
    "sound 80 ms late": [pattern(20, every(2, 20), 0.08), [1, 20]],
    "sound 80 ms early": [pattern(30, every(3, 30), -0.08), [0.92, 30]],
    "sound 500 ms late where flashes come irregularly": [pattern(20, [1, 2.4, 5, 6.2, 9, 11, 14, 15.4, 18], 0.5), [1, 20]],
    "sound that jumps out of step half way": [pattern(40, every(1, 40), (flash) => (flash < 20 ? 0 : 0.2)), [20, 40]],
    "sound whose clock runs wrong": [withSound(flashing(100, []), stretched(beeping(100, []), 0.001)), [0, 100.1]],
  },
  passes: {
    "a pattern in step": pattern(20, every(1, 20), 0),
    "a frame's worth of delay": pattern(20, every(1, 20), 0.04),
    "less than EBU R 37 allows": pattern(20, every(2, 20), -0.035),
    "flashes without sound": withSound(flashing(30, every(2, 30)), beeping(30, [])),
    "sound that has nothing to do with the flashes": withSound(flashing(50, every(2.5, 50)), beeping(50, unrelated)),
    "thunder at changing distances": pattern(60, every(6, 60), (flash) => 0.2 + 0.5 * Math.abs(Math.sin(flash))),
    "a strobe beside the beat of music": pattern(20, every(0.48, 20), 0.2),
    "four pairs": pattern(10, every(2.2, 10), 0.2),
    "clips joined every 9 s, each joint some milliseconds longer than its sound": withSound(
      flashing(200, []),
      joined(beeping(200, []), 9, 0.019),
    ),
    "a clock that is a little off, as real ones are": withSound(flashing(100, []), stretched(beeping(100, []), 0.0001)),
  },
});

it("says how late the sound is to within 10 ms", () => {
  for (const late of [-0.5, -0.2, -0.08, 0.08, 0.2, 0.5]) {
    const [found] = judgeTrack(avSync, pattern(40, every(3, 40, 2), late));
    expect(found?.measured["offsetSeconds"], `${late} s`).toBeCloseTo(late, 2);
  }
});

it("opens while the media runs, as soon as five pairs agree", () => {
  const [found] = judgeTrack(avSync, pattern(60, every(2, 60), 0.2), { sizes: [1] });
  expect(found?.openedAtSeconds).toBeLessThan(11.5);
});

it("closes when the sound is in step again", () => {
  const track = pattern(60, every(1, 60), (flash) => (flash >= 10 && flash < 30 ? 0.2 : 0));
  expect(judgeTrack(avSync, track)).toMatchObject([{ startSeconds: 10, endSeconds: 29 }]);
});

it("takes the smaller of the offsets that a regular pattern allows", () => {
  const [found] = judgeTrack(avSync, pattern(30, every(1, 30), 0.7));
  expect(found?.measured["offsetSeconds"]).toBeCloseTo(-0.3, 2);
});

it("finds a drift of 100 ms in ten minutes once it passes the limit", () => {
  const [found] = judgeTrack(
    avSync,
    pattern(600, every(2, 600), (flash) => (flash / 600) * 0.1),
  );
  expect(found?.startSeconds).toBeGreaterThan(355);
  expect(found?.startSeconds).toBeLessThan(375);
  expect(found?.measured["offsetSeconds"]).toBeCloseTo(0.098, 2);
});
