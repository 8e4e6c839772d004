import { openMeasuring } from "../../src/analyzers/pipeline.js";
import type { SignalBlock } from "../../src/analyzers/signal-block.js";
import { audioBlock, mediaWith } from "./raw-media.js";
import { signalOf } from "./signal-columns.js";

/** Sound as planar samples. */
export interface Sound {
  readonly sampleRate: number;
  readonly channels: readonly Float32Array[];
}

/** The named signals of a sound, from its first sample to its last. */
export async function measureSound<const Name extends string>(
  { sampleRate, channels }: Sound,
  names: readonly Name[],
): Promise<Record<Name, readonly number[]>> {
  const blocks: SignalBlock[] = [];
  const media = mediaWith(undefined, { sampleRate, channels: channels.length });
  const measuring = await openMeasuring({ media, profile: "full", wanted: new Set(names), emit: (block) => blocks.push(block) });
  measuring.sound(audioBlock(channels, sampleRate, { pts: 0 }));
  await measuring.finish();
  measuring.close();
  return Object.fromEntries(names.map((name) => [name, signalOf(blocks, "sound:0", name)])) as Record<Name, number[]>;
}
