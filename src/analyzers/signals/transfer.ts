import type { VideoTrack } from "../../decoder/index.js";
import { tableSteps } from "../kernels/index.js";

/** From code values to light. */
export interface Transfer {
  /**
   * Light of one of R, G, B for code values in `tableSteps` even steps, 0 black and 1 white. In units of `referenceLuminance` for SDR
   * and PQ; for HLG scene light, 1 for white.
   */
  readonly light: Float32Array;
  /** Shares of R, G, B in luminance. */
  readonly shares: readonly [red: number, green: number, blue: number];
  /** Display luminance in units of `referenceLuminance` for luminance weighed together from `light`, where these differ. */
  readonly luminance: ((weighed: number) => number) | undefined;
}

/**
 * The luminance that is 1, in cd/m²: the white of a standard picture by ITU-R BT.1702, so that 20 cd/m² are the 10 % and 160 cd/m²
 * the 80 % of WCAG 2.3.1.
 */
export const referenceLuminance = 200;

/** Which code values stand for which light: by the declared transfer characteristic, sRGB where it is none of HDR. */
export function transferOf(video: Pick<VideoTrack, "colorTransfer" | "colorMatrix"> | undefined): Transfer {
  const bt709 = [0.2126, 0.7152, 0.0722] as const;
  const bt2020 = [0.2627, 0.678, 0.0593] as const;
  switch (video?.colorTransfer) {
    case "smpte2084":
      return { light: table((code) => pq(code) / referenceLuminance), shares: bt2020, luminance: undefined };
    case "arib-std-b67":
      return { light: table(hlg), shares: bt2020, luminance: hlgLuminance };
    default: {
      const isWide = video?.colorMatrix?.startsWith("bt2020") === true;
      return { light: table(srgb), shares: isWide ? bt2020 : bt709, luminance: undefined };
    }
  }
}

function table(light: (code: number) => number): Float32Array {
  return Float32Array.from({ length: tableSteps }, (_, step) => light(step / (tableSteps - 1)));
}

/** IEC 61966-2-1, which WCAG's relative luminance is defined by. */
function srgb(code: number): number {
  return code <= 0.04045 ? code / 12.92 : ((code + 0.055) / 1.055) ** 2.4;
}

/** SMPTE ST 2084 (ITU-R BT.2100, table 4): cd/m². */
function pq(code: number): number {
  const power = code ** (1 / 78.84375);
  return 10000 * (Math.max(0, power - 0.8359375) / (18.8515625 - 18.6875 * power)) ** (1 / 0.1593017578125);
}

/** ITU-R BT.2100, table 5: scene light. */
function hlg(code: number): number {
  return code <= 0.5 ? (code * code) / 3 : (Math.exp((code - 0.55991073) / 0.17883277) + 0.28466892) / 12;
}

/** On a display of 1000 cd/m², with its system gamma of 1.2 (ITU-R BT.2100, table 5). */
function hlgLuminance(scene: number): number {
  return (1000 / referenceLuminance) * scene ** 1.2;
}
