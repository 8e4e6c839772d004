import { describe, expect, it } from "vitest";
import { silence } from "../../../src/analyzers/detectors/silence.js";
import { judgeTrack, signal, type Stretch, testDetector, together } from "../../support/test-detector.js";

const minus60Dbfs = 0.001;

/** Windows whose samples are all 0 where their peak is. */
function peakRatio(...stretches: readonly Stretch[]) {
  const peaks = signal("audio.peakRatio", 100)(...stretches);
  const zeros = (peaks.signals["audio.peakRatio"] ?? []).map((peak) => (peak === 0 ? 1 : 0.25));
  return together(peaks, { ...peaks, signals: { "audio.zeroRatio": zeros } });
}

testDetector(silence, {
  finds: {
    "three seconds of digital silence": [peakRatio([2, 0.3], [3, 0], [2, 0.3]), [2, 5]],
    "silence of exactly the limit": [peakRatio([1, 0.3], [2, 0], [1, 0.3]), [1, 3]],
    "two seconds that begin and end inside of windows": [peakRatio([1, 0.3], [1.99, 0], [1, 0.3]), [1, 2.99]],
    "silence until the end of the media": [peakRatio([1, 0.3], [4, 0]), [1, 5]],
    "dither noise below -60 dBFS": [peakRatio([1, 0.3], [4, (_, index) => 0.0009 - (index % 3) * 1e-4]), [1, 5]],
    "a track that is silent throughout": [peakRatio([10, 0]), [0, 10]],
  },
  passes: {
    "a pause between two sentences": peakRatio([2, 0.3], [1.9, 0.0002], [2, 0.3]),
    "room tone": peakRatio([20, 0.003]),
    "sound at exactly -60 dBFS, as silencedetect does": peakRatio([20, minus60Dbfs]),
    "a click in time": peakRatio([1.9, 0], [0.01, 0.5], [1.9, 0]),
  },
});

describe("silence", () => {
  it("tells what is not connected from what is only quiet", () => {
    const [nothing, quiet] = judgeTrack(silence, peakRatio([3, 0], [1, 0.3], [3, 0.0005]));
    expect(nothing?.measured).toMatchObject({ digitalZeroRatio: 1, maximumPeakRatio: 0 });
    expect(quiet?.measured).toMatchObject({ digitalZeroRatio: 0.25, maximumPeakRatio: expect.closeTo(0.0005, 6) });
  });
});
