import { existsSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { openMeasuring } from "../../../src/analyzers/pipeline.js";
import type { SignalBlock } from "../../../src/analyzers/signal-block.js";
import { decode, probe } from "../../../src/decoder/index.js";
import { ffmpegOutput, filterMetadata } from "../../support/raw-media.js";
import { signalOf } from "../../support/signal-columns.js";

const corpus = process.env["FRAMEWATCH_CORPUS"];
if (corpus === undefined) console.warn("FRAMEWATCH_CORPUS is not set: signals of real clips are not tested.");

describe.skipIf(corpus === undefined)("signals of real clips", () => {
  const clips = ["hlg_hevc10_edit_list.mp4", "signing_book.mkv", "parliament_608_captions.ts", "prores_hq_pattern.mov"];

  it.for(clips)("have the mean luma that signalstats finds in %s", async (name, { skip }) => {
    const file = path.join(corpus ?? "", "video", name);
    if (!existsSync(file)) skip(`${name} is not among the clips.`);
    const { signal } = new AbortController();
    const input = { kind: "file", url: file, inputOptions: [], environment: {} } as const;
    const media = await probe(input, { signal });
    const blocks: SignalBlock[] = [];
    const measuring = await openMeasuring({ media, profile: "full", wanted: undefined, emit: (block) => blocks.push(block) });
    const request = {
      input,
      media,
      picture: true,
      sound: false,
      startSeconds: 0,
      runInSeconds: 0,
      profile: "full",
      decoder: "cpu",
      live: false,
    } as const;
    await decode(request, { memory: measuring.memory, frame: measuring.frame, sound: measuring.sound }, signal);
    await measuring.finish();
    measuring.close();

    const map = ["-map", `0:${media.video?.streamIndex}`, "-fps_mode", "passthrough"];
    const printed = ffmpegOutput([
      "-threads",
      "1",
      "-i",
      file,
      ...map,
      "-vf",
      "signalstats,metadata=print:file=-",
      "-f",
      "null",
      "-",
    ]);
    const expected = filterMetadata(printed, "lavfi.signalstats.YAVG");
    const scale = 2 ** ((media.video?.bitDepth ?? 8) - 8);
    const found = signalOf(blocks, "picture:0", "luma.mean");
    expect(found).toHaveLength(expected.length);
    for (const [n, mean] of found.entries()) expect(mean).toBeCloseTo((expected[n] ?? Number.NaN) / scale, 2);
  });
});
