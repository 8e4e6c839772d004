import type { Defect, Severity } from "../../analyzers/index.js";
import type { Evidence } from "../defect-entry.js";
import { evidencePaths } from "./evidence-paths.js";
import { encodePicture, type GrabSource, grabPictures, type Picture, type PictureSource, withinBounds } from "./grab-pictures.js";
import { type CodedFrame, regionDrawing } from "./region-drawing.js";

/** A report has thumbnails of so many defects at most: the most severe ones, of these the first. */
const maximumDefects = 100;

export const maximumWidth = 640;
/** Small enough for a hundred of them to be part of one page. */
export const smallWidth = 320;

/** The picture before a defect is this far from its start. */
export const beforeSeconds = 0.5;
/** The picture of a defect is this far into it, at most: its first frame may still be a fade. */
const insideSeconds = 0.5;

/** The pictures of one defect. */
export interface Thumbnail {
  /** With a box around the defect's region, where it has one. */
  readonly at: Picture;
  /** Absent where the media shows nothing right before the defect. */
  readonly before?: Picture;
}

export interface ThumbnailRequest extends PictureSource {
  readonly defects: readonly Defect[];
}

const rank: Readonly<Record<Severity, number>> = { critical: 0, error: 1, warning: 2, info: 3 };

/** Makes the pictures of one defect; undefined where the media shows nothing in it. @throws as `grabPictures` does */
export async function makeThumbnail(
  source: GrabSource,
  video: CodedFrame & { readonly streamIndex: number },
  defect: Pick<Defect, "startSeconds" | "endSeconds" | "region">,
): Promise<Thumbnail | undefined> {
  const { startSeconds, endSeconds = startSeconds, region } = defect;
  const atSeconds = startSeconds + Math.min((endSeconds - startSeconds) / 2, insideSeconds);
  const pictures = await grabPictures(source, video.streamIndex, {
    fromSeconds: Math.max(0, startSeconds - beforeSeconds),
    furtherSeconds: [atSeconds],
    maximumWidth,
  });
  // Where frames are missing before the defect, the first picture already lies in it.
  const before = pictures.find(({ seconds }) => seconds < startSeconds - 0.001);
  const at = pictures.findLast((picture) => picture !== before);
  if (at === undefined) return undefined;
  return {
    at: await encodePicture(at, smallWidth, region && regionDrawing(region, video, at)),
    ...(before === undefined ? {} : { before: await encodePicture(before, smallWidth) }),
  };
}

/**
 * Makes the thumbnails of defects that have a picture, by defect id, within bounds of number and time. A defect whose
 * picture cannot be had is left out: evidence is a help, no part of the judgement.
 *
 * @throws FramewatchError `program-missing`, or the signal's reason
 */
export async function makeThumbnails({ defects, ...source }: ThumbnailRequest): Promise<ReadonlyMap<string, Thumbnail>> {
  const thumbnails = new Map<string, Thumbnail>();
  const { video } = source.media;
  if (video === undefined) return thumbnails;
  const wanted = defects
    .filter(({ medium }) => medium !== "audio")
    .toSorted((one, other) => rank[one.severity] - rank[other.severity] || one.startSeconds - other.startSeconds)
    .slice(0, maximumDefects);
  await withinBounds(wanted, source.signal, async (defect, signal) => {
    const thumbnail = await makeThumbnail({ ...source, signal }, video, defect);
    if (thumbnail !== undefined) thumbnails.set(defect.id, thumbnail);
  });
  return thumbnails;
}

/** Where the report's readers find the thumbnails: paths beside report.json, by defect id. */
export function evidenceOf(thumbnails: ReadonlyMap<string, Thumbnail>): ReadonlyMap<string, Evidence> {
  const paths = [...thumbnails].map(([id, { before }]) => {
    const { thumbnail, before: beforePath } = evidencePaths(id);
    return [id, { thumbnail, ...(before === undefined ? {} : { before: beforePath }) }] as const;
  });
  return new Map(paths);
}
