import type { SignalBlock } from "./signal-block.js";

/** Loudness of one track over all that was measured of it; a value that was not measured is absent. */
export interface TrackLoudness {
  readonly track: number;
  readonly integratedLufs?: number;
  readonly rangeLu?: number;
  readonly maxMomentaryLufs?: number;
  readonly maxShortTermLufs?: number;
  readonly truePeakDbtp?: number;
}

/** Collects the loudness of every track while its signals pass by. */
export interface LoudnessSummary {
  push(block: SignalBlock): void;
  /** In order of tracks; those of which nothing was measured are left out. */
  read(): TrackLoudness[];
}

/** What signals write for digital silence, which has no level. */
const floor = -120;

type Values = { -readonly [Name in Exclude<keyof TrackLoudness, "track">]: number };

/** Blocks of a lane come in order, lanes in any. */
export function openLoudnessSummary(): LoudnessSummary {
  const tracks = new Map<number, Values>();

  function valuesOf(track: number): Values {
    const values = tracks.get(track) ?? {
      integratedLufs: Number.NaN,
      rangeLu: Number.NaN,
      maxMomentaryLufs: floor,
      maxShortTermLufs: floor,
      truePeakDbtp: floor,
    };
    tracks.set(track, values);
    return values;
  }

  return {
    push({ lane, signals }) {
      if (lane.name !== "sound") return;
      const values = valuesOf(lane.track);
      values.integratedLufs = last(signals["loudness.integratedLufs"], values.integratedLufs);
      values.rangeLu = last(signals["loudness.rangeLu"], values.rangeLu);
      values.maxMomentaryLufs = largest(signals["loudness.momentaryLufs"], values.maxMomentaryLufs);
      values.maxShortTermLufs = largest(signals["loudness.shortTermLufs"], values.maxShortTermLufs);
      values.truePeakDbtp = largest(signals["truePeak.dbtp"], values.truePeakDbtp);
    },

    read() {
      return [...tracks]
        .sort(([one], [other]) => one - other)
        .map(([track, values]) => {
          const measured = Object.entries(values).filter(([, value]) => Number.isFinite(value) && value > floor);
          return { track, ...Object.fromEntries(measured) };
        })
        .filter((entry) => Object.keys(entry).length > 1);
    },
  };
}

/** The newest value that was measured. */
function last(column: Float32Array | undefined, before: number): number {
  if (column === undefined) return before;
  for (let at = column.length - 1; at >= 0; at--) {
    const value = column[at] ?? Number.NaN;
    if (!Number.isNaN(value)) return value;
  }
  return before;
}

function largest(column: Float32Array | undefined, before: number): number {
  let value = before;
  for (const sample of column ?? []) if (sample > value) value = sample;
  return value;
}
