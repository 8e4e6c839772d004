/** Begins the caption data of a picture (ATSC A/53 Part 4:2009, 6.2.3): `GA94`, type 3. */
const marker = Buffer.from([0x47, 0x41, 0x39, 0x34, 0x03]);

/**
 * Whether the user data of pictures holds captions that show something, and not only the stuffing that keeps their place. Of
 * CEA-608 that is letters (XDS, which describes the programme, is none); of CEA-708 a service block that is not empty.
 *
 * @returns for each packet, in order: undefined where it holds no caption data
 */
export function captionContent(codec: string): (userData: Uint8Array) => boolean | undefined {
  const describes = [false, false];

  /** CEA-608-E: two bytes of seven bits and parity. */
  function shows608(field: number, first: number, second: number): boolean {
    const code = first & 0x7f;
    if (code >= 0x01 && code <= 0x0f) describes[field] = code !== 0x0f;
    else if (code >= 0x10 && code <= 0x1f) describes[field] = false;
    return (code >= 0x20 || (code === 0 && (second & 0x7f) >= 0x20)) && describes[field] !== true;
  }

  return (userData) => {
    const data = codec === "mpeg2video" ? Buffer.from(userData) : withoutEmulationPrevention(userData);
    let found: boolean | undefined;
    for (let at = data.indexOf(marker); at >= 0; at = data.indexOf(marker, at + 1)) {
      const flags = data[at + 5] ?? 0;
      const count = (flags & 0x40) === 0 ? 0 : flags & 0x1f;
      found ??= false;
      for (let triple = at + 7; triple < at + 7 + 3 * count && triple + 2 < data.length; triple += 3) {
        const [kind = 0, first = 0, second = 0] = data.subarray(triple, triple + 3);
        if ((kind & 4) === 0) continue;
        const type = kind & 3;
        // Of a CEA-708 packet the first byte counts packets, the second one says whose block follows, and how long it is.
        const shows = type < 2 ? shows608(type, first, second) : type === 3 ? second !== 0 : first !== 0 || second !== 0;
        found ||= shows;
      }
    }
    return found;
  };
}

/** Takes out the bytes that keep start codes from appearing (ITU-T H.264, 7.4.1). */
function withoutEmulationPrevention(bytes: Uint8Array): Buffer {
  const kept = Buffer.alloc(bytes.length);
  let length = 0;
  let zeroes = 0;
  for (const byte of bytes) {
    if (zeroes >= 2 && byte === 3) {
      zeroes = 0;
      continue;
    }
    zeroes = byte === 0 ? zeroes + 1 : 0;
    kept[length++] = byte;
  }
  return kept.subarray(0, length);
}
