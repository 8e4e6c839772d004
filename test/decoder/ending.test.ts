import { expect, test } from "vitest";
import { type ClipRecipe, makeClip, movingPicture, warble } from "../media/make.js";
import { decodeFile } from "./collect.js";

const sound = { inputs: [warble({ seconds: 4 })] };
const recipes: Readonly<Record<string, ClipRecipe>> = {
  "an AVI": {
    inputs: [movingPicture({ seconds: 4 }), warble({ seconds: 4 })],
    options: ["-c:v", "mpeg4", "-c:a", "mp2"],
    extension: "avi",
  },
  "a WAV": { ...sound, options: ["-c:a", "pcm_s16le"], extension: "wav" },
  "an AIFF": { ...sound, options: [], extension: "aiff" },
  "an Ogg Vorbis": { ...sound, options: ["-c:a", "libvorbis"], extension: "ogg" },
  "an Ogg Opus": { ...sound, options: ["-c:a", "libopus"], extension: "opus" },
  "a FLAC": { ...sound, options: [], extension: "flac" },
  "an MP3 that counts its frames": { ...sound, options: [], extension: "mp3" },
  "a GIF": { inputs: [movingPicture()], options: [], extension: "gif" },
};

// ffmpeg itself says nothing about any of these.
test.each(Object.entries(recipes))(
  "says that %s is not whole when its end is missing, and nothing against a whole one",
  async (_, recipe) => {
    expect((await decodeFile(await makeClip(recipe))).outcome.incompleteReason).toBeUndefined();
    for (const keep of [0.6, 0.95]) {
      const cut = await decodeFile(await makeClip({ ...recipe, edits: [{ edit: "cut", keep }] }));
      expect(cut.outcome.incompleteReason, `${keep} of it`).toMatch(/^The (file|media|last) /);
    }
  },
);

test("takes no RIFF size for a fault that a writer could not know", async () => {
  const streamed = (size: string): ClipRecipe => ({
    ...sound,
    options: ["-c:a", "pcm_s16le"],
    extension: "wav",
    edits: [{ edit: "overwrite", find: "52494646", put: `52494646${size}` }],
  });
  for (const size of ["ffffffff", "00000000"]) {
    expect((await decodeFile(await makeClip(streamed(size)))).outcome.incompleteReason).toBeUndefined();
  }
});
