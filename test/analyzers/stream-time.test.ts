import { describe, expect, it } from "vitest";
import { openStreamTime, type SignalBlock } from "../../src/analyzers/index.js";

const startedAt = Date.UTC(2026, 10, 21, 3);

function block(name: "picture" | "sound", pts: readonly number[], previousEndSeconds?: number): SignalBlock {
  return {
    lane: { name, track: 0 },
    startIndex: 0,
    pts: Float64Array.from(pts),
    signals: {},
    discontinuityBefore: previousEndSeconds !== undefined,
    ...(previousEndSeconds === undefined ? {} : { previousEndSeconds }),
  };
}

describe("the time of a stream", () => {
  it("begins where its first byte arrived, whatever the source calls that time", () => {
    const time = openStreamTime(startedAt);
    time.begin(3, { originSeconds: 40 });
    const placed = time.place(block("picture", [0, 0.04]), 4);
    expect(placed.pts[0]).toBe(3);
    expect(placed.pts[1]).toBeCloseTo(3.04, 9);
    expect(placed).toMatchObject({ startIndex: 0, discontinuityBefore: false });
    expect(placed.tornSeconds).toBeUndefined();
  });

  it("keeps picture and sound as far apart as they are sent", () => {
    const time = openStreamTime(startedAt);
    time.begin(0, { originSeconds: 40 });
    expect(time.place(block("sound", [0.5]), 1).pts[0]).toBe(0.5);
    expect(time.place(block("picture", [0]), 1).pts[0]).toBe(0);
  });

  it("runs on over a reconnect, by as much as that took, and blames no clock for it", () => {
    const time = openStreamTime(startedAt);
    time.begin(0, { originSeconds: 40 });
    time.place(block("picture", [0, 1]), 1.2);
    time.begin(15, { originSeconds: 40 });
    const placed = time.place(block("picture", [0, 0.04]), 16);
    expect(placed.pts[0]).toBe(15);
    expect(placed).toMatchObject({ startIndex: 2, discontinuityBefore: true, previousEndSeconds: 1, tornSeconds: 0 });
  });

  it("never runs back: media sent again at once comes behind what was there", () => {
    const time = openStreamTime(startedAt);
    time.begin(0, { originSeconds: 40 });
    time.place(block("picture", [0, 20]), 20);
    time.begin(12, { originSeconds: 40 });
    expect(time.place(block("picture", [0]), 20.5).pts[0]).toBe(20);
  });

  it("goes on by the wall clock where the source's clock runs back, and tells by how much it did", () => {
    const time = openStreamTime(startedAt);
    time.begin(0, { originSeconds: 40 });
    time.place(block("picture", [0, 3600]), 3600);
    const placed = time.place(block("picture", [5, 5.04], 3600.04), 3601.5);
    expect(placed.pts[0]).toBeCloseTo(3601.5, 9);
    expect(placed.previousEndSeconds).toBeCloseTo(3600.04, 9);
    expect(placed.tornSeconds).toBeCloseTo(-3595.04, 9);
  });

  it("puts picture and sound together again behind a jump, in whichever order they come to it", () => {
    const time = openStreamTime(startedAt);
    time.begin(0, { originSeconds: 40 });
    time.place(block("picture", [0, 1]), 1.5);
    time.place(block("sound", [0, 1]), 1.5);
    const sound = time.place(block("sound", [5000.2], 1.01), 2);
    const picture = time.place(block("picture", [5000], 1.04), 2.6);
    expect((picture.pts[0] ?? 0) - (sound.pts[0] ?? 0)).toBeCloseTo(-0.2, 9);
    expect(picture.tornSeconds).toBeCloseTo(4998.96, 9);
  });

  it("leaves media out where the source does: a short gap is a gap", () => {
    const time = openStreamTime(startedAt);
    time.begin(0, { originSeconds: 40 });
    time.place(block("picture", [0, 1]), 1.5);
    const placed = time.place(block("picture", [4], 1.04), 4.5);
    expect([...placed.pts]).toEqual([4]);
    expect(placed).toMatchObject({ discontinuityBefore: true, previousEndSeconds: 1.04 });
    expect(placed.tornSeconds).toBeUndefined();
  });

  it("knows the wall clock of every moment: when it arrived with the least delay", () => {
    const time = openStreamTime(startedAt);
    time.begin(0, { originSeconds: 40 });
    time.place(block("picture", [0, 1]), 4);
    time.place(block("picture", [1.04, 2]), 4.1);
    time.place(block("picture", [2.04, 5]), 5.5);
    expect(time.wallClockAt(5)).toBe(startedAt + 5500);
  });

  it("takes the source's word for the wall clock", () => {
    const time = openStreamTime(startedAt);
    const said = Date.UTC(2026, 10, 21, 2, 59);
    time.begin(1, { originSeconds: 40, wallClockOf: (stampSeconds) => said + (stampSeconds - 40) * 1000 });
    time.place(block("picture", [0, 1]), 2.5);
    expect(time.wallClockAt(1.5)).toBe(said + 500);
  });

  it("follows a source whose clock is slower than ours", () => {
    const time = openStreamTime(startedAt);
    time.begin(0, { originSeconds: 40 });
    for (let seconds = 0; seconds < 1000; seconds++) time.place(block("picture", [seconds]), seconds * 1.001 + 0.5);
    // A second late by then, and found within the window of half a minute.
    expect((time.wallClockAt(999) - startedAt) / 1000).toBeGreaterThan(999 + 1.4);
  });

  it("knows the source's own time stamps of every moment", () => {
    const time = openStreamTime(startedAt);
    time.begin(0, { originSeconds: 40 });
    time.place(block("picture", [0, 1]), 1.5);
    time.begin(10, { originSeconds: 7000 });
    time.place(block("picture", [0, 1]), 11.5);
    expect([time.stampAt(0.5), time.stampAt(10.5)]).toEqual([40.5, 7000.5]);
  });
});
