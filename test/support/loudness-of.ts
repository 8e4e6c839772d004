import { openLoudnessSummary, type TrackLoudness } from "../../src/analyzers/loudness-summary.js";
import { openMeasuring } from "../../src/analyzers/pipeline.js";
import type { SignalBlock } from "../../src/analyzers/signal-block.js";
import type { MediaInfo } from "../../src/decoder/index.js";
import { audioBlock } from "./raw-media.js";

/** Sound as planar samples. */
export interface TestSound {
  readonly sampleRate: number;
  readonly layout: string;
  readonly channels: readonly Float32Array[];
}

const wanted = new Set(["loudness.momentaryLufs", "truePeak.dbtp"]);

/** What a report says of this sound, and its signals. */
export async function loudnessOf(
  { sampleRate, layout, channels }: TestSound,
  blockSamples = 4096,
): Promise<{ summary: TrackLoudness; blocks: readonly SignalBlock[] }> {
  const track = { streamIndex: 0, codec: "pcm_f32le", channels: channels.length, layout, layoutGuessed: false };
  const media: MediaInfo = {
    container: "wav",
    durationDeclared: true,
    originSeconds: 0,
    seekable: true,
    audio: [{ ...track, sampleRateHz: sampleRate }],
  };
  const blocks: SignalBlock[] = [];
  const summary = openLoudnessSummary();
  const measuring = await openMeasuring({
    media,
    profile: "full",
    wanted,
    emit(block) {
      blocks.push(block);
      summary.push(block);
    },
  });
  const samples = channels[0]?.length ?? 0;
  for (let at = 0; at < samples; at += blockSamples) {
    const views = channels.map((channel) => channel.subarray(at, at + blockSamples));
    measuring.sound(audioBlock(views, sampleRate, { pts: at / sampleRate }));
  }
  await measuring.finish();
  measuring.close();
  return { summary: summary.read()[0] ?? { track: 0 }, blocks };
}
