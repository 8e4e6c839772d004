export { measureBands8, measureBands16 } from "./bands";
export { measureCells8, measureCells16 } from "./cells";
export { measureInformation8, measureInformation16 } from "./information";
export { countOutside8, countOutside16 } from "./gamut";
export { measureFields8, measureFields16 } from "./fields";
export { measureDetail8, measureDetail16 } from "./detail";
export { findDots8, findDots16 } from "./dots";
export { measureEcho8, measureEcho16 } from "./echo";
export { measureGrid8, measureGrid16 } from "./grid";
export { measureLight } from "./light";
export { measureLuma8, measureLuma16 } from "./luma";
export { measureProfiles8, measureProfiles16 } from "./profiles";
export { scalePlane8, scalePlane16 } from "./scale";
export { foldProfile, measureStepProfiles8, measureStepProfiles16 } from "./step-profiles";
export { addSteps, dropNonFinite, largestBetween, sumProducts, sumWindow, weighSamples } from "./sound";
export { addToMix, decimate, sumSquaredSteps, sumWeighted } from "./mix";
export { sumSlots } from "./slots";
export { findFlatTops, measurePlateaus } from "./tops";

/** Address of the first byte that no kernel uses by itself. */
export function freeMemoryStart(): usize {
  return __heap_base;
}
