import type { Store } from "../../store.js";
import { chapterPaths } from "../evidence/chapter-pictures.js";
import { evidenceOf } from "../evidence/thumbnail.js";
import { type PageFacts, renderPage } from "./html.js";

export interface WrittenReport extends PageFacts {
  /** The job's part of the output. */
  readonly store: Store;
  /** Stored signals, each to lie in `signals/` under its name. */
  readonly signalFiles: readonly { readonly name: string; readonly file: string }[];
  /** Throws when the job is no longer ours; called right before each effect. @throws FramewatchError `lease-lost` */
  readonly check: () => void;
}

function pictureFiles({ thumbnails, chapterPictures }: PageFacts): { key: string; body: Buffer }[] {
  const paths = evidenceOf(thumbnails);
  const chapters = chapterPaths(chapterPictures);
  const defectFiles = [...thumbnails].flatMap(([id, { at, before, after }]) => {
    const { thumbnail, before: beforePath, after: afterPath } = paths.get(id) ?? {};
    return [
      ...(thumbnail === undefined ? [] : [{ key: thumbnail, body: at.large }]),
      ...(before === undefined || beforePath === undefined ? [] : [{ key: beforePath, body: before.large }]),
      ...(after === undefined || afterPath === undefined ? [] : [{ key: afterPath, body: after.large }]),
    ];
  });
  const chapterFiles = chapterPictures.flatMap(({ chapter, picture }) => {
    const key = chapters.get(chapter.startSeconds);
    return key === undefined ? [] : [{ key, body: picture.large }];
  });
  return [...defectFiles, ...chapterFiles];
}

/**
 * Writes signals, evidence and page, and report.json last: where that lies, the report is whole.
 *
 * @throws FramewatchError `store-unavailable`, `lease-lost`
 */
export async function writeReport({ store, signalFiles, check, ...page }: WrittenReport): Promise<void> {
  async function put(key: string, body: Parameters<Store["put"]>[1], contentType: string): Promise<void> {
    check();
    await store.put(key, body, contentType);
  }
  for (const { name, file } of signalFiles) await put(`signals/${name}`, { file }, "application/octet-stream");
  for (const { key, body } of pictureFiles(page)) await put(key, body, "image/jpeg");
  await put("report.html", await renderPage(page), "text/html; charset=utf-8");
  await put("report.json", `${JSON.stringify(page.report, null, 2)}\n`, "application/json");
}
