import { describe, expect, test } from "vitest";
import { openGroups } from "../media/film.js";
import { h264, makeClip, movingPicture, warble } from "../media/make.js";
import { decodeFile } from "./collect.js";
import type { SeenFrame } from "./collect.js";

/** Twelve seconds, cut where no keyframe is. */
const film = {
  inputs: [movingPicture({ seconds: 12 }), warble({ seconds: 12 })],
  options: [...openGroups, "-c:a", "aac"],
} as const;
const cuts = [0, 2.7, 5.02, 9, undefined] as const;

const damages = [
  { edit: "damage", from: 0.2, to: 0.22, everyBytes: 331 },
  { edit: "damage", from: 0.4, to: 0.43, everyBytes: 611 },
  { edit: "drop", from: 0.72, to: 0.74, multipleBytes: 188 },
] as const;

const clips = {
  "an MP4 with open groups of pictures": { ...film, extension: "mp4" },
  "a transport stream": { ...film, extension: "ts" },
  "a transport stream of MPEG-2": {
    inputs: film.inputs,
    options: ["-c:v", "mpeg2video", "-g", "15", "-bf", "2", "-b:v", "800k", "-c:a", "mp2"],
    extension: "ts",
  },
  "a Matroska file": { ...film, extension: "mkv" },
  "a damaged transport stream": {
    inputs: film.inputs,
    options: [...h264, "-bf", "0", "-c:a", "ac3"],
    extension: "ts",
    edits: damages,
  },
  "a transport stream with a gap around a cut": {
    inputs: [movingPicture({ seconds: 4 })],
    options: [...openGroups],
    extension: "ts",
    edits: [
      {
        edit: "append",
        clip: { inputs: [movingPicture({ seconds: 4 })], options: [...openGroups, "-output_ts_offset", "8"], extension: "ts" },
      },
    ],
  },
} as const;

const comparable = ({ md5, pts, keyframe, decodeErrors, discontinuityBefore, previousEndSeconds }: SeenFrame) => ({
  md5,
  pts,
  keyframe,
  decodeErrors,
  discontinuityBefore,
  previousEndSeconds,
});

describe.each(Object.entries(clips))("segments of %s", (_, recipe) => {
  test("are what one uncut pass gives, frame by frame", async () => {
    const file = await makeClip(recipe);
    const uncut = await decodeFile(file, { sound: false });
    const { media } = uncut;
    const segments = await Promise.all(
      cuts.slice(0, -1).map((startSeconds = 0, index) => {
        const endSeconds = cuts[index + 1];
        return decodeFile(file, {
          media,
          sound: false,
          startSeconds,
          runInSeconds: 0.5,
          ...(endSeconds === undefined ? {} : { endSeconds }),
        });
      }),
    );
    expect(segments.flatMap(({ frames }) => frames.map(comparable))).toEqual(uncut.frames.map(comparable));

    for (const [index, { runIn, outcome }] of segments.entries()) {
      const start = cuts[index] ?? 0;
      const wanted = uncut.frames.filter(({ pts }) => pts >= start - 0.5 && pts < start);
      expect(runIn.map(comparable)).toEqual(wanted.map(comparable));
      const next = segments[index + 1]?.outcome.seam;
      expect(outcome.seam.firstAfterSeconds).toBe(next?.firstInsideSeconds);
      if (next !== undefined) expect(outcome.seam.lastInsideSeconds).toBe(next.lastBeforeSeconds);
    }
    const errors = (outcomes: readonly (typeof uncut)[]) =>
      outcomes
        .flatMap(({ outcome }) => outcome.errors)
        .filter(({ medium }) => medium === "video")
        .reduce((sum, { count }) => sum + count, 0);
    expect(errors(segments)).toBe(errors([uncut]));
  });
});

test("segments say so where damage made the decoder guess at times, which an uncut pass guesses otherwise", async () => {
  const file = await makeClip({ inputs: film.inputs, options: [...openGroups, "-c:a", "ac3"], extension: "ts", edits: damages });
  const { media } = await decodeFile(file, { sound: false });
  const segment = await decodeFile(file, { media, sound: false, startSeconds: 5.02, endSeconds: 9.5, runInSeconds: 0.5 });
  expect(segment.outcome.errors).not.toEqual([]);
  expect(segment.outcome.backwardJump).toBe(true);
});
