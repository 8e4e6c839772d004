/**
 * Where reports, evidence and job state go: an S3 prefix or a local folder. Keys are relative to it, `/`-separated,
 * without a leading slash. Used by ingest (job state, finished segments) and notifier (outbox, evidence, report).
 */
export interface Store {
  /** `s3://bucket/prefix/` or `file:///folder/`, always with the slash: `url + key` names an object. */
  readonly url: string;
  /** Writes the object, replacing one that is there. @throws FramewatchError `store-unavailable` */
  put(key: string, body: StoreBody, contentType: string): Promise<void>;
  /** Writes the object if none is there; false when there was one. Atomic among all processes. @throws FramewatchError `store-unavailable` */
  create(key: string, body: StoreBody, contentType: string): Promise<boolean>;
  /**
   * Writes what `change` makes of a small object, undefined where there is none; nothing where it gives undefined. Where another
   * writer was quicker it is asked again, so that none overwrites what it has not seen: atomic among all processes, on an S3
   * that knows `If-Match`; on one that does not, two writers within one round trip may still overtake each other.
   * @throws what `change` throws · FramewatchError `store-unavailable`
   */
  update(key: string, change: (bytes: Buffer | undefined) => string | undefined, contentType: string): Promise<void>;
  /** The object's bytes, or undefined when there is none. @throws FramewatchError `store-unavailable` */
  get(key: string): Promise<Buffer | undefined>;
  /** True when there is an object. @throws FramewatchError `store-unavailable` */
  has(key: string): Promise<boolean>;
  /**
   * Writes the object's bytes to a local file, whose folder is made, without holding them in memory; false when there is
   * no object. @throws FramewatchError `store-unavailable`
   */
  download(key: string, file: string): Promise<boolean>;
  /** Removes the object; nothing happens when there is none. @throws FramewatchError `store-unavailable` */
  remove(key: string): Promise<void>;
  /** A link that a browser opens, which expires; absent for a folder. */
  link(key: string): Promise<string | undefined>;
  /** A store of everything under `prefix` (which ends in `/`). */
  under(prefix: string): Store;
}

/** Bytes, or a file whose content is sent without being read into memory at once. */
export type StoreBody = Uint8Array | string | { readonly file: string };

/**
 * The key itself, if it is one: parts of visible characters between single slashes, none of them `.` or `..`, so that no
 * key leaves its store. @throws RangeError for any other text, which is a mistake of the caller.
 */
export function checkedKey(key: string): string {
  const sound =
    key.length <= 900 && !/[\\\p{Cc}]/u.test(key) && key.split("/").every((part) => part !== "" && part !== "." && part !== "..");
  if (!sound) throw new RangeError(`not a key of a store: ${JSON.stringify(key)}`);
  return key;
}

/** The prefix itself, if it is a key that ends in one slash. @throws RangeError as `checkedKey` does. */
export function checkedPrefix(prefix: string): string {
  if (!prefix.endsWith("/")) throw new RangeError(`not a prefix, it lacks the slash at its end: ${JSON.stringify(prefix)}`);
  checkedKey(prefix.slice(0, -1));
  return prefix;
}
