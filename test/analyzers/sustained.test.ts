import { describe, expect, it } from "vitest";
import type { Emit, Judging } from "../../src/analyzers/detector.js";
import type { SignalBlock } from "../../src/analyzers/signal-block.js";
import { type Held, sideBySide, sustained, type SustainedRule } from "../../src/analyzers/sustained.js";

type Said = ["open", number] | ["close", number, Readonly<Record<string, number>>];

const rule: SustainedRule = { signal: "a", holds: (value) => value > 0, minimumSeconds: 2, threshold: { minimumSeconds: 2 } };

function block(seconds: readonly number[], values: readonly number[], gap?: { previousEndSeconds?: number }): SignalBlock {
  return {
    lane: { name: "picture", track: 0 },
    startIndex: 0,
    pts: Float64Array.from(seconds),
    signals: { a: Float32Array.from(values) },
    discontinuityBefore: gap !== undefined,
    ...gap,
  };
}

/** What is said during each push, and last at the end. */
function listen(judging: Judging, blocks: readonly SignalBlock[], endSeconds: number): Said[][] {
  let said: Said[] = [];
  const emit: Emit = {
    open({ startSeconds }) {
      said.push(["open", startSeconds]);
      return {};
    },
    update: () => undefined,
    close: (_, at, measured) => said.push(["close", at, measured]),
  };
  const all = blocks.map((next) => {
    said = [];
    judging.push(next, emit);
    return said;
  });
  said = [];
  judging.end(endSeconds, emit);
  return [...all, said];
}

const closed = (seconds: number, durationSeconds: number) => ["close", seconds, { durationSeconds }];

describe("sustained", () => {
  it("opens as soon as the time is reached, while the condition still holds", () => {
    const blocks = [block([0], [1]), block([1], [1]), block([2], [1]), block([3], [0])];
    expect(listen(sustained(rule), blocks, 4)).toEqual([[], [], [["open", 0]], [closed(3, 3)], []]);
  });

  it("lets a sample last until the next one, however far away that is", () => {
    expect(listen(sustained(rule), [block([0, 1, 9], [0, 1, 0])], 10)).toEqual([[["open", 1], closed(9, 8)], []]);
  });

  it("lets the last sample last until the end of the media", () => {
    expect(listen(sustained(rule), [block([1], [1])], 3)).toEqual([[], [["open", 1], closed(3, 2)]]);
  });

  it("never ends before it began, even if the media is said to end earlier", () => {
    const once = { ...rule, minimumSeconds: 0 };
    expect(listen(sustained(once), [block([5], [1])], 0)).toEqual([[["open", 5]], [closed(5, 0)]]);
  });

  it("never ends before it began, even if the source's time runs backwards unannounced", () => {
    const once = { ...rule, minimumSeconds: 0 };
    expect(listen(sustained(once), [block([5, 3], [1, 0])], 4)).toEqual([[["open", 5], closed(5, 0)], []]);
  });

  it("ends where the source's time is torn, and begins anew behind it", () => {
    const blocks = [block([0, 1], [1, 1]), block([11, 12], [1, 1], { previousEndSeconds: 2 })];
    expect(listen(sustained(rule), blocks, 12.9)).toEqual([[], [["open", 0], closed(2, 2)], []]);
  });

  it("lets no single sample last across a stall", () => {
    const blocks = [block([0, 1], [0, 1]), block([11], [0], { previousEndSeconds: 1.04 })];
    expect(listen(sustained(rule), blocks, 12)).toEqual([[], [], []]);
  });

  it("ends at the last sample where nothing says how long that lasted", () => {
    const blocks = [block([0, 2], [1, 1]), block([1], [0], {})];
    expect(listen(sustained(rule), blocks, 3)).toEqual([[["open", 0]], [closed(2, 2)], []]);
  });

  it("ends a condition at a sample that was not measured", () => {
    expect(listen(sustained(rule), [block([0, 2, 3], [1, Number.NaN, 1])], 4)).toEqual([[["open", 0], closed(2, 2)], []]);
  });

  it("bridges interruptions that are short enough", () => {
    const bridging = { ...rule, bridge: { seconds: 1 } };
    const samples = block([0, 1, 2, 3, 4.5], [1, 0, 1, 0, 1]);
    // The second interruption lasts 1.5 s; what begins at 4.5 s is too short.
    expect(listen(sustained(bridging), [samples], 5)).toEqual([[["open", 0], closed(3, 3)], []]);
  });

  it("opens during no interruption", () => {
    const bridging = { ...rule, bridge: { seconds: 1 } };
    const blocks = [block([0], [1]), block([1.5], [0]), block([2.2], [0]), block([2.4], [1])];
    expect(listen(sustained(bridging), blocks, 2.5)).toEqual([[], [], [], [["open", 0]], [closed(2.5, 2.5)]]);
  });

  it("ends before an interruption that the end of the media cuts short", () => {
    const bridging = { ...rule, bridge: { seconds: 1 } };
    expect(listen(sustained(bridging), [block([0, 3], [1, 0])], 3.5)).toEqual([[["open", 0]], [closed(3, 3)]]);
  });

  it("bridges only what the rule allows", () => {
    const bridging = { ...rule, bridge: { seconds: 1, allows: (value: number) => value > -1 } };
    expect(listen(sustained(bridging), [block([0, 2, 2.5, 3], [1, -0.5, -2, 1])], 4)).toEqual([[["open", 0], closed(2, 2)], []]);
  });

  it("bridges what was not measured only where the rule says so, and no longer than it allows", () => {
    const bridging = { ...rule, bridge: { seconds: 1, allows: () => false, unmeasured: true } };
    const samples = block([0, 1, 2, 3, 4.5], [1, Number.NaN, 1, Number.NaN, 1]);
    expect(listen(sustained(bridging), [samples], 5)).toEqual([[["open", 0], closed(3, 3)], []]);
    expect(listen(sustained(bridging), [block([0, 2, 2.5, 3], [1, 0, 1, 1])], 4)).toEqual([[["open", 0], closed(2, 2)], []]);
  });

  it("opens only once all else is true that the rule asks for", () => {
    const counting = { ...rule, minimumSeconds: 0, opens: ({ sum }: Held) => sum >= 3 };
    expect(listen(sustained(counting), [block([0, 1, 2, 3], [1, 1, 1, 0])], 4)).toEqual([[["open", 0], closed(3, 3)], []]);
    expect(listen(sustained(counting), [block([0, 1, 2, 3], [1, 1, 0, 1])], 4)).toEqual([[], []]);
  });

  it("begins earlier than its signal tells where the rule says so, but neither before a gap nor in the fault before", () => {
    const late = { ...rule, earlierSeconds: ({ maximum }: Held) => maximum };
    expect(listen(sustained(late), [block([0, 1, 2, 3, 4], [0, 0, 1, 1, 0])], 5)).toEqual([[["open", 1], closed(4, 3)], []]);
    const blocks = [block([0, 2, 3], [1, 0, 3]), block([10, 11], [3, 3], { previousEndSeconds: 6 })];
    expect(listen(sustained(late), blocks, 13)).toEqual([
      [["open", 0], closed(2, 2)],
      [["open", 2], closed(6, 4)],
      [["open", 10], closed(13, 3)],
    ]);
  });

  it("gives way to a surer hold before it is open, and not after", () => {
    const followed: SustainedRule = {
      ...rule,
      bridge: { seconds: 9 },
      holds: (value, { held }) => value > 0 && (held.samples === 0 || value === held.mean),
      givesWay: (value, { held }) => value > held.mean,
    };
    expect(listen(sustained(followed), [block([0, 1, 2, 3, 4], [1, 5, 5, 5, 7])], 5)).toEqual([[["open", 1]], [closed(4, 3)]]);
  });

  it("begins at the sample before where the rule says so, but not before a gap", () => {
    const comparing = { ...rule, startsAtSampleBefore: true };
    const blocks = [block([0, 1], [0, 1]), block([10], [1], { previousEndSeconds: 2 })];
    expect(listen(sustained(comparing), blocks, 12)).toEqual([[], [["open", 0], closed(2, 2)], [["open", 10], closed(12, 2)]]);
  });

  it("tells the rule's own measures of the samples that held", () => {
    const measuring: SustainedRule = {
      ...rule,
      bridge: { seconds: 1 },
      measured: ({ samples, sum, mean, minimum, maximum }) => ({ samples, sum, mean, minimum, maximum }),
    };
    const [, said] = listen(sustained(measuring), [block([0, 1, 2, 3], [2, 4, 0, 6])], 4);
    expect(said).toEqual([["close", 4, { durationSeconds: 4, samples: 3, sum: 12, mean: 4, minimum: 2, maximum: 6 }]]);
  });

  it("opens at the stricter limit and goes on down to the easier one", () => {
    const hysteresis: SustainedRule = { ...rule, holds: (value) => value >= 2, keeps: (value) => value >= 1 };
    const values = [1, 2, 1, 2, 2, 2, 1, 1, 0, 1];
    const said = listen(sustained(hysteresis), [block([0, 1, 2, 3, 4, 5, 6, 7, 8, 9], values)], 10);
    expect(said).toEqual([[["open", 3], closed(8, 5)], []]);
  });

  it("fails loudly when the lane lacks the signal", () => {
    expect(() => listen(sustained({ ...rule, signal: "b" }), [block([0], [1])], 1)).toThrow("picture:0 has no signal b");
  });
});

