import fc from "fast-check";
import { expect, test } from "vitest";
import { openJoin } from "../../src/analyzers/join.js";
import { openPace } from "../../src/analyzers/pace.js";
import type { SignalBlock } from "../../src/analyzers/signal-block.js";

const picture = { name: "picture", track: 0 } as const;

function block(pts: readonly number[], startIndex = 0): SignalBlock {
  return {
    lane: picture,
    startIndex,
    pts: Float64Array.from(pts),
    signals: { "luma.mean": Float32Array.from(pts, (seconds) => seconds * 2) },
    discontinuityBefore: false,
  };
}

/** Cuts a list at random places. */
function cutAt<Value>(values: readonly Value[], places: readonly number[]): Value[][] {
  const cuts = [0, ...[...new Set(places.map((place) => place % (values.length + 1)))].sort((a, b) => a - b), values.length];
  return cuts.slice(1).map((cut, index) => values.slice(cuts[index], cut));
}

const times = fc.integer({ min: 1, max: 40 }).map((count) => Array.from({ length: count }, (_, index) => index / 25));
const places = fc.array(fc.nat(100), { maxLength: 6 });

function collector(): { readonly seen: number[]; readonly starts: number[]; deliver(block: SignalBlock): void } {
  const seen: number[] = [];
  const starts: number[] = [];
  return {
    seen,
    starts,
    deliver(delivered) {
      starts.push(delivered.startIndex);
      expect(delivered.startIndex).toBe(seen.length);
      expect([...(delivered.signals["luma.mean"] ?? [])]).toEqual([
        ...Float32Array.from(delivered.pts, (seconds) => seconds * 2),
      ]);
      seen.push(...delivered.pts);
    },
  };
}

/** The blocks of a piece, as its file gives them. */
async function* read(blocks: readonly SignalBlock[]): AsyncIterable<SignalBlock> {
  for (const one of blocks) {
    await Promise.resolve();
    yield one;
  }
}

function anyPace() {
  return openPace(Number.POSITIVE_INFINITY, 0, new AbortController().signal).picture;
}

test("pieces that run side by side are delivered as one uncut pass would be", async () => {
  await fc.assert(
    fc.asyncProperty(times, places, places, fc.infiniteStream(fc.nat(1000)), async (all, pieceCuts, blockCuts, choices) => {
      const pieces = cutAt(all, pieceCuts);
      const out = collector();
      const join = openJoin(pieces.length, out.deliver, anyPace());
      const steps = pieces.map((piece, index) => {
        const blocks = cutAt(piece, blockCuts)
          .filter((part) => part.length > 0)
          .map((part) => block(part, piece.indexOf(part[0] ?? -1)));
        return [
          ...blocks.flatMap((one) => {
            const push = () => join.push(index, one);
            // Some blocks come a second time, as from a segment that is tried again, and some not at all.
            return one.pts.length % 3 === 0 ? [] : one.pts.length % 2 === 0 ? [push, push] : [push];
          }),
          () => join.finish(index, () => read(blocks)),
        ];
      });
      steps.push([() => join.release()]);
      while (steps.some((queue) => queue.length > 0)) {
        const waiting = steps.filter((queue) => queue.length > 0);
        const choice = choices.next().value ?? 0;
        waiting[choice % waiting.length]?.shift()?.();
        if (choice % 2 === 0) await Promise.resolve();
      }
      await join.settled();
      expect(out.seen).toEqual(all);
    }),
  );
});

test("pieces behind the first wait until they are finished and released; an uncut pass goes on from what was delivered", async () => {
  const out = collector();
  const join = openJoin(3, out.deliver, anyPace());
  join.push(0, block([0, 1]));
  expect(out.seen).toEqual([0, 1]);
  join.push(1, block([2]));
  join.finish(0, () => read([block([0, 1])]));
  join.finish(1, () => read([block([2])]));
  await join.settled();
  expect(out.seen).toEqual([0, 1]);
  join.release();
  await join.settled();
  expect(out.seen).toEqual([0, 1, 2]);
  join.push(2, block([3.04, 3.08]));
  expect(out.seen).toEqual([0, 1, 2]);

  join.restartUncut();
  join.push(0, block([0]));
  join.push(0, block([1, 2, 2.04], 1));
  expect(out.seen).toEqual([0, 1, 2, 2.04]);
  join.push(0, block([2.08], 4));
  join.finish(0, () => read([block([0, 1, 2, 2.04, 2.08])]));
  await join.settled();
  expect(out.seen).toEqual([0, 1, 2, 2.04, 2.08]);
});

test("an uncut pass takes the place of a piece that is being read", async () => {
  const out = collector();
  const join = openJoin(2, out.deliver, anyPace());
  join.release();
  join.finish(0, () => read([block([0, 1]), block([2], 2)]));
  join.finish(1, () => read([block([7])]));
  await Promise.resolve();
  join.restartUncut();
  join.push(0, block([0, 1, 2, 3]));
  join.finish(0, () => read([block([0, 1, 2, 3])]));
  await join.settled();
  expect(out.seen).toEqual([0, 1, 2, 3]);
});

test("a piece that cannot be read is told", async () => {
  const join = openJoin(1, collector().deliver, anyPace());
  join.finish(0, async function* () {
    yield* [];
    await Promise.reject(new Error("the file is damaged"));
  });
  await expect(join.settled()).rejects.toThrow("the file is damaged");
});
