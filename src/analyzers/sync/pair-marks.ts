/** A mark of the picture and the one of the sound that belongs to it. */
export interface Pair {
  readonly pictureSeconds: number;
  /** How much later than the picture the sound is. */
  readonly offsetSeconds: number;
}

/** How marks of picture and sound lie to each other. */
export interface Pairing {
  /** Median over the pairs; greater than 0 where the sound is late. */
  readonly offsetSeconds: number;
  /** In order of time. */
  readonly pairs: readonly Pair[];
  /** Share of the marks that have a partner, of the lane that has fewer such: 1 where each belongs to another. */
  readonly pairedRatio: number;
}

/** Stretches of media time that both lanes were looked at in. */
export interface Watched {
  readonly fromSeconds: number;
  readonly untilSeconds: number;
}

/** How far apart picture and sound are looked for. */
export const farthestSeconds = 1;

/** Offsets within so much of each other are the same: a frame at 25 per second. */
const sameOffsetSeconds = 0.04;

/** Regular marks fit at several offsets; of those that fit about as well, the smallest is taken. */
const fitsAsWellRatio = 0.9;

/** The offset at which most marks of the picture have one of the sound, and which do. Marks in order of time. */
export function pairMarks(pictures: readonly number[], sounds: readonly number[], watched: Watched): Pairing | undefined {
  const candidates: Pair[] = [];
  for (const pictureSeconds of pictures) {
    for (const soundSeconds of sounds) {
      const offsetSeconds = soundSeconds - pictureSeconds;
      // Of a regular pattern no offset may gain a pair by what lies before the first flash.
      const isWatched = soundSeconds >= watched.fromSeconds;
      if (isWatched && Math.abs(offsetSeconds) <= farthestSeconds) candidates.push({ pictureSeconds, offsetSeconds });
    }
  }
  candidates.sort((one, other) => one.offsetSeconds - other.offsetSeconds);
  const groups = candidates.map((first, start) => {
    let end = start + 1;
    while ((candidates[end]?.offsetSeconds ?? Number.POSITIVE_INFINITY) - first.offsetSeconds <= sameOffsetSeconds) end++;
    return { start, end, middle: (first.offsetSeconds + (candidates[end - 1]?.offsetSeconds ?? 0)) / 2 };
  });
  const most = Math.max(0, ...groups.map(({ start, end }) => end - start));
  const [best] = groups
    .filter(({ start, end }) => end - start >= fitsAsWellRatio * most)
    .sort((one, other) => Math.abs(one.middle) - Math.abs(other.middle) || one.start - other.start);
  if (best === undefined) return undefined;
  const offsetSeconds = median(candidates.slice(best.start, best.end).map((pair) => pair.offsetSeconds));
  const pairs = pictures.flatMap((pictureSeconds): Pair[] => {
    const partner = sounds.find((seconds) => Math.abs(seconds - pictureSeconds - offsetSeconds) <= sameOffsetSeconds);
    return partner === undefined ? [] : [{ pictureSeconds, offsetSeconds: partner - pictureSeconds }];
  });

  // A mark at the edge of what was watched may have its partner outside.
  const counts = (seconds: number): boolean =>
    seconds >= watched.fromSeconds + sameOffsetSeconds && seconds <= watched.untilSeconds - sameOffsetSeconds;
  const alone = (marks: readonly number[], toPartner: number): number =>
    marks.filter((seconds) => counts(seconds) && counts(seconds + toPartner)).length;
  const marked = Math.max(alone(pictures, offsetSeconds), alone(sounds, -offsetSeconds));
  return { offsetSeconds, pairs, pairedRatio: marked === 0 ? 0 : Math.min(1, pairs.length / marked) };
}

function median(ordered: readonly number[]): number {
  const half = ordered.length >> 1;
  const upper = ordered[half] ?? 0;
  return ordered.length % 2 === 1 ? upper : (upper + (ordered[half - 1] ?? 0)) / 2;
}