describe("judgings side by side", () => {
  it("are told the same, and each tells its own", () => {
    const low = { ...rule, holds: (value: number) => value < 0 };
    const judging = sideBySide(["a"], sustained(rule), sustained(low));
    expect(listen(judging, [block([0, 3], [1, -1])], 6)).toEqual([
      [["open", 0], closed(3, 3)],
      [["open", 3], closed(6, 3)],
    ]);
  });

  it("speak in the order of time, whoever of them comes first", () => {
    const low = { ...rule, holds: (value: number) => value < 0 };
    const judging = sideBySide(["a"], sustained(rule), sustained(low));
    expect(listen(judging, [block([0, 3, 4, 8], [-1, 1, 1, 0])], 8)).toEqual([
      [["open", 0], closed(3, 3), ["open", 3], closed(8, 5)],
      [],
    ]);
  });
});

it("says how sure it is and where the fault lies, as known when it opens", () => {
  const opened: unknown[] = [];
  const emit: Emit = { open: (defect) => opened.push(defect) && {}, update: () => undefined, close: () => undefined };
  let last = 0;
  const judging = sustained({
    ...rule,
    holds: (value) => (last = value) > 0,
    confidence: () => last / 4,
    region: () => (last > 1 ? { x: last, y: 0, width: 2, height: 2 } : undefined),
  });
  judging.push(block([0, 1, 2, 3, 4], [1, 2, 0, 0, 1]), emit);
  judging.end(6, emit);
  expect(opened).toEqual([
    expect.objectContaining({ confidence: 0.5, region: { x: 2, y: 0, width: 2, height: 2 } }),
    expect.not.objectContaining({ region: expect.anything() }),
  ]);
});
