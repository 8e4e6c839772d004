import { describe, expect, it } from "vitest";
import { type DefectEvent, loadPolicy, openLostInput } from "../../src/analyzers/index.js";

const picture = { name: "picture", track: 0 } as const;
const sound = { name: "sound", track: 1 } as const;
const transport = { name: "transport", track: 0 } as const;

const told = (events: readonly DefectEvent[]) =>
  events.map(({ kind, defect: { kind: form, affects, track, startSeconds, endSeconds } }) => ({
    kind,
    form,
    affects,
    track,
    startSeconds,
    endSeconds,
  }));

function open(policy = loadPolicy("default")) {
  let ids = 0;
  const lost = openLostInput(policy, () => `${++ids}`, 0);
  expect(lost.expect([picture, sound, transport], 0)).toEqual([]);
  return lost;
}

describe("lost input", () => {
  it("is told once while nothing comes, from when something came last, and is over when something comes", () => {
    const lost = open();
    lost.came(picture, 4);
    lost.came(sound, 5);
    // Picture and sound of one moment do not come at one moment: the picture is not lost by itself.
    expect(lost.tick(24.5, undefined)).toEqual([]);
    const opened = lost.tick(25, "no route to host");
    expect(told(opened)).toEqual([
      { kind: "opened", form: "lost", affects: undefined, track: 0, startSeconds: 5, endSeconds: undefined },
    ]);
    expect(opened[0]?.defect).toMatchObject({ type: "stall", causes: ["no route to host"], measured: { waitSeconds: 20 } });
    expect(lost.tick(90, undefined)).toEqual([]);
    const [back] = lost.came(sound, 100);
    expect(back).toMatchObject({ kind: "resolved", defect: { id: "1", endSeconds: 100, measured: { waitSeconds: 95 } } });
    expect(lost.tick(110, undefined)).toEqual([]);
  });

  it("is told as soon as the policy says", () => {
    const parameters = { lostSeconds: 8 };
    const lost = open(loadPolicy({ version: 1, name: "impatient", detectors: { stall: { parameters } } }));
    lost.came(picture, 4);
    lost.came(sound, 4);
    expect(lost.tick(11.9, undefined)).toEqual([]);
    expect(lost.tick(12, undefined)).toMatchObject([{ kind: "opened", defect: { threshold: { minimumWaitSeconds: 8 } } }]);
  });

  it("is told of a source that never gave anything", () => {
    const lost = openLostInput(loadPolicy("default"), () => "id", 3);
    expect(told(lost.tick(23, undefined))).toMatchObject([{ kind: "opened", startSeconds: 3 }]);
  });

  it("is told of one track that stays away while the other comes", () => {
    const lost = open();
    lost.came(picture, 10);
    for (let seconds = 10; seconds < 30; seconds++) expect([...lost.came(sound, seconds), ...lost.tick(seconds, "")]).toEqual([]);
    lost.came(sound, 30);
    expect(told(lost.tick(30, "connected"))).toEqual([
      { kind: "opened", form: "picture-lost", affects: "picture", track: 0, startSeconds: 10, endSeconds: undefined },
    ]);
    expect(told(lost.came(picture, 41))).toMatchObject([{ kind: "resolved", form: "picture-lost", endSeconds: 41 }]);
  });

  it("is one fault where everything stays away, and no track is blamed for it afterwards", () => {
    const lost = open();
    lost.came(picture, 1);
    lost.came(sound, 1);
    expect(told(lost.tick(60, undefined)).map(({ form }) => form)).toEqual(["lost"]);
    lost.came(sound, 61);
    expect(lost.tick(62, undefined)).toEqual([]);
    expect(told([...lost.came(sound, 81), ...lost.tick(81, undefined)])).toMatchObject([
      { form: "picture-lost", startSeconds: 61 },
    ]);
  });

  it("awaits no track that is gone for good", () => {
    const lost = open();
    lost.came(picture, 0);
    for (let seconds = 0; seconds <= 25; seconds++) lost.came(picture, seconds);
    expect(told(lost.tick(25, undefined))).toMatchObject([{ form: "sound-lost", track: 1 }]);
    expect(told(lost.expect([picture], 26))).toMatchObject([{ kind: "resolved", form: "sound-lost", endSeconds: 26 }]);
    lost.came(picture, 60);
    expect(lost.tick(60, undefined)).toEqual([]);
  });

  it("is not told where the policy does not want to know", () => {
    const lost = open(loadPolicy({ version: 1, name: "quiet", detectors: { stall: { enabled: false } } }));
    expect(lost.tick(1000, undefined)).toEqual([]);
  });
});
