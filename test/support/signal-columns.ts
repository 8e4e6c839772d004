import { laneKey, type SignalBlock } from "../../src/analyzers/signal-block.js";

/** The blocks of one lane as whole columns, `pts` among them, as if they had never been cut. */
export function columnsOf(blocks: readonly SignalBlock[], lane: string): Record<string, number[]> {
  const columns: Record<string, number[]> = { pts: [] };
  for (const block of blocks.filter((one) => laneKey(one.lane) === lane)) {
    columns["pts"]?.push(...block.pts);
    for (const [name, values] of Object.entries(block.signals)) (columns[name] ??= []).push(...values);
  }
  return columns;
}

/** One signal of one lane, all its samples. */
export function signalOf(blocks: readonly SignalBlock[], lane: string, name: string): number[] {
  return columnsOf(blocks, lane)[name] ?? [];
}
