import fc from "fast-check";
import { expect, it } from "vitest";
import { besideEachOther } from "../../src/analyzers/beside.js";
import type { Emit } from "../../src/analyzers/detector.js";
import type { Lane, SignalBlock } from "../../src/analyzers/signal-block.js";

const picture: Lane = { name: "picture", track: 0 };
const sound: Lane = { name: "sound", track: 0 };
const emit: Emit = { open: () => ({}), update: () => {}, close: () => {} };

function blocks(lane: Lane, pts: readonly number[], sizes: readonly number[]): SignalBlock[] {
  const found: SignalBlock[] = [];
  for (let start = 0, turn = 0; start < pts.length; turn++) {
    const end = start + (sizes[turn % sizes.length] ?? 1);
    const times = Float64Array.from(pts.slice(start, end));
    found.push({
      lane,
      startIndex: start,
      pts: times,
      signals: { level: new Float32Array(times.length) },
      discontinuityBefore: false,
    });
    start = end;
  }
  return found;
}

/** What a detector is told, sample by sample, when the lanes' blocks come in the order that `pickPicture` chooses. */
function told(pictures: SignalBlock[], sounds: SignalBlock[], pickPicture: () => boolean): string[] {
  const lines: string[] = [];
  const lanes = [picture, sound].map((lane) => ({ lane, signals: ["level"] }));
  const beside = besideEachOther(lanes, {
    push: ({ lane, pts }) => lines.push(...[...pts].map((seconds) => `${lane.name} ${seconds.toFixed(2)}`)),
    laneEnd: (lane, endSeconds) => lines.push(`${lane.name} ends at ${endSeconds}`),
    end: (endSeconds) => lines.push(`end at ${endSeconds}`),
  });
  const waiting = { picture: [...pictures], sound: [...sounds] };
  while (waiting.picture.length + waiting.sound.length > 0) {
    const usePicture = waiting.sound.length === 0 || (waiting.picture.length > 0 && pickPicture());
    const block = usePicture ? waiting.picture.shift() : waiting.sound.shift();
    if (block !== undefined) beside.push(block, emit);
  }
  beside.end(sound, 3.2, emit);
  beside.end(picture, 3, emit);
  return lines;
}

const frames = Array.from({ length: 75 }, (_, index) => index / 25);
const windows = Array.from({ length: 160 }, (_, index) => index / 50);

it("tells a detector the same order of samples, whichever lane is measured first and however it is cut", () => {
  const whole = told(blocks(picture, frames, [75]), blocks(sound, windows, [160]), () => true);
  const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(sizes, sizes, fc.infiniteStream(fc.boolean()), (ofPicture, ofSound, picks) => {
      const pick = () => picks.next().value === true;
      expect(told(blocks(picture, frames, ofPicture), blocks(sound, windows, ofSound), pick)).toEqual(whole);
    }),
    { numRuns: 50 },
  );
});

it("tells turns of half a second, the picture first, and every end", () => {
  const lines = told(blocks(picture, [0, 0.4, 0.6], [3]), blocks(sound, [0.1, 0.7], [1]), () => false);
  expect(lines).toEqual([
    "picture 0.00",
    "picture 0.40",
    "sound 0.10",
    "sound ends at 3.2",
    "picture 0.60",
    "sound 0.70",
    "picture ends at 3",
    "end at 3.2",
  ]);
});
