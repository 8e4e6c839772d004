/** MPEG-2 Systems counts time in 33 bits of 90 kHz (ISO/IEC 13818-1, 2.4.3.5 and 2.4.3.7). */
const ticksPerSecond = 90_000;
const wrapSeconds = 2 ** 33 / ticksPerSecond;

/** Seconds of the program clock reference of an adaptation field; its flags lie at `at`. */
export function pcrAt(bytes: Uint8Array, at: number): number {
  const base =
    (bytes[at + 1] ?? 0) * 2 ** 25 +
    ((bytes[at + 2] ?? 0) << 17) +
    ((bytes[at + 3] ?? 0) << 9) +
    ((bytes[at + 4] ?? 0) << 1) +
    ((bytes[at + 5] ?? 0) >> 7);
  const extension = (((bytes[at + 5] ?? 0) & 1) << 8) | (bytes[at + 6] ?? 0);
  return base / ticksPerSecond + extension / 27e6;
}

/** Seconds of the presentation time stamp of the PES packet that begins at `at`; undefined where none does, or it has none. */
export function ptsAt(bytes: Uint8Array, at: number): number | undefined {
  if (bytes[at] !== 0 || bytes[at + 1] !== 0 || bytes[at + 2] !== 1) return undefined;
  if (((bytes[at + 6] ?? 0) & 0xc0) !== 0x80 || ((bytes[at + 7] ?? 0) & 0x80) === 0) return undefined;
  const first = bytes[at + 9] ?? 0;
  const high = ((first >> 1) & 7) * 2 ** 30;
  const middle = ((bytes[at + 10] ?? 0) << 22) | (((bytes[at + 11] ?? 0) >> 1) << 15);
  const low = ((bytes[at + 12] ?? 0) << 7) | ((bytes[at + 13] ?? 0) >> 1);
  return (high + middle + low) / ticksPerSecond;
}

/** The same time, told so that it lies next to another one: the count begins again every 26.5 hours. */
export function unwrap(seconds: number, near: number): number {
  return seconds + wrapSeconds * Math.round((near - seconds) / wrapSeconds);
}
