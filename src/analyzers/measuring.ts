/**
 * What the analysis worker enters this room by. It measures and judges nothing: policies, detectors and what reads them,
 * which `index.ts` has too, would be loaded into each of its threads (measured, with the decoder's: 0.15 s and 7 MB of heap).
 */
export { inferenceClient } from "./inference/client.js";
export { openMeasuring } from "./pipeline.js";
export { packBlock } from "./signal-record.js";
export { openSignalWriter } from "./signal-writer.js";
