/** How ffmpeg lays a planar format out when it writes a frame as raw bytes: planes one after the other, without padding. */
export interface PixelFormat {
  readonly name: string;
  readonly bitDepth: number;
  readonly bytesPerSample: 1 | 2;
  readonly planes: 1 | 3;
  /** Powers of two by which the chroma planes are smaller than luma, rounded up. */
  readonly chromaShift: readonly [horizontal: number, vertical: number];
}

const chromaShifts: Readonly<Record<string, readonly [number, number]>> = {
  "410": [2, 2],
  "411": [2, 0],
  "420": [1, 1],
  "422": [1, 0],
  "440": [0, 1],
  "444": [0, 0],
};

/** Describes a planar yuv or gray format of 8 bits, or of 9 to 16 bits little endian; undefined for all others. */
export function describePixelFormat(name: string): PixelFormat | undefined {
  const [, gray, subsampling = "", digits, endian] = /^(?:(gray)|yuvj?(4[0-4]\d)p)(\d+)?(le)?$/.exec(name) ?? [];
  const chromaShift = gray === undefined ? chromaShifts[subsampling] : ([0, 0] as const);
  if (chromaShift === undefined) return undefined;
  const bitDepth = digits === undefined ? 8 : Number(digits);
  if (bitDepth > 16 || (endian === undefined) !== (bitDepth === 8)) return undefined;
  return { name, bitDepth, bytesPerSample: bitDepth > 8 ? 2 : 1, planes: gray === undefined ? 3 : 1, chromaShift };
}

/** The planar formats that lie nearest to the packed and semi-planar ones, which ffmpeg writes in other orders. */
const nearest: readonly (readonly [pattern: RegExp, format: string])[] = [
  [/^(nv12|nv21|yuva420p)$/, "yuv420p"],
  [/^(nv16|yuyv422|uyvy422|yvyu422|yuva422p)$/, "yuv422p"],
  [/^(nv24|nv42|yuva444p|vuya|vuyx)$/, "yuv444p"],
  [/^uyyvyy411$/, "yuv411p"],
  [/^p010/, "yuv420p10le"],
  [/^p012/, "yuv420p12le"],
  [/^p016/, "yuv420p16le"],
  [/^(p210|nv20|y210)/, "yuv422p10le"],
  [/^(p212|y212)/, "yuv422p12le"],
  [/^p216/, "yuv422p16le"],
  [/^(p410|xv30|gbra?p10|x2(rgb|bgr)10)/, "yuv444p10le"],
  [/^(p412|xv36|gbra?p12|xyz12)/, "yuv444p12le"],
  [/^gbrp9/, "yuv444p9le"],
  [/^gbra?p14/, "yuv444p14le"],
  [/^(p416|ayuv64|gbra?p16|gbra?pf32|(rgb|bgr)(48|a64)|bayer_\w+16)/, "yuv444p16le"],
  [/^(ya8|mono[wb])$/, "gray"],
  [/^(ya16|grayf32)/, "gray16le"],
];

/**
 * The format in which frames of a coded format are delivered: the same where it is planar yuv or gray, else the
 * nearest one that loses no depth (alpha goes; RGB becomes limited-range 4:4:4).
 */
export function deliveredFormat(coded: string): PixelFormat {
  const littleEndian = coded.replace(/^(yuv|yuva|gray)(.*)be$/, "$1$2le").replace(/^yuva(4\d\dp\d+le)$/, "yuv$1");
  const name = nearest.find(([pattern]) => pattern.test(littleEndian))?.[1] ?? littleEndian;
  const described = describePixelFormat(name) ?? describePixelFormat("yuv444p");
  if (described === undefined) throw new RangeError(`No planar format for ${coded}.`);
  return described;
}

/** The planes of one frame of raw bytes: where each lies and how large it is. */
export interface PlaneLayout {
  readonly offset: number;
  readonly width: number;
  readonly height: number;
  readonly stride: number;
}

/** How a frame of this format and size lies in memory, and how many bytes it takes. */
export function layOutFrame(
  format: PixelFormat,
  width: number,
  height: number,
): { readonly bytes: number; readonly planes: readonly PlaneLayout[] } {
  let bytes = 0;
  const planes = Array.from({ length: format.planes }, (_, plane) => {
    const [horizontal, vertical] = plane === 0 ? [0, 0] : format.chromaShift;
    const planeWidth = Math.ceil(width / 2 ** horizontal);
    const planeHeight = Math.ceil(height / 2 ** vertical);
    const layout = { offset: bytes, width: planeWidth, height: planeHeight, stride: planeWidth * format.bytesPerSample };
    bytes += layout.stride * planeHeight;
    return layout;
  });
  return { bytes, planes };
}
