import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Report } from "../src/notifier/index.js";
import { smallFile, wholeFiles } from "./media/broken.js";
import { type ClipEdit, makeClip } from "./media/make.js";
import { type Checking, openChecking } from "./support/check-media.js";

/** The shorter a film, the more of it may be missing before any tolerance is passed: these have two seconds, and 64x48 pixels. */
const types = ["decode-error", "block-corruption", "timestamp-gap", "transport", "freeze", "silence"];

/** Places of damage, as shares of the file: in its beginning, middle and end, on no boundary. */
const places = [0.13, 0.62, 0.86];

/**
 * Zeros in PCM are silence, and a few hundred between the pictures of a raw stream are padding (ITU-T H.264, B.1.1): nothing in these
 * files says otherwise.
 */
const isFine = (name: string, damage: string) => /^(WAV|raw H.264)$/.test(name) && damage.includes("zeroed");

let checking: Checking;
beforeAll(async () => {
  checking = await openChecking();
});
afterAll(() => checking.close());

function damages(at: number): [damage: string, edits: readonly ClipEdit[]][] {
  const percent = Math.round(100 * at);
  return [
    [`cut at ${percent} %`, [{ edit: "cut", keep: at }]],
    [`5 % missing from ${percent} % on`, [{ edit: "drop", from: at, to: at + 0.05 }]],
    [`10 % zeroed from ${percent} % on`, [{ edit: "zero", from: at, to: at + 0.1 }]],
  ];
}

function told({ error, media, defects }: Report): readonly (string | undefined)[] {
  return [error?.message, media?.incompleteReason, ...defects.map(({ type }) => type)];
}

describe.each(Object.keys(wholeFiles))("a tiny %s", (name) => {
  const recipe = smallFile(name);
  test("passes whole, and never with a part of it gone", async () => {
    const whole = await checking.check(await makeClip(recipe), types);
    expect(whole.verdict, told(whole).join()).toBe("pass");
    const passed: string[] = [];
    for (const [damage, edits] of places.flatMap(damages)) {
      const report = await checking.check(await makeClip({ ...recipe, edits }), types);
      if (!isFine(name, damage) && !/^(fail|error)$/.test(report.verdict)) passed.push(damage);
      else if (report.verdict !== "pass") expect(told(report).join("")).toMatch(/\w/);
    }
    expect(passed).toEqual([]);
  });
});
