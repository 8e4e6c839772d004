import fc from "fast-check";
import { expect, test } from "vitest";
import { openJoin } from "../../src/analyzers/join.js";
import { openPace } from "../../src/analyzers/pace.js";
import type { SignalBlock } from "../../src/analyzers/signal-block.js";

const aheadSeconds = 10;

function blocksAt(name: "picture" | "sound", starts: readonly number[]): SignalBlock[] {
  return starts.map((start, startIndex) => ({
    lane: { name, track: 0 },
    startIndex,
    pts: Float64Array.of(start),
    signals: {},
    discontinuityBefore: false,
  }));
}

async function* read(blocks: readonly SignalBlock[]): AsyncIterable<SignalBlock> {
  for (const one of blocks) {
    await Promise.resolve();
    yield one;
  }
}

/** Delivers picture and sound beside each other, and gives what came in which order. */
async function deliver(picture: readonly number[], sound: readonly number[]): Promise<readonly (readonly [string, number])[]> {
  const seen: [string, number][] = [];
  const note = ({ lane, pts }: SignalBlock): void => {
    seen.push([lane.name, pts[0] ?? Number.NaN]);
  };
  const pace = openPace(aheadSeconds, 0, new AbortController().signal);
  await Promise.all(
    (["picture", "sound"] as const).map(async (name) => {
      const join = openJoin(1, note, pace[name]);
      join.finish(0, () => read(blocksAt(name, name === "picture" ? picture : sound)));
      await join.settled();
      pace[name].end();
    }),
  );
  return seen;
}

const everySecond = Array.from({ length: 200 }, (_, index) => index);

test("neither picture nor sound is delivered far ahead of the other", async () => {
  const reached = { picture: 0, sound: 0 };
  for (const [name, seconds] of await deliver(
    everySecond.filter((second) => second % 4 === 0),
    everySecond,
  )) {
    reached[name as "picture" | "sound"] = seconds;
    expect(Math.abs(reached.picture - reached.sound)).toBeLessThanOrEqual(aheadSeconds + 4);
  }
});

test("all is delivered, in its own order, wherever time jumps", async () => {
  const course = fc.array(fc.integer({ min: 0, max: 100 }), { maxLength: 30 });
  await fc.assert(
    fc.asyncProperty(course, course, async (picture, sound) => {
      const seen = await deliver(picture, sound);
      expect(seen.filter(([name]) => name === "picture").map(([, seconds]) => seconds)).toEqual(picture);
      expect(seen.filter(([name]) => name === "sound").map(([, seconds]) => seconds)).toEqual(sound);
    }),
  );
});

test("sound that comes too soon is left out, and read again when it is finished", async () => {
  const seen: number[] = [];
  const pace = openPace(aheadSeconds, 0, new AbortController().signal);
  const sound = openJoin(1, ({ pts }) => seen.push(pts[0] ?? Number.NaN), pace.sound);
  const blocks = blocksAt("sound", everySecond);
  for (const block of blocks) sound.push(0, block);
  expect(seen).toEqual(everySecond.slice(0, aheadSeconds + 1));
  sound.finish(0, () => read(blocks));
  pace.picture.end();
  await sound.settled();
  expect(seen).toEqual(everySecond);
});

test("waiting ends with its signal", async () => {
  const stop = new AbortController();
  const { sound } = openPace(aheadSeconds, 0, stop.signal);
  const [far] = blocksAt("sound", [100]);
  const waiting = far === undefined ? undefined : sound.wait(far);
  stop.abort(new Error("enough"));
  await expect(waiting).rejects.toThrow("enough");
});
