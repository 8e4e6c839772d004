import { describe, expect, it } from "vitest";
import type { Defect } from "../../src/analyzers/defect.js";
import { openJudge } from "../../src/analyzers/judge.js";
import { openMeasuring } from "../../src/analyzers/pipeline.js";
import { loadPolicy } from "../../src/analyzers/policy.js";
import type { SignalBlock } from "../../src/analyzers/signal-block.js";
import { audioBlock, ffmpegOutput, filterMetadata, frameBytes, frameLoader, mediaWith, yuv420 } from "../support/raw-media.js";

const shape = yuv420(320, 180);
const frameRate = 25;
const sampleRate = 48000;

/** A zoom into the Mandelbrot set: every frame differs from the one before it in most of its pixels. */
const moving = `mandelbrot=size=${shape.width}x${shape.height}:rate=${frameRate}:maxiter=200`;
/** From about 3 s on (releases of ffmpeg count the loop's frames differently by one), one frame stands still for 4 s. */
const frozen = `${moving},loop=loop=99:size=1:start=75,setpts=N/${frameRate}/TB`;
const still = `testsrc2=size=${shape.width}x${shape.height}:rate=${frameRate},loop=loop=-1:size=1,setpts=N/${frameRate}/TB`;

function encode(source: string, seconds: number, options: readonly string[]): Buffer {
  const picture = `${source},trim=duration=${seconds},format=yuv420p`;
  return ffmpegOutput(["-f", "lavfi", "-i", picture, ...options, "-threads", "1", "-f", "matroska", "-"]);
}

/** The same defects that a job would report, found in the picture of a coded film. */
async function defectsInPicture(film: Buffer, only: readonly string[]): Promise<Defect[]> {
  const raw = ffmpegOutput(["-f", "matroska", "-i", "-", "-fps_mode", "passthrough", "-f", "rawvideo", "-"], film);
  const blocks: SignalBlock[] = [];
  const media = mediaWith(shape);
  const measuring = await openMeasuring({ media, profile: "full", wanted: undefined, emit: (block) => blocks.push(block) });
  const load = frameLoader(measuring.memory);
  const bytes = frameBytes(shape);
  for (let at = 0; at < raw.length; at += bytes) {
    await measuring.frame(load(raw.subarray(at, at + bytes), shape, { pts: at / bytes / frameRate }), true);
  }
  await measuring.finish();
  measuring.close();
  return judged(blocks, media, measuring.lanes, raw.length / bytes / frameRate, only);
}

function judged(
  blocks: readonly SignalBlock[],
  media: ReturnType<typeof mediaWith>,
  lanes: Awaited<ReturnType<typeof openMeasuring>>["lanes"],
  endSeconds: number,
  only: readonly string[],
): Defect[] {
  const identify = (detector: string, _: unknown, ordinal: number) => `${detector} ${ordinal}`;
  const judge = openJudge({ policy: loadPolicy("default"), media, lanes, profile: "full", only, identify });
  const events = [...blocks.flatMap((block) => judge.push(block)), ...lanes.flatMap(({ lane }) => judge.end(lane, endSeconds))];
  return events.filter(({ kind }) => kind === "resolved").map(({ defect }) => defect);
}

function filterSays(film: Buffer, filter: string, ...keys: string[]): number[] {
  const printed = ffmpegOutput(["-f", "matroska", "-i", "-", "-vf", `${filter},metadata=print:file=-`, "-f", "null", "-"], film);
  return keys.flatMap((key) => filterMetadata(printed, key));
}

