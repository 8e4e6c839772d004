import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { type Checking, openChecking } from "../support/check-media.js";

/**
 * Loudness of real programmes next to what ffmpeg's ebur128 says of them: a few files of the folder that FRAMEWATCH_CORPUS
 * names, or every whole one with sound where FRAMEWATCH_TABLE is set, which prints the table of docs/loudness.md.
 */
const corpus = process.env["FRAMEWATCH_CORPUS"];
const manifestFile = path.join(corpus ?? "", "MANIFEST.json");
const hasManifest = corpus !== undefined && existsSync(manifestFile);
if (!hasManifest) console.warn("FRAMEWATCH_CORPUS names no folder with a MANIFEST.json: loudness is not held against ffmpeg's.");
const printsTable = process.env["FRAMEWATCH_TABLE"] !== undefined;

const clipSchema = z.object({ file: z.string(), kind: z.string(), audio_codec: z.string().nullable() });
const few = /^audio\/(music_guitar|music_dubstep_clipped|speech_zh_news|speech_fr_prompt_8k|surround51_two_tracks)/;

function filesWithSound(): string[] {
  const clips = z.array(clipSchema).parse(JSON.parse(readFileSync(manifestFile, "utf8")));
  const whole = clips.filter(({ kind, audio_codec }) => audio_codec !== null && kind !== "broken");
  return whole.map(({ file }) => file).filter((file) => printsTable || few.test(file));
}

interface Peer {
  readonly integratedLufs: number;
  readonly rangeLu: number;
  /** Range of the filter's own short-term values, ranked as in the reference code of Tech 3342. */
  readonly rankedRangeLu: number;
  readonly truePeakDbtp: number;
}

const run = promisify(execFile);

/** What ebur128 finds in a track; undefined where it gives no loudness: all is silent, or channels change on the way. */
async function ebur128(file: string, track: number): Promise<Peer | undefined> {
  const filter = "ebur128=peak=true:metadata=1,ametadata=print:file=-";
  const options = ["-hide_banner", "-nostdin", "-i", file, "-map", `0:a:${track}`, "-af", filter, "-f", "null", "-"];
  const { stdout, stderr } = await run("ffmpeg", options, { maxBuffer: 1 << 28 }).catch(() => ({ stdout: "", stderr: "" }));
  const valuesOf = (key: string): number[] =>
    [...stdout.matchAll(new RegExp(`^lavfi\\.r128\\.${key}=(.*)$`, "gm"))].map((match) => Number(match[1]));
  const integratedLufs = valuesOf("I").at(-1);
  if (integratedLufs === undefined || integratedLufs <= -70) return undefined;
  const linear = Math.max(...valuesOf("true_peaks_ch\\d+"));
  const summary = Number(/True peak:\s+Peak:\s+(\S+) dBFS/.exec(stderr)?.[1]);
  return {
    integratedLufs,
    rangeLu: valuesOf("LRA").at(-1) ?? NaN,
    rankedRangeLu: rangeOf(valuesOf("S")),
    // The one has three decimals of a share of full scale, the other one decimal of decibels.
    truePeakDbtp: linear > 0.1 ? 20 * Math.log10(linear) : summary,
  };
}

/** EBU Tech 3342, chapter 3: gates and ranks of the reference code. */
function rangeOf(shortTermLufs: readonly number[]): number {
  const audible = shortTermLufs.filter((lufs) => lufs >= -70);
  const mean = audible.reduce((sum, lufs) => sum + 10 ** (lufs / 10), 0) / audible.length;
  const gated = audible.filter((lufs) => lufs >= 10 * Math.log10(mean) - 20).sort((one, other) => one - other);
  const ranked = (share: number): number => gated[Math.round((gated.length - 1) * share)] ?? 0;
  return ranked(0.95) - ranked(0.1);
}

describe.skipIf(!hasManifest)("loudness of real programmes", () => {
  const rows: string[] = [];
  let checking: Checking;
  beforeAll(async () => {
    checking = await openChecking();
  });
  afterAll(async () => {
    await checking.close();
    if (printsTable) console.log(rows.join("\n"));
  });

  test.for(hasManifest ? filesWithSound() : [])("%s", { timeout: 120_000 }, async (file) => {
    const source = path.join(corpus ?? "", file);
    const { loudness, media } = await checking.check(source, ["loudness", "true-peak"]);
    for (const track of media?.audio.keys() ?? []) {
      const ours = loudness.find((entry) => entry.track === track);
      const peer = await ebur128(source, track);
      if (peer === undefined) continue;
      const { integratedLufs = NaN, rangeLu = 0, truePeakDbtp = NaN } = ours ?? {};
      const cells = [
        [integratedLufs, peer.integratedLufs],
        [rangeLu, peer.rangeLu, peer.rankedRangeLu],
        [truePeakDbtp, peer.truePeakDbtp],
      ].flat();
      const name = `${file}${track > 0 ? `, track ${track}` : ""}`;
      rows.push(`| ${name} | ${cells.map((value) => value.toFixed(2)).join(" | ")} |`);
      expect.soft(Math.abs(integratedLufs - peer.integratedLufs), "integrated").toBeLessThan(0.05);
      expect.soft(Math.abs(rangeLu - peer.rankedRangeLu), "range").toBeLessThan(0.1);
      expect.soft(Math.abs(truePeakDbtp - peer.truePeakDbtp), "true peak").toBeLessThan(0.2);
    }
  });
});
