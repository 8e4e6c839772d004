export { measureBands8, measureBands16 } from "./bands";
export { measureCells8, measureCells16 } from "./cells";
export { measureInformation8, measureInformation16 } from "./information";
export { sumDifferences8, sumDifferences16 } from "./difference";
export { countOutside8, countOutside16 } from "./gamut";
export { measureFields8, measureFields16 } from "./fields";
export { measureLuma8, measureLuma16 } from "./luma";
export { scalePlane8, scalePlane16 } from "./scale";
export { dropNonFinite, largestBetween, weighSamples } from "./sound";

/** Address of the first byte that no kernel uses by itself. */
export function freeMemoryStart(): usize {
  return __heap_base;
}
