import { describe, expect, it } from "vitest";
import type { Defect } from "../../src/analyzers/defect.js";
import { openCauseFinder, withProbableCauses } from "../../src/analyzers/probable-causes.js";

function defect(type: string, startSeconds: number, changes: Partial<Defect> = {}): Defect {
  return {
    id: `${type} ${startSeconds}`,
    type,
    severity: "error",
    medium: "stream",
    track: 0,
    startSeconds,
    confidence: 1,
    measured: {},
    threshold: {},
    detector: { name: type, version: "1.0.0" },
    ...changes,
  };
}

const stale = defect("manifest", 8, { kind: "stale" });
const lostPackets = defect("transport", 10, { kind: "continuity-count-error", endSeconds: 10.5 });

/** The word for what caused a defect, after all others were noted. */
function wordFor(asked: Defect, others: readonly Defect[], packetsAreWatched = true): string | undefined {
  const causes = openCauseFinder(packetsAreWatched);
  for (const other of [...others, asked]) causes.note(other);
  return causes.causeOf(asked)?.word;
}

describe("the probable cause of a live fault", () => {
  it.each<[string, Defect, readonly Defect[], string | undefined]>([
    ["a freeze without new segments is the origin's", defect("freeze", 10), [stale], "origin"],
    ["a freeze while frames arrive is the encoder's", defect("freeze", 10), [], "encoder"],
    ["a silence in healthy packets is the source's", defect("silence", 10), [], "source"],
    ["damaged blocks with lost packets are the network's", defect("block-corruption", 10), [lostPackets], "network"],
    ["a silence with lost packets is the network's", defect("silence", 10), [lostPackets], "network"],
    ["what lies nearer to the beginning comes first", defect("freeze", 10), [lostPackets, stale], "origin"],
    ["damaged blocks in healthy packets have none", defect("block-corruption", 10), [], undefined],
    ["a freeze of frames that cannot be decoded has none", defect("freeze", 10), [defect("decode-error", 10)], undefined],
    [
      "a table that comes late is none",
      defect("block-corruption", 10),
      [defect("transport", 10, { kind: "pat-error" })],
      undefined,
    ],
    ["black has none", defect("black", 10), [lostPackets], undefined],
    [
      "packets lost minutes later are none",
      defect("freeze", 10),
      [{ ...lostPackets, startSeconds: 100, endSeconds: 101 }],
      "encoder",
    ],
    ["packets lost minutes before are none", defect("freeze", 300), [lostPackets], "encoder"],
  ])("%s", (_, asked, others, word) => expect(wordFor(asked, others)).toBe(word));

  it("is not guessed from packets that nobody watches", () => {
    expect(wordFor(defect("silence", 10), [], false)).toBeUndefined();
    expect(wordFor(defect("freeze", 10), [], false)).toBe("encoder");
  });

  it("is given as a sentence too, and only by what is known so far", () => {
    const causes = openCauseFinder(true);
    const freeze = defect("freeze", 10);
    expect(causes.causeOf(freeze)?.reason).toMatch(/^Frames arrive/);
    causes.note(stale);
    expect(causes.causeOf(freeze)?.reason).toMatch(/^Segments are missing/);
  });
});

it("names the layer below in a file's report, by the same table", () => {
  const [blocks, black] = withProbableCauses([defect("block-corruption", 10), defect("black", 10), lostPackets]);
  expect(blocks?.causes).toEqual(["transport: continuity-count-error"]);
  expect(black?.causes).toBeUndefined();
  const alone = [defect("freeze", 10)];
  expect(withProbableCauses(alone)).toEqual(alone);
});
