import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { buildReport, countByType, type ReportFacts, reportJsonSchema } from "../../../src/notifier/index.js";
import { reportSchema } from "../../../src/notifier/report/schema.js";
import { exampleDefect, exampleJob, exampleMedia } from "../examples.js";

const job = { ...exampleJob, policy: "default", policyHash: "abc", profile: "full" };
const outcome = { frames: 3000, pictureEndSeconds: 120, soundEndSeconds: 119.5 };

function report(changes: Partial<ReportFacts> = {}) {
  return buildReport({ job, media: { info: exampleMedia, outcome }, verdict: "pass", defects: [], ...changes });
}

describe("a report", () => {
  test("tells job and media as the contract has them, without secrets", () => {
    const built = report({ performance: { wallSeconds: 10, decoder: "cpu", finishedAt: new Date(0), framewatch: "0.1.0" } });
    expect(reportSchema.parse(built)).toEqual(built);
    expect(built).toEqual({
      version: 1,
      job: {
        id: "job-1",
        source: "https://media.example/film.mp4",
        policy: "default",
        policyHash: "abc",
        profile: "full",
        labels: { title: "Film" },
      },
      media: {
        container: "mov",
        durationSeconds: 120,
        bytes: 1_234_567,
        complete: true,
        video: {
          codec: "h264",
          width: 1920,
          height: 1080,
          frameRate: 25,
          pixelFormat: "yuv420p",
          scan: "progressive",
          frames: 3000,
        },
        audio: [{ codec: "aac", channels: 2, layout: "stereo", layoutGuessed: false, sampleRateHz: 48_000 }],
      },
      stream: {
        durationDeclaredSeconds: 120,
        durationSeconds: 120,
        bitsPerSecond: 82304.5,
        audio: [{ track: 0 }],
        errors: [],
      },
      verdict: "pass",
      defects: [],
      loudness: [],
      models: [],
      performance: {
        frames: 3000,
        wallSeconds: 10,
        framesPerSecond: 300,
        realTimeFactor: 12,
        decoder: "cpu",
        finishedAt: "1970-01-01T00:00:00.000Z",
        framewatch: "0.1.0",
      },
      error: null,
    });
  });

  test("rounds times to 1 µs and values to 6 digits, and leaves out what was not measured", () => {
    const defect = exampleDefect({
      startSeconds: 1 / 3,
      endSeconds: 2 / 3,
      measured: { darkRatio: 2 / 3, noise: Number.NaN, levelDbfs: -Infinity, longestSeconds: 1234.567_891_23 },
    });
    const loudness = [{ track: 0, integratedLufs: Number.NaN, truePeakDbtp: -1.234_567_89 }];
    const built = report({ defects: [defect], loudness });
    expect(built.defects[0]).toMatchObject({ startSeconds: 0.333333, endSeconds: 0.666667, startTimecode: "10:00:00:08" });
    expect(built.defects[0]?.measured).toEqual({ darkRatio: 0.666667, longestSeconds: 1234.567891 });
    expect(built.loudness).toEqual([{ track: 0, truePeakDbtp: -1.23457 }]);
  });

  test("tells the shots as chapters, with the pictures that there are", () => {
    const chapters = [
      { startSeconds: 0, endSeconds: 1 / 3 },
      { startSeconds: 1 / 3, endSeconds: 2 },
    ];
    const built = report({ chapters, chapterPictures: new Map([[1 / 3, "evidence/chapter-2.jpg"]]) });
    expect(reportSchema.parse(built)).toEqual(built);
    expect(built.chapters).toEqual([
      { startSeconds: 0, endSeconds: 0.333333 },
      { startSeconds: 0.333333, endSeconds: 2, thumbnail: "evidence/chapter-2.jpg" },
    ]);
  });

  test("says that media is incomplete, and why, with the duration that was declared", () => {
    const media = report({
      media: {
        info: exampleMedia,
        outcome: { ...outcome, pictureEndSeconds: 50, soundEndSeconds: 50, incompleteReason: "the file ends early" },
      },
    }).media;
    expect(media).toMatchObject({ complete: false, incompleteReason: "the file ends early", durationSeconds: 120 });
  });

  test("takes the decoded duration where none is declared", () => {
    const info = { ...exampleMedia, durationDeclared: false, durationSeconds: 130 };
    expect(report({ media: { info, outcome } }).media?.durationSeconds).toBe(120);
  });

  test("of an unreadable input has an error, and no media", () => {
    const built = buildReport({
      job,
      verdict: "error",
      defects: [],
      error: { code: "media-unreadable", message: "no media in https://user:secret@host/film" },
    });
    expect(reportSchema.parse(built)).toEqual(built);
    expect(built.error).toEqual({ code: "media-unreadable", message: "no media in https://host/film" });
    expect(built).not.toHaveProperty("media");
  });

  test("of sound alone has no picture, and no timecode", () => {
    const { video: _, startTimecode: __, ...info } = exampleMedia;
    const built = report({
      media: { info, outcome: { frames: 0, soundEndSeconds: 120 } },
      defects: [exampleDefect({ type: "silence", medium: "audio" })],
    });
    expect(built.media).not.toHaveProperty("video");
    expect(built.defects[0]).not.toHaveProperty("startTimecode");
  });

  test("does not show in which order lanes were judged", () => {
    const defects = Array.from({ length: 12 }, (_, index) =>
      exampleDefect({
        id: `defect-${index}`,
        type: ["black", "silence", "freeze"][index % 3] ?? "",
        track: index % 2,
        startSeconds: Math.floor(index / 4),
      }),
    );
    const inOrder = report({ defects });
    fc.assert(
      fc.property(fc.shuffledSubarray(defects, { minLength: defects.length }), (shuffled) => {
        expect(report({ defects: shuffled })).toEqual(inOrder);
      }),
    );
    expect(inOrder.defects.map(({ startSeconds }) => startSeconds)).toEqual([0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2]);
  });

  test("counts its defects by type", () => {
    expect(countByType([{ type: "black" }, { type: "freeze" }, { type: "black" }])).toEqual({ black: 2, freeze: 1 });
  });

  test("has a JSON Schema that lets further fields come", () => {
    expect(reportJsonSchema()).toMatchObject({
      type: "object",
      required: expect.arrayContaining(["version", "job", "verdict", "defects", "error"]),
    });
    expect(JSON.stringify(reportJsonSchema())).not.toContain('"additionalProperties":false');
  });
});
