import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, test } from "vitest";
import { detectClipEncoder } from "../../../src/notifier/index.js";

test("what writes clips is found out by trying, and leaves no file", async () => {
  const folder = await mkdtemp(path.join(tmpdir(), "framewatch-encoder-"));
  try {
    const { codecs } = await detectClipEncoder(folder, new AbortController().signal);
    expect(codecs.at(-1)).toBe("libx264");
    expect(await readdir(folder)).toEqual([]);
    const stopped = AbortSignal.abort(new Error("stopped"));
    await expect(detectClipEncoder(folder, stopped)).rejects.toThrow("stopped");
  } finally {
    await rm(folder, { recursive: true });
  }
});
