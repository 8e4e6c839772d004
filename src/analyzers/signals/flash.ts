import { definePictureMeasurer, type WriteSignal } from "../measurer.js";
import { FlashCounts } from "./flash-counts.js";
import { type LightCells, openLightCells } from "./light.js";
import { referenceLuminance } from "./transfer.js";
import { transitionLookbackSeconds, Transitions } from "./transitions.js";

/** The share of the picture that has to flash: ITU-R BT.1702, WCAG 2.3.1 (a quarter of 10 degrees of sight), EA IRIS. */
const flashingShare = 0.25;

/** More than three flashes, of two transitions each, are a fault: the region is where that many are. */
const tooManyTransitions = 7;

/** ITU-R BT.1702: 20 cd/m² or more, the darker state below 160 cd/m². In WCAG 2.3.1: 10 %, 80 % of the largest relative luminance. */
const luminanceRule = { change: 20 / referenceLuminance, darkerBelow: 160 / referenceLuminance };

/** WCAG 2.3.1: (R − G − B) · 320 changes by more than 20 where a state is a saturated red. */
const redRule = { change: 20 / 320, darkerBelow: Number.POSITIVE_INFINITY };

const transitions = (what: string) => ({
  unit: "count",
  range: [0, 63] as const,
  meaning: `${what} that a quarter of the picture made within the second up to this frame; each part of it with its own phase`,
});

const place = (what: string) => ({
  unit: "pixels",
  range: [0, 8192] as const,
  meaning: `${what} of what makes more than 6 transitions a second; not measured where there are none`,
});

/**
 * Rises and falls of light, and of saturated red, in cells of 16x16 samples (8 or 4 in small pictures), counted over a second. Where
 * all of the picture flashes the counts are those of EA IRIS.
 */
export const flash = definePictureMeasurer({
  name: "flash",
  needs: "any",
  lookbackSeconds: 1 + transitionLookbackSeconds,
  provides: {
    "flash.luminance": {
      unit: "ratio",
      range: [0, 50],
      meaning: "Mean luminance of the picture: of white for SDR, of 200 cd/m² for PQ and HLG (EA IRIS: AverageLuminance)",
    },
    "flash.transitions": transitions("Rises and falls of luminance, of 20 cd/m² (10 %) or more from or to below 160 cd/m² (80 %),"),
    "flash.redTransitions": transitions("Rises and falls of saturated red, of 20 on WCAG's scale of 320,"),
    "flash.areaRatio": {
      unit: "ratio",
      range: [0, 1],
      meaning: "Share of the picture that made more than 6 transitions, of luminance or of red, within the second up to this frame",
    },
    "flash.change": {
      unit: "ratio",
      range: [0, 50],
      meaning: "Mean size of the luminance transitions made at this frame, as `flash.luminance`; 0 where there were none",
    },
    "flash.left": place("Left edge"),
    "flash.top": place("Upper edge"),
    "flash.width": place("Width"),
    "flash.height": place("Height"),
  },
  begin: ({ media, kernels }) => {
    const lightOf = openLightCells(media, kernels);
    let state: ReturnType<typeof beginPicture> | undefined;
    return (measured, write) => {
      const { frame, previous } = measured;
      const light = lightOf(measured);
      if (state === undefined || previous === undefined || state.light !== light) state = beginPicture(light);
      const { luminance, red, luminanceCounts, redCounts } = state;
      const found = luminance.take(frame.pts, light.luminance);
      luminanceCounts.take(frame.pts, found, luminance);
      const foundRed = light.isRed || state.wasRed ? red.take(frame.pts, light.red) : red.pass(frame.pts);
      state.wasRed = light.isRed;
      redCounts.take(frame.pts, foundRed, red);

      write("flash.luminance", weigh(light) / state.pixels);
      write("flash.transitions", luminanceCounts.transitionsOf(flashingShare));
      write("flash.redTransitions", redCounts.transitionsOf(flashingShare));
      write("flash.change", Number.isNaN(luminanceCounts.change) ? 0 : luminanceCounts.change);
      const most = Math.max(luminanceCounts.shareWith(tooManyTransitions), redCounts.shareWith(tooManyTransitions));
      write("flash.areaRatio", most);
      if (most > 0) {
        const scale = (media.video?.width ?? frame.width) / frame.width;
        writePlace(light, scale, frame, luminanceCounts.shareWith(tooManyTransitions) === most ? luminanceCounts : redCounts, write);
      }
    };
  },
});

function beginPicture(light: LightCells) {
  const cells = light.samples.length;
  return {
    light,
    luminance: new Transitions(cells, luminanceRule),
    luminanceCounts: new FlashCounts(light),
    red: new Transitions(cells, redRule),
    redCounts: new FlashCounts(light),
    wasRed: light.isRed,
    pixels: light.samples.reduce((sum, samples) => sum + samples, 0),
  };
}

function weigh({ luminance, samples }: LightCells): number {
  let sum = 0;
  for (let cell = 0; cell < luminance.length; cell++) sum += (samples[cell] ?? 0) * (luminance[cell] ?? 0);
  return sum;
}

/** Writes what bounds the cells that flash too often, in pixels of the coded frame. */
function writePlace(
  { columns, rows, cellSide }: LightCells,
  scale: number,
  frame: { readonly width: number; readonly height: number },
  counts: FlashCounts,
  write: WriteSignal<"flash.left" | "flash.top" | "flash.width" | "flash.height">,
): void {
  let left = columns;
  let right = -1;
  let top = rows;
  let bottom = -1;
  for (let row = 0, cell = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++, cell++) {
      if (counts.of(cell) < tooManyTransitions) continue;
      left = Math.min(left, column);
      right = Math.max(right, column);
      top = Math.min(top, row);
      bottom = row;
    }
  }
  write("flash.left", Math.round(left * cellSide * scale));
  write("flash.top", Math.round(top * cellSide * scale));
  write("flash.width", Math.round((Math.min(frame.width, (right + 1) * cellSide) - left * cellSide) * scale));
  write("flash.height", Math.round((Math.min(frame.height, (bottom + 1) * cellSide) - top * cellSide) * scale));
}
