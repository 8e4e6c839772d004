const startCode = Buffer.from([0, 0, 1]);

/** Whether a unit of the coded picture holds user data, by the byte (or two) behind its start code. */
const holdsUserData: Readonly<Record<string, (header: number) => boolean>> = {
  // SEI (ITU-T H.264, table 7-1; ITU-T H.265, table 7-1: before the picture it belongs to, or behind).
  h264: (header) => (header & 0x1f) === 6,
  hevc: (header) => [39, 40].includes((header >> 1) & 0x3f),
  // user_data_start_code (ISO/IEC 13818-2, table 6-1).
  mpeg2video: (header) => header === 0xb2,
};

/** The units of a coded picture that hold user data, one behind the other; empty where there are none. */
export function userDataIn(picture: Buffer, codec: string): Buffer {
  const isWanted = holdsUserData[codec];
  const found: Buffer[] = [];
  if (isWanted === undefined) return Buffer.alloc(0);
  for (let at = picture.indexOf(startCode); at >= 0; ) {
    const next = picture.indexOf(startCode, at + 3);
    if (isWanted(picture[at + 3] ?? 0)) found.push(picture.subarray(at + 3, next < 0 ? picture.length : next));
    at = next;
  }
  return Buffer.concat(found);
}