describe("freeze, in coded pictures", () => {
  const codings: Readonly<Record<string, readonly string[]>> = {
    "H.264 with a keyframe every second": ["-c:v", "libx264", "-preset", "veryfast", "-g", "25", "-crf", "26"],
    "H.264 at a low constant rate": [
      "-c:v",
      "libx264",
      "-preset",
      "veryfast",
      "-g",
      "50",
      "-b:v",
      "500k",
      "-maxrate",
      "500k",
      "-bufsize",
      "500k",
    ],
    "MPEG-2 with short groups of pictures": ["-c:v", "mpeg2video", "-g", "12", "-bf", "2", "-b:v", "2M"],
  };
  for (const [name, options] of Object.entries(codings)) {
    it(`is found as one: ${name}`, async () => {
      const found = await defectsInPicture(encode(frozen, 9, options), ["freeze"]);
      expect(found).toHaveLength(1);
      // A coder at a low rate needs a while to get the still picture right, and its last B pictures look ahead.
      expect(found[0]?.startSeconds).toBeGreaterThan(2.9);
      expect(found[0]?.startSeconds).toBeLessThan(4);
      expect(found[0]?.endSeconds).toBeGreaterThan(6.85);
      expect(found[0]?.endSeconds).toBeLessThan(7.05);
    });
  }

  it("is what freezedetect finds in uncoded pictures", async () => {
    const film = encode(frozen, 9, ["-c:v", "ffv1"]);
    const [start, end] = filterSays(film, "freezedetect", "lavfi.freezedetect.freeze_start", "lavfi.freezedetect.freeze_end");
    expect(await defectsInPicture(film, ["freeze"])).toMatchObject([{ startSeconds: start, endSeconds: end }]);
  });

  it("lasts to the end of the media, where freezedetect gives no end", async () => {
    const film = encode(frozen, 6, ["-c:v", "ffv1"]);
    const start = filterSays(film, "freezedetect", "lavfi.freezedetect.freeze_start");
    expect(filterSays(film, "freezedetect", "lavfi.freezedetect.freeze_end")).toEqual([]);
    expect(await defectsInPicture(film, ["freeze"])).toMatchObject([{ startSeconds: start[0], endSeconds: 6 }]);
  });

  it("is not a slow fade of a still picture", async () => {
    const film = encode(`${still},fade=out:start_time=0:duration=30`, 10, ["-c:v", "libx264", "-preset", "veryfast", "-g", "50"]);
    expect(await defectsInPicture(film, ["freeze"])).toEqual([]);
  });
});

describe("black", () => {
  it("is what blackdetect finds", async () => {
    const blackFrom2To5 = `${moving},eq=brightness=0.2,drawbox=color=black:thickness=fill:enable='between(n,50,124)'`;
    const film = encode(blackFrom2To5, 7, ["-c:v", "libx264", "-preset", "veryfast"]);
    const [start, end] = filterSays(film, "blackdetect", "lavfi.black_start", "lavfi.black_end");
    expect([start, end]).toEqual([2, 5]);
    expect(await defectsInPicture(film, ["black"])).toMatchObject([{ startSeconds: start, endSeconds: end }]);
  });
});

describe("silence", () => {
  it("is what silencedetect finds", async () => {
    const tone = `sine=frequency=440:sample_rate=${sampleRate},volume=0:enable='between(t,2,4.999)',atrim=duration=7`;
    const options = ["-f", "lavfi", "-i", tone];
    const printed = ffmpegOutput([...options, "-af", "silencedetect=d=2,ametadata=print:file=-", "-f", "null", "-"]);
    const [start = Number.NaN] = filterMetadata(printed, "lavfi.silence_start");
    const [end = Number.NaN] = filterMetadata(printed, "lavfi.silence_end");

    const raw = ffmpegOutput([...options, "-ac", "1", "-f", "f32le", "-"]);
    const samples = new Float32Array(raw.length / 4).map((_, index) => raw.readFloatLE(index * 4));
    const blocks: SignalBlock[] = [];
    const media = mediaWith(undefined, { sampleRate, channels: 1 });
    const measuring = await openMeasuring({ media, profile: "full", wanted: undefined, emit: (block) => blocks.push(block) });
    measuring.sound(audioBlock([samples], sampleRate, { pts: 0 }));
    await measuring.finish();
    measuring.close();

    const [found] = judged(blocks, media, measuring.lanes, samples.length / sampleRate, ["silence"]);
    // Windows of 10 ms: up to 10 ms less at either end.
    expect(found?.startSeconds).toBeGreaterThanOrEqual(start - 1e-6);
    expect(found?.startSeconds).toBeLessThanOrEqual(start + 0.01);
    expect(found?.endSeconds).toBeLessThanOrEqual(end + 1e-6);
    expect(found?.endSeconds).toBeGreaterThanOrEqual(end - 0.01);
  });
});
