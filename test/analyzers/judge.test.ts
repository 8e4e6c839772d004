import { describe, expect, it } from "vitest";
import type { DefectEvent } from "../../src/analyzers/defect.js";
import { defectTypesNotBuilt } from "../../src/analyzers/defect-types.js";
import { type JudgePlan, openJudge, wantedSignals } from "../../src/analyzers/judge.js";
import { loadPolicy } from "../../src/analyzers/policy.js";
import { type Lane, laneKey, type LaneSignals, type SignalBlock } from "../../src/analyzers/signal-block.js";
import { isError } from "../../src/errors.js";
import { testMedia } from "../support/test-detector.js";

const policy = loadPolicy("default");
/** The detectors that these tests know: further ones change nothing here. */
const only = ["black", "freeze", "silence", "decode-error"];
const picture: Lane = { name: "picture", track: 0 };
const sound = (track: number): Lane => ({ name: "sound", track });

const decodeSignals = ["decode.errorCount", "decode.damagedTop", "decode.damagedHeight"];
const pictureSignals = ["luma.mean", "luma.darkRatio", "diff.mean", ...decodeSignals, "plain.cb", "plain.cr"];
const soundSignals = ["audio.peakRatio", ...decodeSignals];
const allLanes: LaneSignals[] = [
  { lane: picture, signals: pictureSignals },
  { lane: sound(0), signals: soundSignals },
  { lane: sound(1), signals: soundSignals },
];

function plan(rest: Partial<JudgePlan> = {}): JudgePlan {
  const identify = (detector: string, lane: Lane, ordinal: number) => `${detector}/${laneKey(lane)}/${ordinal}`;
  return { policy, media: testMedia, lanes: allLanes, profile: "full", only, identify, ...rest };
}

/** One sample per second from `startSeconds` on; signals that are not named are harmless. */
function block(lane: Lane, startSeconds: number, signals: Readonly<Record<string, readonly number[]>>): SignalBlock {
  const length = Math.max(...Object.values(signals).map((values) => values.length));
  const harmless = Array.from({ length }, () => Number.NaN);
  const names = lane.name === "picture" ? pictureSignals : soundSignals;
  return {
    lane,
    startIndex: startSeconds,
    pts: Float64Array.from({ length }, (_, index) => startSeconds + index),
    signals: Object.fromEntries(names.map((name) => [name, Float32Array.from(signals[name] ?? harmless)])),
    discontinuityBefore: false,
  };
}

function idsOf(events: readonly DefectEvent[]): string[] {
  return events.map(({ kind, defect }) => `${kind} ${defect.id}`);
}

