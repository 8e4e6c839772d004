import { type Look, meanOf } from "../look.js";
import { definePlanter, type Span, type Strength } from "../planter.js";

/** A window that pans over the picture by two pixels a frame, to and fro: what stands still shows no combs. */
const pan = "crop=w='2*trunc(iw*0.4)':h='4*trunc(ih/4)':x='2*abs(mod(n,2*trunc(iw*0.1))-trunc(iw*0.1))':y=0";

/** Rows of one field come from the frame before: A is the present frame, B the one before it. */
function woven(earlier: "top" | "bottom", { startSeconds, endSeconds }: Span): string {
  const isEarlier = earlier === "top" ? "not(mod(Y,2))" : "mod(Y,2)";
  const end = Number.isFinite(endSeconds) ? endSeconds : 1e6;
  return `tblend=all_expr='if(${isEarlier}*between(T,${startSeconds},${end}),B,A)'`;
}

/** Lines of two moments are seen where these differ by so many levels of 8 bits: finer combs are lost in the picture. */
const combedLevels = 16;
/** Such a part of the picture must move, as a share, so much of the time, and from the first. */
const movedShare = 0.005;
const movingShare = 0.75;
const sharePixels = 32;

/** Whether the window that pans over the picture shows enough of what moves: fog and night have no edges to comb. */
async function isCombSeen(look: Look): Promise<boolean> {
  const moved = `tblend=all_mode=difference,lutyuv=y='255*gte(val,${combedLevels})',scale=${sharePixels}:${sharePixels}:flags=area`;
  const seen = await look(`${pan},${moved},fps=4`, sharePixels, sharePixels);
  const shares = seen.map(({ luma }) => meanOf(luma, (value) => value / 255));
  const isMoving = shares.map((share) => share >= movedShare);
  return isMoving.slice(0, 4).some(Boolean) && isMoving.filter(Boolean).length >= movingShare * isMoving.length;
}

const combed = (earlier: "top" | "bottom", lastsSeconds: number): Strength => ({
  name: `${earlier} field first, ${lastsSeconds} s`,
  actionable: true,
  lastsSeconds,
  isSeen: isCombSeen,
  picture: (span) => `${pan},${woven(earlier, span)}`,
});

/** Interlaced pictures, top field first, coded as interlaced, which H.264 does in pairs of macroblocks of 4:2:0. */
const interlaced = (declared: "tff" | "bff"): Pick<Strength, "picture" | "encode"> => ({
  picture: (span) => `${pan},${woven("top", span)},setfield=${declared}`,
  encode: ["-c:v", "libx264", "-preset", "veryfast", "-crf", "20", "-flags", "+ildct+ilme", "-pix_fmt", "yuv420p"],
});

export const planter = definePlanter({
  type: "interlacing",
  needs: "picture",
  strengths: [
    combed("top", 1.5),
    combed("bottom", 3),
    {
      name: "wrong field order",
      actionable: true,
      lastsSeconds: Number.POSITIVE_INFINITY,
      isSeen: isCombSeen,
      ...interlaced("bff"),
    },
    {
      name: "3:2 pull-down left in",
      actionable: true,
      lastsSeconds: Number.POSITIVE_INFINITY,
      isSeen: isCombSeen,
      picture: () => `${pan},telecine=pattern=23`,
    },
    {
      name: "bottom field first, whatever moves, 3 s",
      actionable: false,
      lastsSeconds: 3,
      picture: (span) => woven("bottom", span),
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
