import { expect, test } from "vitest";
import { type Comparison, sumAgreement } from "./agreement.js";
import { sumLoudness } from "./loudness-agreement.js";

const filter = "blackdetect=d=2:pic_th=0.98:pix_th=0.1";
const compared = (name: string, ours: Comparison["ours"], theirs: Comparison["theirs"]): Comparison => ({
  ...{ filter, type: "black", name, seconds: 10, ours, theirs },
});

test("files on which both say the same are told apart from those where they differ", () => {
  const span = { startSeconds: 2, endSeconds: 5 };
  const agreed = sumAgreement([
    compared("same", [span], [{ startSeconds: 2.04, endSeconds: 5 }]),
    compared("none", [], []),
    compared("missed", [], [span]),
  ]).find(({ type }) => type === "black");
  expect(agreed).toMatchObject({ files: 3, ours: 1, theirs: 2, both: 1, sameSeconds: 27, seconds: 30 });
  expect(agreed?.differences).toEqual(["missed: ours none, ffmpeg's 2.00-5.00"]);
});

test("loudness may differ by what the standards allow a meter", () => {
  const theirs = { integratedLufs: -23, rangeLu: 5, truePeakDbtp: -3 };
  const { tracks, largest, differences } = sumLoudness([
    { name: "near", ours: { integratedLufs: -23.1, rangeLu: 5.4, truePeakDbtp: -3.2 }, theirs },
    { name: "far", ours: { integratedLufs: -24, rangeLu: 5, truePeakDbtp: -3 }, theirs },
  ]);
  expect(tracks).toBe(2);
  expect(largest).toEqual({ integratedLu: 1, rangeLu: 0.4, truePeakDb: 0.2 });
  expect(differences).toEqual(["far: integratedLufs -24, ffmpeg's -23"]);
});
