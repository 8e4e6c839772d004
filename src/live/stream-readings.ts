/** What is read off a live stream while it runs, for people. */
import type { SignalBlock } from "../analyzers/index.js";
import type { StreamStatus } from "./stream-status.js";

export interface Rate {
  /** So many frames since the decoder began. */
  note(frames: number): void;
  perSecond(): number | undefined;
}

export interface Levels {
  note(block: SignalBlock): void;
  read(): StreamStatus["loudness"];
}

const rateWindowMilliseconds = 5000;

/** Frames per second of wall clock over the last seconds; the counts of a decoder begin at 0. */
export function openRate(now: () => number): Rate {
  const marks: { readonly atMilliseconds: number; readonly frames: number }[] = [];
  return {
    note(frames) {
      const last = marks.at(-1);
      if (last !== undefined && frames < last.frames) marks.length = 0;
      marks.push({ atMilliseconds: now(), frames });
      while (marks.length > 2 && now() - (marks[0]?.atMilliseconds ?? 0) > rateWindowMilliseconds) marks.shift();
    },
    perSecond() {
      const [first, last] = [marks[0], marks.at(-1)];
      if (first === undefined || last === undefined || last.atMilliseconds <= first.atMilliseconds) return undefined;
      return ((last.frames - first.frames) * 1000) / (last.atMilliseconds - first.atMilliseconds);
    },
  };
}

const loudnessSignals = {
  momentaryLufs: "loudness.momentaryLufs",
  shortTermLufs: "loudness.shortTermLufs",
  integratedLufs: "loudness.integratedLufs",
} as const;

/** The newest loudness of each sound track. */
export function openLevels(): Levels {
  const tracks = new Map<number, { momentaryLufs?: number; shortTermLufs?: number; integratedLufs?: number }>();
  return {
    note({ lane, signals }) {
      if (lane.name !== "sound") return;
      const levels = tracks.get(lane.track) ?? {};
      tracks.set(lane.track, levels);
      for (const [name, signal] of Object.entries(loudnessSignals)) {
        const value = signals[signal]?.findLast((one) => !Number.isNaN(one));
        if (value !== undefined) levels[name as keyof typeof loudnessSignals] = value;
      }
    },
    read: () => [...tracks].toSorted(([one], [other]) => one - other).map(([track, levels]) => ({ track, ...levels })),
  };
}
