import { expect, it } from "vitest";
import { durationMismatch } from "../../../src/analyzers/detectors/duration-mismatch.js";
import { judgeTrack, later, signal, testDetector, testMedia, type Track, withSound } from "../../support/test-detector.js";

const frames = signal("timing.intervalSeconds");
const windows = signal("audio.peakRatio", 100);
const picture = (seconds: number): Track => frames([seconds, 0.04]);
const sound = (seconds: number): Track => windows([seconds, 0.1]);
const nothing: Track = { pts: [], signals: {}, endSeconds: 0 };

/** The track with some of its time torn out of the middle. */
function without(track: Track, fromSeconds: number, untilSeconds: number): Track {
  const kept = (_: unknown, index: number) => {
    const seconds = track.pts[index] ?? 0;
    return seconds < fromSeconds || seconds >= untilSeconds;
  };
  const signals = Object.fromEntries(Object.entries(track.signals).map(([name, values]) => [name, values.filter(kept)]));
  return { ...track, pts: track.pts.filter(kept), signals };
}

testDetector(durationMismatch, {
  lastsAcrossGaps: true,
  finds: {
    "sound that ends before the picture": [withSound(picture(10), sound(8)), [8, 10]],
    "sound that goes on without picture": [withSound(picture(10), sound(13)), [10, 13]],
    "sound that begins late": [withSound(picture(10), later(sound(8.5), 1.5)), [0, 1.5]],
    "a picture that begins late": [withSound(later(picture(8), 2), sound(10)), [0, 2]],
    "sound that begins late and ends early": [withSound(picture(10), later(sound(4), 3)), [0, 3], [7, 10]],
    "a sound track without any sound": [withSound(picture(10), nothing), [0, 10]],
    "a picture track without any picture": [withSound(nothing, sound(10)), [0, 10]],
  },
  passes: {
    "picture and sound of one length": withSound(picture(10), sound(10)),
    "sound that a codec's frames make a little longer": withSound(picture(10), sound(10.06)),
    "sound that a codec's delay makes a little shorter": withSound(picture(10), later(sound(9.9), 0.05)),
    "sound up to two seconds longer": withSound(picture(10), sound(12)),
    "one picture, shown as long as the sound lasts": withSound(picture(0.04), sound(10)),
    "slides, the last of which is shown for as long as one before it": withSound(
      { pts: [0, 5, 10], signals: { "timing.intervalSeconds": [Number.NaN, 5, 5] }, endSeconds: 10.04 },
      sound(15),
    ),
  },
});

const stream = { ...testMedia, container: "mpegts" };
const spans = (track: Track, media = testMedia, parameters = {}, gapBefore?: number) =>
  judgeTrack(durationMismatch, track, gapBefore === undefined ? {} : { gapBefore }, parameters, media);

it("lets a stream that was cut anywhere begin with sound, and end within a second", () => {
  const joined = withSound(later(picture(6), 4), sound(9.3));
  expect(spans(joined, stream)).toEqual([]);
  expect(spans(joined).map(({ startSeconds }) => startSeconds)).toEqual([0, 9.3]);
  expect(spans(withSound(picture(10), later(sound(8), 2)), stream)).toHaveLength(1);
});

it("says nothing of the ends of media that was cut", () => {
  const ofTwenty = { ...testMedia, durationSeconds: 20 };
  expect(spans(withSound(picture(10), sound(8)), ofTwenty)).toEqual([]);
  expect(spans(withSound(picture(19.92), sound(8)), ofTwenty)).toMatchObject([{ startSeconds: 8, endSeconds: 19.92 }]);
});

it("allows two frames and no more where a policy asks for FC-108", () => {
  const strict = { maximumShortSeconds: 0 };
  expect(spans(withSound(picture(10), sound(9.92)), testMedia, strict)).toEqual([]);
  expect(spans(withSound(picture(10), sound(9.9)), testMedia, strict)).toMatchObject([
    { measured: { soundShortSeconds: expect.closeTo(0.1, 6) }, threshold: { maximumShortSeconds: 0.08 } },
  ]);
});

it("tells of a hole in the picture where the sound goes on, and of none that both have", () => {
  const whole = sound(10);
  const holed = without(picture(10), 3, 5);
  const gapBefore = 75;
  const [found, ...more] = judgeTrack(durationMismatch, withSound(holed, whole), { gapBefore, keepsSound: true });
  expect(found).toMatchObject({
    startSeconds: expect.closeTo(2.97, 6),
    endSeconds: 5,
    measured: { pictureGapSeconds: expect.any(Number) },
  });
  expect(more).toEqual([]);
  expect(spans(withSound(holed, without(whole, 3, 5)), testMedia, {}, gapBefore)).toEqual([]);
});

it("tells of sound that stays away while the picture still comes", () => {
  const found = judgeTrack(durationMismatch, withSound(picture(20), later(sound(2), 12)), { sizes: [1] });
  expect(found[0]).toMatchObject({ startSeconds: 0, endSeconds: 12, openedAtSeconds: expect.closeTo(1.04, 2) });
});
