import { expect, test } from "vitest";
import { openErrorCounts } from "../../src/decoder/decode-errors.js";
import type { DecodeRequest } from "../../src/decoder/index.js";
import { openSoundLane } from "../../src/decoder/sound-lane.js";
import { openMemory } from "./collect.js";

const complaint = { medium: "audio", message: "Header missing" } as const;
const input = { kind: "file", url: "file:/none", inputOptions: [], environment: {} } as const;
const track = { streamIndex: 0, codec: "mp3", channels: 1, layout: "mono", layoutGuessed: false, sampleRateHz: 48000 };

/** How many complaints count when a track's first two runs come with so many each. */
async function counted(container: string, first: number, second: number): Promise<number> {
  const media = { container, durationDeclared: false, originSeconds: 0, seekable: false, audio: [track] };
  const request: DecodeRequest = {
    input,
    media,
    picture: false,
    sound: true,
    startSeconds: 0,
    runInSeconds: 0,
    profile: "full",
    decoder: "cpu",
    live: false,
  };
  const errors = openErrorCounts();
  const lane = openSoundLane(request, { memory: openMemory(), frame: () => undefined, sound: () => undefined }, 0, errors);
  lane.begin(true);
  for (const [index, complaints] of [first, second].entries()) {
    const line = { kind: "sound", track: 0, sampleRate: 48000, channels: 1, samples: 480 } as const;
    const { run } = lane.run(
      line,
      index * 0.01,
      Array.from({ length: complaints }, () => complaint),
    );
    await run.deliver?.([new Float32Array(480)]);
  }
  return errors.kinds().reduce((sum, { count }) => sum + count, 0);
}

test("a recording of a stream may begin in the middle of a packet of sound", async () => {
  expect(await counted("mpegts", 2, 0)).toBe(0);
});

test("all else that the decoder says of a track is damage, also at its beginning", async () => {
  expect(await counted("mpegts", 3, 0)).toBe(3);
  expect(await counted("mpegts", 2, 2)).toBe(2);
  expect(await counted("mov", 2, 0)).toBe(2);
});
