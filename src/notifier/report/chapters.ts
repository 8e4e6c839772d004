/** A stretch of the picture: one shot, or several short ones together. */
export interface Chapter {
  readonly startSeconds: number;
  readonly endSeconds: number;
}

/** Chapters of a report, at most: a film of two hours has 1,500 shots. */
const maximumChapters = 2000;

/** From here on, in seconds, chapters grow when there are too many of them. */
const leastGrownSeconds = 1;

/** Collects chapters while shots pass by; memory stays the same however long the media is. */
export interface Chapters {
  /** The next shot, in order of time. */
  push(shot: Chapter): void;
  /** The chapters so far, in order of time. */
  read(): readonly Chapter[];
}

/**
 * Makes chapters of shots. Each shot is one, until there are more than 2,000: then a chapter shorter than a least length goes
 * on with the shot behind it, and that length doubles until they are few enough. Which shots make a chapter depends on the
 * shots alone.
 */
export function openChapters(): Chapters {
  let chapters: Chapter[] = [];
  let leastSeconds = 0;

  function add(shot: Chapter): void {
    const last = chapters.at(-1);
    if (last !== undefined && last.endSeconds - last.startSeconds < leastSeconds) {
      chapters[chapters.length - 1] = { startSeconds: last.startSeconds, endSeconds: shot.endSeconds };
    } else chapters.push(shot);
  }

  return {
    push(shot) {
      add(shot);
      while (chapters.length > maximumChapters) {
        leastSeconds = Math.max(leastGrownSeconds, 2 * leastSeconds);
        const joined = chapters;
        chapters = [];
        for (const chapter of joined) add(chapter);
      }
    },
    read: () => chapters,
  };
}
