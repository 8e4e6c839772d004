import type { Chapter } from "../report/chapters.js";
import { encodePicture, grabPictures, type Picture, type PictureSource, withinBounds } from "./grab-pictures.js";

/** A report has pictures of so many chapters at most: what a child costs, times this, is little beside a long film. */
const maximumPictures = 120;
/** Short media has no more than one for each of these seconds, for the same reason, and two beside. */
const secondsPerPicture = 30;

/** A keyframe this far into a chapter is better than its first, which may still be part of a fade; but it is not looked for for long. */
const insideSeconds = 1;
const readSeconds = 12;

const maximumWidth = 320;
/** Small enough for 120 of them to be part of one page: 4 kB each. */
const smallWidth = 160;

/** A picture of a chapter. */
export interface ChapterPicture {
  readonly chapter: Chapter;
  readonly picture: Picture;
}

export interface ChapterPicturesRequest extends PictureSource {
  readonly chapters: readonly Chapter[];
}

/** The chapters that get a picture: those in the middle of as many parts of the media, all parts as long. */
export function pictured(chapters: readonly Chapter[]): readonly Chapter[] {
  const startSeconds = chapters[0]?.startSeconds ?? 0;
  const lengthSeconds = (chapters.at(-1)?.endSeconds ?? 0) - startSeconds;
  const parts = Math.min(maximumPictures, 2 + Math.ceil(lengthSeconds / secondsPerPicture));
  if (chapters.length <= parts) return chapters;
  const chosen: Chapter[] = [];
  let part = 0;
  for (const chapter of chapters) {
    const wasIn = part;
    while (part < parts && startSeconds + ((part + 0.5) / parts) * lengthSeconds < chapter.endSeconds) part += 1;
    if (part > wasIn) chosen.push(chapter);
  }
  return chosen;
}

/**
 * Makes pictures of an even choice of chapters, in order of time. Each is a keyframe, which is cheap to decode wherever
 * it lies. A chapter without a keyframe gets no picture.
 *
 * @throws FramewatchError `program-missing`, or the signal's reason
 */
export async function makeChapterPictures({ chapters, ...source }: ChapterPicturesRequest): Promise<readonly ChapterPicture[]> {
  const { video } = source.media;
  if (video === undefined) return [];
  const made = new Map<Chapter, Picture>();
  const wanted = pictured(chapters);
  await withinBounds(wanted, source.signal, async (chapter, signal) => {
    const { startSeconds, endSeconds } = chapter;
    const pictures = await grabPictures({ ...source, signal }, video.streamIndex, {
      // A cut's own frame may come a moment late by rounding.
      fromSeconds: Math.max(0, startSeconds - 0.001),
      furtherSeconds: [startSeconds + Math.min(insideSeconds, (endSeconds - startSeconds) / 2)],
      keyframesUntilSeconds: Math.min(endSeconds, startSeconds + readSeconds),
      maximumWidth,
    });
    const grabbed = pictures.findLast(({ seconds }) => seconds < endSeconds);
    if (grabbed === undefined) return;
    made.set(chapter, await encodePicture(grabbed, smallWidth));
  });
  return wanted.flatMap((chapter) => {
    const picture = made.get(chapter);
    return picture === undefined ? [] : [{ chapter, picture }];
  });
}

/** Where the report's readers find the pictures: paths beside report.json, by the start of their chapter in seconds. */
export function chapterPaths(pictures: readonly ChapterPicture[]): ReadonlyMap<number, string> {
  return new Map(
    pictures.map(({ chapter }, index) => [chapter.startSeconds, `evidence/chapter-${String(index + 1).padStart(3, "0")}.jpg`]),
  );
}
