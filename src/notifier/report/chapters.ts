import type { PlacedMark } from "../../decoder/index.js";

/** A stretch of the picture: one shot, or several short ones together. */
export interface Chapter {
  readonly startSeconds: number;
  readonly endSeconds: number;
  /** What begins with it, where the stream itself says so. */
  readonly title?: string;
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

/** Lets a chapter begin wherever the stream is marked for a splice, with what the marks say as its title. */
export function splitAtMarks(chapters: readonly Chapter[], marks: readonly PlacedMark[]): readonly Chapter[] {
  if (marks.length === 0) return chapters;
  return chapters.flatMap(({ startSeconds, endSeconds }) => {
    const within = marks.filter((mark) => mark.startSeconds >= startSeconds && mark.startSeconds < endSeconds);
    const starts = [...new Set([startSeconds, ...within.map((mark) => mark.startSeconds)])].toSorted((one, other) => one - other);
    return starts.map((start, index) => {
      const titles = within.filter((mark) => mark.startSeconds === start).map(titleOf);
      return {
        startSeconds: start,
        endSeconds: starts[index + 1] ?? endSeconds,
        ...(titles.length === 0 ? {} : { title: titles.join("; ") }),
      };
    });
  });
}

/** `SCTE 35 splice-insert 4711: out of the programme`. */
function titleOf({ command, eventId, cancelled, outOfNetwork, segmentationType }: PlacedMark): string {
  const says = [
    ...(cancelled === true ? ["taken back"] : []),
    ...(outOfNetwork === undefined ? [] : [outOfNetwork ? "out of the programme" : "back to the programme"]),
    ...(segmentationType === undefined ? [] : [`segmentation 0x${segmentationType.toString(16)}`]),
  ];
  const name = `SCTE 35 ${command}${eventId === undefined ? "" : ` ${eventId}`}`;
  return says.length === 0 ? name : `${name}: ${says.join(", ")}`;
}
