import { describe, expect, it } from "vitest";
import { isSameShot } from "../../src/analyzers/same-shot.js";

const dusk = { shadow: 0.1, median: 0.4, highlight: 0.8 };

describe("two stills", () => {
  it("are of one shot when their light is the same but for a little", () => {
    expect(isSameShot(dusk, dusk)).toBe(true);
    expect(isSameShot(dusk, { shadow: 0.12, median: 0.44, highlight: 0.85 })).toBe(true);
  });

  it.each([
    { name: "shadows", now: { ...dusk, shadow: 0.2 } },
    { name: "the middle", now: { ...dusk, median: 0.55 } },
    { name: "highlights", now: { ...dusk, highlight: 1 } },
  ])("are of two when $name differ, in whichever order", ({ now }) => {
    expect(isSameShot(dusk, now)).toBe(false);
    expect(isSameShot(now, dusk)).toBe(false);
  });
});
