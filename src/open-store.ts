import { fileURLToPath } from "node:url";
import { FramewatchError } from "./errors.js";
import type { Store } from "./store.js";
import { openFolderStore } from "./store-folder.js";
import { openS3Store } from "./store-s3.js";

/**
 * The store at `target`: `s3://bucket/prefix/`, a `file://` URL or the path of a folder, each with or without the slash at
 * its end. Nothing is written and nothing is asked of S3 yet.
 * @throws FramewatchError `configuration` for anything else
 */
export function openStore(target: string): Store {
  const s3 = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/(.*))?$/s.exec(target);
  if (s3 !== null) {
    const [, bucket = "", rest = ""] = s3;
    return openS3Store(bucket, rest === "" || rest.endsWith("/") ? rest : `${rest}/`);
  }
  if (target.startsWith("file://")) return openFolderStore(fileURLToPath(target));
  if (target === "" || /^[a-z][a-z0-9+.-]*:\/\//i.test(target)) {
    throw new FramewatchError("configuration", `an output is s3://bucket/prefix/ or a folder, not ${JSON.stringify(target)}`);
  }
  return openFolderStore(target);
}
