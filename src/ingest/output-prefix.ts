import { isAbsolute, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * True when `place` lies under `prefix` (or is it), both `s3://bucket/prefix/`, a folder, or a `file://` URL of one.
 * `s3://bucket/a` does not hold `s3://bucket/ab`; a place with `.` or `..` among its steps lies under nothing, since
 * whoever resolves them would end elsewhere.
 */
export function isUnderPrefix(place: string, prefix: string): boolean {
  const isS3 = place.startsWith("s3://");
  if (isS3 !== prefix.startsWith("s3://")) return false;
  if (isS3) {
    if (/\/\.{1,2}(\/|$)/.test(place)) return false;
    return withSlash(place).startsWith(withSlash(prefix));
  }
  const [outer, inner] = [folderOf(prefix), folderOf(place)];
  if (outer === undefined || inner === undefined) return false;
  const way = relative(outer, inner);
  return way !== ".." && !way.startsWith("../") && !isAbsolute(way);
}

function withSlash(place: string): string {
  return place.endsWith("/") ? place : `${place}/`;
}

/** The folder that is meant, or undefined for a URL of anything else. */
function folderOf(place: string): string | undefined {
  if (!/^[a-z][a-z0-9+.-]*:/i.test(place)) return resolve(place);
  try {
    return resolve(fileURLToPath(place));
  } catch {
    // Another scheme, another host, or a slash in disguise: no folder of this machine.
    return undefined;
  }
}
