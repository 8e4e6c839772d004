import { expect, it } from "vitest";
import type { Defect, DefectEvent } from "../../src/analyzers/defect.js";
import { damagedBlocksCause, damagedDataCause, openOneFault } from "../../src/analyzers/one-fault.js";

function defect(type: string, startSeconds: number, endSeconds?: number): Defect {
  return {
    id: `${type} ${startSeconds}`,
    type,
    severity: "error",
    medium: type === "decode-error" ? "stream" : "video",
    ...(type === "decode-error" ? { affects: "picture" as const } : {}),
    track: 0,
    startSeconds,
    ...(endSeconds === undefined ? {} : { endSeconds }),
    confidence: 1,
    measured: {},
    threshold: {},
    detector: { name: type, version: "1.0.0" },
  };
}

const opened = (type: string, at: number): DefectEvent => ({ kind: "opened", defect: defect(type, at) });
const resolved = (type: string, at: number, end: number): DefectEvent => ({ kind: "resolved", defect: defect(type, at, end) });

/** Says events at their times and gives what was told, and of which cause. */
function tell(...steps: readonly (readonly [seconds: number, ...events: DefectEvent[]])[]): string[] {
  const oneFault = openOneFault();
  const told = steps.flatMap(([seconds, ...events]) => oneFault.take(events, seconds));
  return [...told, ...oneFault.end()].map(
    ({ kind, defect: { type, startSeconds, endSeconds, causes = [] } }) =>
      `${kind} ${type} ${startSeconds}-${endSeconds ?? ""}${causes.includes(damagedDataCause) ? " damaged data" : ""}${causes.includes(damagedBlocksCause) ? " damaged blocks" : ""}`,
  );
}

it("tells complaints by themselves where no damage is seen, a second later", () => {
  expect(tell([2, opened("decode-error", 2)], [2.5], [3.1, resolved("decode-error", 2, 2.04)])).toEqual([
    "opened decode-error 2-",
    "resolved decode-error 2-2.04",
  ]);
});

it("tells complaints at the end of the media", () => {
  expect(tell([2, opened("decode-error", 2)], [2.1, resolved("decode-error", 2, 2.1)])).toEqual([
    "opened decode-error 2-",
    "resolved decode-error 2-2.1",
  ]);
});

it("names complaints as the cause of damage that is seen after them, before them and together with them", () => {
  const damage = ["opened block-corruption 2.2- damaged data", "resolved block-corruption 2.2-4 damaged data"];
  const end = resolved("block-corruption", 2.2, 4);
  expect(tell([2, opened("decode-error", 2)], [2.2, opened("block-corruption", 2.2)], [4, end])).toEqual(damage);
  expect(tell([2.2, opened("decode-error", 2.2), opened("block-corruption", 2.2)], [4, end])).toEqual(damage);
  expect(tell([2.2, opened("block-corruption", 2.2)], [3, opened("decode-error", 3)], [4, end])).toEqual([
    "opened block-corruption 2.2-",
    "resolved block-corruption 2.2-4 damaged data",
  ]);
});

it("keeps damage that is seen long after the first complaint in the defect that was told, unless it outlasts it", () => {
  const [complaint, damage] = [opened("decode-error", 2), opened("block-corruption", 3.5)] as const;
  const told = ["opened decode-error 2-", "updated decode-error 2- damaged blocks", "resolved decode-error 2-4 damaged blocks"];
  const before = [[2, complaint], [3.2], [3.5, damage], [4, resolved("decode-error", 2, 4)]] as const;
  expect(tell(...before, [4.2, resolved("block-corruption", 3.5, 4.2)])).toEqual(told);
  expect(tell(...before, [9, resolved("block-corruption", 3.5, 9)])).toEqual([
    ...told,
    "opened block-corruption 4- damaged data",
    "resolved block-corruption 4-9 damaged data",
  ]);
});

it("leaves damage that was coded as picture, and complaints about the sound, alone", () => {
  const sound: DefectEvent = { kind: "opened", defect: { ...defect("decode-error", 2), affects: "sound" } };
  expect(tell([2, sound, opened("block-corruption", 2)], [3, resolved("block-corruption", 2, 3)])).toEqual([
    "opened decode-error 2-",
    "opened block-corruption 2-",
    "resolved block-corruption 2-3",
  ]);
});

it("tells complaints that go on when the damage is not seen any more", () => {
  expect(
    tell(
      [2, opened("decode-error", 2), opened("block-corruption", 2)],
      [3, resolved("block-corruption", 2, 3)],
      [9, resolved("decode-error", 2, 9)],
    ),
  ).toEqual([
    "opened block-corruption 2- damaged data",
    "resolved block-corruption 2-3 damaged data",
    "opened decode-error 3-",
    "resolved decode-error 3-9",
  ]);
});
