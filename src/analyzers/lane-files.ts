import { mkdirSync } from "node:fs";
import path from "node:path";
import { type Lane, type LaneSignals, laneKey, type SignalBlock } from "./signal-block.js";
import { openSignalWriter, type SignalFileHeader, type SignalWriter } from "./signal-writer.js";

/** One lane's signals of the whole media. */
export interface LaneFile extends LaneSignals {
  readonly file: string;
  readonly samples: number;
}

/** Writes one signal file per lane, as they lie beside a report. */
export interface LaneFiles {
  /** Blocks of a lane in order; their `startIndex` is counted anew, over the whole lane. */
  write(block: SignalBlock): void;
  /** Ends the files, each with what is to be told of its lane (JSON). A lane without a sample has one too: it was looked at. */
  finish(outcomeOf: (lane: Lane) => Readonly<Record<string, unknown>>): LaneFile[];
  /** Closes what is still open. May be called again. */
  close(): void;
}

/**
 * @param folder made where it is missing; the files are `picture-0.signals`, `sound-1.signals` …
 * @throws FramewatchError `store-unavailable`, as its functions do
 */
export function openLaneFiles(folder: string, header: SignalFileHeader): LaneFiles {
  const files = new Map<string, LaneFile & { readonly writer: SignalWriter; samples: number }>();
  mkdirSync(folder, { recursive: true });
  for (const declared of header.lanes) {
    const { name, track } = declared.lane;
    const file = path.join(folder, `${name}-${track}.signals`);
    const writer = openSignalWriter(file, { ...header, lanes: [declared] });
    files.set(laneKey(declared.lane), { ...declared, file, samples: 0, writer });
  }

  return {
    write(block) {
      const lane = files.get(laneKey(block.lane));
      if (lane === undefined) throw new Error(`The header names no lane ${laneKey(block.lane)}.`);
      lane.writer.write({ ...block, startIndex: lane.samples });
      lane.samples += block.pts.length;
    },
    finish(outcomeOf) {
      for (const { lane, writer, samples } of files.values()) writer.finish({ samples, ...outcomeOf(lane) });
      return [...files.values()].map(({ lane, signals, file, samples }) => ({ lane, signals, file, samples }));
    },
    close() {
      for (const { writer } of files.values()) writer.close();
    },
  };
}
