import { describe, expect, it } from "vitest";
import { openMeasuring } from "../../../src/analyzers/pipeline.js";
import type { SignalBlock } from "../../../src/analyzers/signal-block.js";
import { audioBlock, ffmpegOutput, filterMetadata, mediaWith } from "../../support/raw-media.js";
import { signalOf } from "../../support/signal-columns.js";

const sampleRate = 48000;
const source = "aevalsrc='0.8*sin(2*PI*440*t)*t|0.3*sin(2*PI*300*t)*(1-t)+0.1*random(0)':s=48000:d=1";

async function measure(channels: readonly Float32Array[]): Promise<SignalBlock[]> {
  const blocks: SignalBlock[] = [];
  const media = mediaWith(undefined, { sampleRate, channels: channels.length });
  const measuring = await openMeasuring({ media, profile: "full", wanted: undefined, emit: (block) => blocks.push(block) });
  measuring.sound(audioBlock(channels, sampleRate, { pts: 0 }));
  await measuring.finish();
  measuring.close();
  return blocks;
}

describe("signals of sound", () => {
  it("have the peak and the level that astats finds in the same windows of 10 ms", async () => {
    const bytes = ffmpegOutput(["-f", "lavfi", "-i", source, "-f", "f32le", "-"]);
    const interleaved = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
    const channels = [0, 1].map((channel) => interleaved.filter((_, at) => at % 2 === channel));
    const blocks = await measure(channels);
    const astats = "aformat=flt,asetnsamples=480,astats=metadata=1:reset=1,ametadata=print:file=-";
    const stats = ffmpegOutput(["-f", "lavfi", "-i", source, "-af", astats, "-f", "null", "-"]);
    const peaks = filterMetadata(stats, "lavfi.astats.Overall.Peak_level");
    const levels = filterMetadata(stats, "lavfi.astats.Overall.RMS_level");
    expect(peaks).toHaveLength(100);
    for (const [n, ratio] of signalOf(blocks, "sound:0", "audio.peakRatio").entries()) {
      expect(20 * Math.log10(ratio)).toBeCloseTo(peaks[n] ?? NaN, 3);
    }
    for (const [n, dbfs] of signalOf(blocks, "sound:0", "audio.rmsDbfs").entries()) expect(dbfs).toBeCloseTo(levels[n] ?? NaN, 3);
  });

  it("give digital silence the lowest level and no peak", async () => {
    const blocks = await measure([new Float32Array(480)]);
    expect(signalOf(blocks, "sound:0", "audio.peakRatio")).toEqual([0]);
    expect(signalOf(blocks, "sound:0", "audio.rmsDbfs")).toEqual([-120]);
  });

  it("do not clip what a float source has above full scale", async () => {
    const blocks = await measure([new Float32Array(480).fill(-1.5)]);
    expect(signalOf(blocks, "sound:0", "audio.peakRatio")).toEqual([1.5]);
  });
});
