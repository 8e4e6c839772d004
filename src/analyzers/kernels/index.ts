import type { FrameMemory } from "../../decoder/index.js";
import { bindBands, type BandKernels } from "./bands.js";
import { bindCells, type CellKernels } from "./cells.js";
import { bindGamut, type GamutKernels } from "./gamut.js";
import { bindInformation, type InformationKernels } from "./information.js";
import { bindFields, type FieldKernels } from "./fields.js";
import { bindDetail, type DetailKernels } from "./detail.js";
import { bindDots, type DotKernels } from "./dots.js";
import { bindEcho, type EchoKernels } from "./echo.js";
import { bindGrid, type GridKernels } from "./grid.js";
import { bindLight, type LightKernels } from "./light.js";
import { bindLuma, type LumaKernels } from "./luma.js";
import { openMachine } from "./machine.js";
import { bindProfiles, type ProfileKernels } from "./profiles.js";
import { bindScale, type ScaleKernels } from "./scale.js";
import { bindStepProfiles, type StepProfileKernels } from "./step-profiles.js";

export type { BandTiles } from "./bands.js";
export type { Cells, CellsPlane, CellWidth } from "./cells.js";
export type { ColorFactors } from "./gamut.js";
export type { InformationSums } from "./information.js";
export type { FieldSums } from "./fields.js";
export { type Detail, detailField, detailFields, detailSamples, farSamples, nearSamples } from "./detail.js";
export { type Dots, mostDots } from "./dots.js";
export { type Echo, type EchoSearch, longestReach } from "./echo.js";
export type { Grid } from "./grid.js";
export { type LightPlaces, type LightScale, tableSteps } from "./light.js";
export { cellSide, type LumaSums } from "./luma.js";
export type { Profiles } from "./profiles.js";
export type { Scaling } from "./scale.js";
export type { StepProfiles } from "./step-profiles.js";

/**
 * The pixel loops, compiled to WASM SIMD, with the memory that frames lie in: one instance per stream or segment.
 * Planes must lie in `memory`. `bytesPerSample` is 1, or 2 (little endian) for 9 to 16 bit. A new kernel is one file
 * in `assembly/`, one here that binds it, and its lines in this file.
 */
export interface Kernels
  extends BandKernels,
    CellKernels,
    DetailKernels,
    DotKernels,
    EchoKernels,
    FieldKernels,
    GamutKernels,
    GridKernels,
    InformationKernels,
    LightKernels,
    LumaKernels,
    ProfileKernels,
    ScaleKernels,
    StepProfileKernels {
  /**
   * Two places for frames. Asked for more than before it grows, and all views given out earlier are void.
   * WASM memory never shrinks: it goes when the instance goes.
   */
  readonly memory: FrameMemory;
  readonly memoryBytes: number;
}

/** Instances that a finished stream or segment left to the next one of this thread, and what they may hold at most. */
const idle: Kernels[] = [];
const mostIdle = 1;
const largestIdleBytes = 64 * 1024 * 1024;

/**
 * Kernels for one stream or segment: those that the one before left behind, else new ones. Measured: a new instance for
 * each segment of a ten minute film costs 60 MB more than a short film does, since memory outside the heap is collected late.
 */
export function borrowKernels(): Kernels {
  return idle.pop() ?? openKernels();
}

/** Gives kernels back; whoever borrowed them holds no view of their memory any more. */
export function returnKernels(kernels: Kernels): void {
  if (idle.length < mostIdle && kernels.memoryBytes <= largestIdleBytes) idle.push(kernels);
}

/** Makes one instance of the kernels. */
export function openKernels(): Kernels {
  const machine = openMachine();
  return {
    memory: machine.memory,
    get memoryBytes() {
      return machine.memoryBytes;
    },
    ...bindBands(machine),
    ...bindCells(machine),
    ...bindGamut(machine),
    ...bindInformation(machine),
    ...bindFields(machine),
    ...bindDetail(machine),
    ...bindDots(machine),
    ...bindEcho(machine),
    ...bindLight(machine),
    ...bindLuma(machine),
    ...bindProfiles(machine),
    ...bindScale(machine),
    ...bindGrid(machine),
    ...bindStepProfiles(machine),
  };
}
