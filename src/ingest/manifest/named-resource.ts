/** Bytes of a resource. */
export interface ByteRange {
  readonly start: number;
  readonly length: number;
}

/** The package leaves `null` where its types say `undefined`, and reads numbers that are none. */
export function rangeOf(byterange: { readonly offset: number; readonly length: number } | null | undefined) {
  const { offset, length } = byterange ?? {};
  return Number.isInteger(offset) && Number.isInteger(length) ? { range: { start: offset ?? 0, length: length ?? 0 } } : {};
}

/** Undefined for what is no URL. */
export function resolve(uri: string, base: URL): URL | undefined {
  return URL.canParse(uri, base.href) ? new URL(uri, base) : undefined;
}
