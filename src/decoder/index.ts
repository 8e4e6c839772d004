export { shortfall } from "./completeness.js";
export type { DecodeErrorKind, DecodeOutcome } from "./decode-outcome.js";
export { decode } from "./decode.js";
export type { DecodeRequest, DecodeSinks } from "./decode-request.js";
export type { Arrival, AudioBlock, FrameMemory, Plane, VideoFrame } from "./frame.js";
export { detectHardware } from "./hardware.js";
export type { AudioTrack, MediaInfo, VideoTrack } from "./media-info.js";
export { describePixelFormat } from "./pixel-format.js";
export {
  indicatorNames,
  type TransportFacts,
  type TransportIndicator,
  transportIndicators,
  type TransportSample,
} from "./transport/indicators.js";
export { readTransport } from "./transport/read-file.js";
export { probe } from "./probe.js";
export { type JoinedOutcome, joinOutcomes, latest } from "./join-outcomes.js";
