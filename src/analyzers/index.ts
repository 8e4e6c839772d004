export { openShots, type Shot, type Shots } from "./chapters.js";
export type { Defect, DefectEvent, Severity } from "./defect.js";
export { severities } from "./defect.js";
export { contractDefectTypes, defectTypesNotBuilt, type DefectType } from "./defect-types.js";
export type { DetectorDefinition, Medium, Region, Values } from "./detector.js";
export { detectors } from "./detectors/index.js";
export { inferenceClient, type InferenceClient } from "./inference/client.js";
export { loadModels, measurerOf, type Model, type ModelManifest } from "./inference/manifest.js";
export { type Inference, type ModelFacts, startInference } from "./inference/start.js";
export { type Join, openJoin } from "./join.js";
export { openPace } from "./pace.js";
export { type DetectorOff, type Judge, type JudgePlan, openJudge, wantedSignals } from "./judge.js";
export { type LaneFile, type LaneFiles, openLaneFiles } from "./lane-files.js";
export { type CodedPictures, openStreamSummary } from "./stream-summary.js";
export { openCauseFinder, type CauseFinder, type ProbableCause, withProbableCauses } from "./probable-causes.js";
export { openOneFault } from "./one-fault.js";
export { openChangedFormat } from "./changed-format.js";
export { openLostInput, lostAfterSeconds } from "./lost-input.js";
export { openStreamTime, type StreamTime } from "./stream-time.js";
export { openLoudnessSummary, type TrackLoudness } from "./loudness-summary.js";
export { openSyncSummary, type TrackSync } from "./sync-summary.js";
export type { Measurer, ModelMeasurer, SignalDeclaration } from "./measurer.js";
export { type Measuring, type MeasuringPlan, type MeasuringProfile, openMeasuring, planLanes } from "./pipeline.js";
export type { MaintenanceWindow } from "./maintenance-window.js";
export { builtInPolicies, loadPolicy, type Policy, policyHash, policyJsonSchema, policySchema } from "./policy.js";
export { parseBlock } from "./signal-record.js";
export { type Lane, laneKey, type LaneName, type LaneSignals, type SignalBlock } from "./signal-block.js";
export { readSignalFile, type SignalFile } from "./signal-file.js";
export { openSignalWriter, type SignalFileHeader, type SignalWriter } from "./signal-writer.js";
export { captionBlock, captionTracks, openCaptionTimes } from "./signals/captions.js";
export { type LiveManifest, openLiveManifest } from "./signals/live-manifest.js";
export { manifestBlock } from "./signals/manifest.js";
export {
  captionMeasurers,
  longestLookbackSeconds,
  manifestMeasurers,
  pictureMeasurers,
  soundMeasurers,
  stillMeasurers,
  transportMeasurers,
} from "./signals/index.js";
export { type Judgement, type Verdict, verdictOf, verdicts } from "./verdict.js";
