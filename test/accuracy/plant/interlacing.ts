import { definePlanter, type Span, type Strength } from "../planter.js";

/** Rows of one field come from the frame before: A is the present frame, B the one before it. */
function woven(earlier: "top" | "bottom", { startSeconds, endSeconds }: Span): string {
  const isEarlier = earlier === "top" ? "not(mod(Y,2))" : "mod(Y,2)";
  const end = Number.isFinite(endSeconds) ? endSeconds : 1e6;
  return `tblend=all_expr='if(${isEarlier}*between(T,${startSeconds},${end}),B,A)'`;
}

const combed = (earlier: "top" | "bottom", lastsSeconds: number): Strength => ({
  name: `${earlier} field first, ${lastsSeconds} s`,
  actionable: true,
  lastsSeconds,
  picture: (span) => woven(earlier, span),
});

/** Interlaced pictures, top field first, coded as interlaced, which H.264 does in pairs of macroblocks of 4:2:0. */
const interlaced = (declared: "tff" | "bff"): Pick<Strength, "picture" | "encode"> => ({
  picture: (span) => `crop=iw:trunc(ih/4)*4,${woven("top", span)},setfield=${declared}`,
  encode: ["-c:v", "libx264", "-preset", "veryfast", "-crf", "20", "-flags", "+ildct+ilme", "-pix_fmt", "yuv420p"],
});

export const planter = definePlanter({
  type: "interlacing",
  needs: "picture",
  strengths: [
    combed("top", 1.5),
    combed("bottom", 3),
    { name: "wrong field order", actionable: true, lastsSeconds: Number.POSITIVE_INFINITY, ...interlaced("bff") },
    {
      name: "3:2 pull-down left in",
      actionable: true,
      lastsSeconds: Number.POSITIVE_INFINITY,
      picture: () => "telecine=pattern=23",
    },
    {
      name: "declared interlaced, which is no fault",
      actionable: false,
      lastsSeconds: Number.POSITIVE_INFINITY,
      ...interlaced("tff"),
      expected: () => [],
    },
  ],
});
