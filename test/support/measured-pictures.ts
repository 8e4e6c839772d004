import { openMeasuring } from "../../src/analyzers/pipeline.js";
import type { SignalBlock } from "../../src/analyzers/signal-block.js";
import { frameLoader, mediaWith, type RawShape, rawFrames } from "./raw-media.js";
import { columnsOf } from "./signal-columns.js";

/** The signals of every frame of a lavfi source, by name; 25 frames per second. */
export async function measurePictures(source: string, shape: RawShape): Promise<Record<string, number[]>> {
  const blocks: SignalBlock[] = [];
  const measuring = await openMeasuring({
    media: mediaWith(shape),
    profile: "full",
    wanted: undefined,
    emit: (block) => blocks.push(block),
  });
  const load = frameLoader(measuring.memory);
  for (const [n, bytes] of rawFrames(source, shape).entries()) {
    await measuring.frame(load(bytes, shape, { pts: n / 25 }), true);
  }
  await measuring.finish();
  measuring.close();
  return columnsOf(blocks, "picture:0");
}

/** The same of a single picture: one number for each signal. */
export async function measurePicture(source: string, shape: RawShape): Promise<Record<string, number>> {
  const columns = await measurePictures(`${source},select='eq(n,0)'`, shape);
  return Object.fromEntries(Object.entries(columns).map(([name, values]) => [name, values[0] ?? Number.NaN]));
}
