import type { Report } from "../../src/notifier/index.js";

/** Loudness of one track, in LUFS, LU and dBTP. */
interface Loudness {
  readonly integratedLufs: number;
  readonly rangeLu: number;
  readonly truePeakDbtp: number;
}

/** The first sound track of one file, as we and ffmpeg's ebur128 measure it. */
export interface LoudnessComparison {
  readonly name: string;
  readonly ours: Loudness;
  readonly theirs: Loudness;
}

/** How far the two lie apart. */
export interface LoudnessAgreement {
  readonly tracks: number;
  /** Largest differences, as numbers of one decimal: ebur128 prints no more. */
  readonly largest: { readonly integratedLu: number; readonly rangeLu: number; readonly truePeakDb: number };
  /** Tracks with a difference that is larger than the standards allow a meter. */
  readonly differences: readonly string[];
}

export const loudnessFilter = "ebur128=peak=true:framelog=verbose";

/** EBU Tech 3341: 0.1 LU; EBU Tech 3342: 1 LU; ITU-R BS.1770-5, attachment 1 to annex 2: 0.4 dB. */
const tolerances: Readonly<Record<keyof Loudness, number>> = { integratedLufs: 0.1, rangeLu: 1, truePeakDbtp: 0.4 };
/** Half of the last digit that ebur128 prints. */
const printedTo = 0.05;

/** Undefined where either has measured nothing: silence has no loudness. */
export function compareLoudness(name: string, log: string, { loudness }: Report): LoudnessComparison | undefined {
  const summary = log.slice(log.lastIndexOf("Summary:"));
  const number = (pattern: RegExp) => Number(summary.match(pattern)?.[1] ?? Number.NaN);
  const track = loudness.find((entry) => entry.track === 0);
  const ours = {
    integratedLufs: track?.integratedLufs ?? Number.NaN,
    rangeLu: track?.rangeLu ?? Number.NaN,
    truePeakDbtp: track?.truePeakDbtp ?? Number.NaN,
  };
  const theirs = {
    integratedLufs: number(/I: +(\S+) LUFS/),
    rangeLu: number(/LRA: +(\S+) LU\b/),
    truePeakDbtp: number(/Peak: +(\S+) dBFS/),
  };
  // -70 is what ebur128 says where nothing passed its gate.
  const isMeasured = [...Object.values(ours), ...Object.values(theirs)].every(Number.isFinite) && theirs.integratedLufs > -70;
  return isMeasured ? { name, ours, theirs } : undefined;
}

/** Sums up what was compared. */
export function sumLoudness(comparisons: readonly LoudnessComparison[]): LoudnessAgreement {
  const apart = ({ ours, theirs }: LoudnessComparison, key: keyof Loudness) => Math.abs(ours[key] - theirs[key]);
  const largest = (key: keyof Loudness) =>
    Math.round(10 * comparisons.reduce((most, comparison) => Math.max(most, apart(comparison, key)), 0)) / 10;
  return {
    tracks: comparisons.length,
    largest: {
      integratedLu: largest("integratedLufs"),
      rangeLu: largest("rangeLu"),
      truePeakDb: largest("truePeakDbtp"),
    },
    differences: comparisons.flatMap((comparison) => {
      const keys = (Object.keys(tolerances) as (keyof Loudness)[]).filter(
        (key) => apart(comparison, key) > tolerances[key] + printedTo,
      );
      const { name, ours, theirs } = comparison;
      return keys.length === 0
        ? []
        : [`${name}: ${keys.map((key) => `${key} ${ours[key]}, ffmpeg's ${theirs[key]}`).join("; ")}`];
    }),
  };
}
