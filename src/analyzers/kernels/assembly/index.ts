export { measureCells8, measureCells16 } from "./cells";
export { sumDifferences8, sumDifferences16 } from "./difference";
export { measureLuma8, measureLuma16 } from "./luma";
export { scalePlane8, scalePlane16 } from "./scale";
export { dropNonFinite, largestBetween, weighSamples } from "./sound";

/** Address of the first byte that no kernel uses by itself. */
export function freeMemoryStart(): usize {
  return __heap_base;
}
