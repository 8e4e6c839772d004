import fc from "fast-check";
import { expect, test } from "vitest";
import { openJoin } from "../../src/analyzers/join.js";
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

test("pieces that run side by side are delivered as one uncut pass would be", () => {
  fc.assert(
    fc.property(times, places, places, fc.infiniteStream(fc.nat(1000)), (all, pieceCuts, blockCuts, choices) => {
      const pieces = cutAt(all, pieceCuts);
      const out = collector();
      const join = openJoin(pieces.length, out.deliver);
      const steps = pieces.map((piece, index) => [
        ...cutAt(piece, blockCuts).flatMap((part) => {
          const push = () => join.push(index, block(part, piece.indexOf(part[0] ?? -1)));
          // Some blocks come a second time, as from a segment that is tried again.
          return part.length === 0 ? [] : part.length % 2 === 0 ? [push, push] : [push];
        }),
        () => join.finish(index),
      ]);
      steps.push([() => join.release()]);
      while (steps.some((queue) => queue.length > 0)) {
        const waiting = steps.filter((queue) => queue.length > 0);
        waiting[(choices.next().value ?? 0) % waiting.length]?.shift()?.();
      }
      expect(out.seen).toEqual(all);
    }),
  );
});

test("pieces behind the first wait until they are finished and released; an uncut pass goes on from what was delivered", () => {
  const out = collector();
  const join = openJoin(3, out.deliver);
  join.push(0, block([0, 1]));
  expect(out.seen).toEqual([0, 1]);
  join.push(1, block([2]));
  join.finish(0);
  join.finish(1);
  expect(out.seen).toEqual([0, 1]);
  join.release();
  expect(out.seen).toEqual([0, 1, 2]);
  join.push(2, block([3.04, 3.08]));
  expect(out.seen).toEqual([0, 1, 2]);

  join.restartUncut();
  join.push(0, block([0]));
  join.push(0, block([1, 2, 2.04], 1));
  expect(out.seen).toEqual([0, 1, 2, 2.04]);
  join.push(0, block([2.08], 4));
  join.finish(0);
  expect(out.seen).toEqual([0, 1, 2, 2.04, 2.08]);
});