describe("the judge", () => {
  it("tells of a defect when its definition is met, and again when it ends", () => {
    const judge = openJudge(plan());
    expect(judge.push(block(picture, 0, { "luma.darkRatio": [0, 1, 1] }))).toEqual([]);

    const opened = judge.push(block(picture, 3, { "luma.darkRatio": [1] }));
    const threshold = { minimumSeconds: 2, minimumDarkRatio: 0.98 };
    const defect = {
      id: "black/picture:0/0",
      type: "black",
      severity: "warning",
      medium: "video",
      track: 0,
      startSeconds: 1,
      confidence: 1,
      measured: { durationSeconds: 2, meanDarkRatio: 1 },
      threshold,
      detector: { name: "black", version: "1.1.0" },
    };
    expect(opened).toEqual([{ kind: "opened", defect }]);

    const resolved = judge.push(block(picture, 4, { "luma.darkRatio": [0] }));
    const measured = { durationSeconds: 3, meanDarkRatio: 1 };
    expect(resolved).toEqual([{ kind: "resolved", defect: { ...defect, endSeconds: 4, measured } }]);
    expect(judge.end(picture, 5)).toEqual([]);
  });

  it("ends what is open with its lane", () => {
    const judge = openJudge(plan());
    const events = [...judge.push(block(picture, 0, { "luma.darkRatio": [1, 1, 1] })), ...judge.end(picture, 3.04)];
    expect(idsOf(events)).toEqual(["opened black/picture:0/0", "resolved black/picture:0/0"]);
    expect(events.at(-1)?.defect.endSeconds).toBe(3.04);
  });

  it("numbers the defects of each detector on each lane", () => {
    const judge = openJudge(plan());
    const errors = { "decode.errorCount": [1, 0, 0, 0, 1, 0, 0] };
    const events = [...judge.push(block(picture, 0, errors)), ...judge.push(block(sound(1), 0, errors))];
    const opened = events.filter(({ kind }) => kind === "opened");
    expect(opened.map(({ defect }) => [defect.id, defect.medium, defect.track])).toEqual([
      ["decode-error/picture:0/0", "stream", 0],
      ["decode-error/picture:0/1", "stream", 0],
      ["decode-error/sound:1/0", "stream", 1],
      ["decode-error/sound:1/1", "stream", 1],
    ]);
  });

  it("runs a detector on every track that has its signals", () => {
    const judge = openJudge(plan());
    for (const track of [0, 1]) {
      const [opened] = judge.push(block(sound(track), 0, { "audio.peakRatio": [0, 0, 0] }));
      expect(opened?.defect).toMatchObject({ id: `silence/sound:${track}/0`, track, medium: "audio" });
    }
  });

  it("takes severities and parameters from the policy", () => {
    const strict = loadPolicy({
      version: 1,
      name: "strict",
      detectors: { black: { severity: "critical", parameters: { minimumSeconds: 1 } } },
    });
    const [opened] = openJudge(plan({ policy: strict })).push(block(picture, 0, { "luma.darkRatio": [1, 1] }));
    expect(opened?.defect).toMatchObject({ severity: "critical", threshold: { minimumSeconds: 1 } });
  });

  it("tells nothing of what ends in a window that the policy allows", () => {
    const allowed = (...windows: readonly object[]) =>
      loadPolicy({ version: 1, name: "bars", detectors: { black: { allowed: windows } } });
    const dark = [0, 1, 1, 1, 0, 1, 1, 1, 0, 0];
    const eventsWith = (...windows: readonly object[]) => {
      const judge = openJudge(plan({ policy: allowed(...windows), media: { ...testMedia, durationSeconds: 10 } }));
      return idsOf([...judge.push(block(picture, 0, { "luma.darkRatio": dark })), ...judge.end(picture, 10)]);
    };
    const [first, second] = ["black/picture:0/0", "black/picture:0/1"];
    expect(eventsWith()).toEqual([`opened ${first}`, `resolved ${first}`, `opened ${second}`, `resolved ${second}`]);
    expect(eventsWith({ fromSeconds: 0, toSeconds: 4 })).toEqual([`opened ${second}`, `resolved ${second}`]);
    expect(eventsWith({ fromSeconds: -6 })).toEqual([`opened ${first}`, `resolved ${first}`]);
    expect(eventsWith({ fromSeconds: -6, toSeconds: -2 }, { fromSeconds: 1, toSeconds: 5 })).toEqual([]);
    expect(eventsWith({ fromSeconds: 2 })).toEqual([`opened ${first}`, `resolved ${first}`]);
  });

  it("tells of what outlasts an allowed window as soon as it does, from its own beginning", () => {
    const policyWithWindow = { version: 1, name: "late", detectors: { black: { allowed: [{ fromSeconds: 0, toSeconds: 4 }] } } };
    const judge = openJudge(plan({ policy: loadPolicy(policyWithWindow) }));
    expect(judge.push(block(picture, 0, { "luma.darkRatio": [1, 1, 1, 1] }))).toEqual([]);
    const [opened] = judge.push(block(picture, 4, { "luma.darkRatio": [1, 1] }));
    expect(opened).toMatchObject({ kind: "opened", defect: { startSeconds: 0 } });
    expect(idsOf(judge.end(picture, 6))).toEqual(["resolved black/picture:0/0"]);
  });

  it("allows nothing by a window that counts from an end which the media does not declare", () => {
    const rule = { version: 1, name: "end", detectors: { black: { allowed: [{ fromSeconds: -10 }] } } };
    const media = { ...testMedia, durationSeconds: 10, durationDeclared: false };
    const judge = openJudge(plan({ policy: loadPolicy(rule), media }));
    expect(idsOf(judge.push(block(picture, 0, { "luma.darkRatio": [1, 1, 1] })))).toEqual(["opened black/picture:0/0"]);
  });

  it("says which detectors do not run, and why", () => {
    const withoutFreeze = loadPolicy({ version: 1, name: "mine", detectors: { freeze: { enabled: false } } });
    expect(openJudge(plan()).off).toEqual([]);
    expect(openJudge(plan({ policy: withoutFreeze })).off).toEqual([{ type: "freeze", reason: "Policy mine switches it off." }]);

    const { video: _, ...soundOnly } = testMedia;
    const noPicture = openJudge(plan({ media: soundOnly, lanes: allLanes.slice(1) }));
    expect(noPicture.off).toEqual(["black", "freeze"].map((type) => ({ type, reason: "The media has no picture." })));

    const fast = openJudge(
      plan({
        profile: "fast",
        lanes: [{ lane: picture, signals: ["luma.darkRatio", "plain.cb", "plain.cr"] }, ...allLanes.slice(1)],
      }),
    );
    expect(fast.off).toEqual([{ type: "freeze", reason: "Not measured in profile fast: diff.mean, luma.mean." }]);
  });

  it("looks only for what was asked for, and measures only that", () => {
    const judge = openJudge(plan({ only: ["silence"] }));
    expect(judge.push(block(picture, 0, { "luma.darkRatio": [1, 1, 1, 1] }))).toEqual([]);
    expect(judge.judged).toBe(false);
    expect([...wantedSignals(policy, ["silence"])]).toEqual(["audio.peakRatio"]);
    expect([...wantedSignals(policy, only)].sort()).toEqual([...new Set([...pictureSignals, ...soundSignals])].sort());
  });

  it.each([
    ["silenc", 'There is no defect type "silenc". Did you mean "silence"?'],
    ...defectTypesNotBuilt.slice(0, 1).map((type) => [type, `No detector finds "${type}" yet.`]),
  ])("refuses to look for %s", (type, message) => {
    let fault: unknown;
    try {
      openJudge(plan({ only: [type] }));
    } catch (error) {
      fault = error;
    }
    expect(isError(fault, "usage") && fault.message).toContain(message);
  });

  it("knows whether anything was judged", () => {
    const judge = openJudge(plan());
    expect(judge.judged).toBe(false);
    judge.push(block(sound(0), 0, { "audio.peakRatio": [0.5] }));
    expect(judge.judged).toBe(true);
  });
});
