import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Analysis, openAnalysis } from "./analyse.js";
import { definePlanter, type Planter } from "./planter.js";
import type { PreparedClip } from "./prepare.js";
import { ffmpeg } from "./program.js";
import { rowOf, type Row } from "./rows.js";
import { openTrials } from "./trials.js";

let folder: string;
let analysis: Analysis;
let clip: PreparedClip;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "framewatch-accuracy-test-"));
  analysis = await openAnalysis(folder);
  clip = {
    ...{ name: "bars in motion", family: "lavfi", file: path.join(folder, "clean.mov") },
    ...{ width: 320, height: 180, frameRate: 25, durationSeconds: 7, hasSound: false },
  };
  await ffmpeg([
    "-f",
    "lavfi",
    "-i",
    "testsrc2=s=320x180:r=25:d=7",
    "-c:v",
    "libx264",
    "-qp",
    "8",
    "-pix_fmt",
    "yuv420p",
    clip.file,
  ]);
});

afterAll(async () => {
  await analysis.close();
  await rm(folder, { recursive: true, force: true });
});

/** The first strength, planted into the clip once; and what failed on the way. */
async function measured(planter: Planter): Promise<{ row: Row; faults: string[] }> {
  const faults: string[] = [];
  const [strength] = planter.strengths;
  if (strength === undefined) throw new Error("The planter has no strength.");
  const trials = openTrials({ analysis, clips: [clip], folder });
  const results = await trials.tryStrength(planter, strength, 1, (fault) => faults.push(fault));
  return { row: rowOf(planter, strength, results), faults };
}

const blackPlanter = (filter: (start: number, end: number) => string, type = "black") =>
  definePlanter({
    type,
    needs: "picture",
    strengths: [
      {
        name: "2.5 s",
        actionable: true,
        lastsSeconds: 2.5,
        picture: ({ startSeconds, endSeconds }) => filter(startSeconds, endSeconds),
      },
    ],
  });

describe("a trial", () => {
  test("finds planted black to the frame", async () => {
    const planter = blackPlanter((start, end) => `drawbox=t=fill:c=black:enable='between(t,${start},${end})'`);
    const { row, faults } = await measured(planter);
    expect(faults).toEqual([]);
    expect(row).toMatchObject({
      ...{ planted: 1, found: 1, recall: 1, precision: 1, remarks: [] },
      ...{ onsetFrames: { median: 0, p95: 0 }, endFrames: { median: 0, p95: 0 } },
    });
  });

  test("finds nothing where nothing was planted", async () => {
    const { row, faults } = await measured(blackPlanter(() => "null"));
    expect(faults).toEqual([]);
    expect(row).toMatchObject({ planted: 1, found: 0, recall: 0, falsePositives: 0 });
    expect(row.remarks).toEqual([expect.stringMatching(/^bars in motion \(H\.264\) .* s: missed$/)]);
  });

  test("calls black a side alarm where another fault was to be planted", async () => {
    const { row } = await measured(
      blackPlanter((start, end) => `drawbox=t=fill:c=black:enable='between(t,${start},${end})'`, "blur"),
    );
    expect(row).toMatchObject({ found: 0, falsePositives: 0 });
    expect(row.sideAlarms).toMatchObject({ black: 1 });
  });

  test("tells a filter that ffmpeg refuses with its command line", async () => {
    const { row, faults } = await measured(blackPlanter(() => "no-such-filter=1"));
    expect(row.planted).toBe(0);
    expect(faults).toEqual([expect.stringMatching(/^black, 2\.5 s, bars in motion: ffmpeg .*no-such-filter=1/)]);
  });
});
