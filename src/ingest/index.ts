export { parseMessage, type ParsedMessage, type Rejection } from "./envelope.js";
export {
  identifyJob,
  identifyLive,
  type Job,
  jobIdentity,
  jobJsonSchema,
  type JobRequest,
  type LiveJob,
  parseCancel,
  parseJob,
  priorities,
  type Priority,
  type Profile,
  profiles,
  streamOf,
} from "./job.js";
export { type JobMode, modeOf } from "./mode.js";
export { type LiveHold, type LiveTimes, liveTimes } from "./live-hold.js";
export { type LiveLeases, openLiveLeases } from "./live-leases.js";
export { claimLive, type LiveClaim, type LiveClaimTimes, liveClaimTimes } from "./live-claim.js";
export { type Lease, type LeaseTimes, leaseTimes } from "./lease.js";
export { isLivePlaylist } from "./live/is-live-playlist.js";
export { checkPlaylists } from "./manifest/check-playlists.js";
export { type PlaylistEvent, type PlaylistWatch, watchPlaylist } from "./manifest/watch-playlist.js";
export {
  type ManifestFacts,
  type ManifestFault,
  type ManifestFaultKind,
  manifestFaultKinds,
} from "./manifest/facts.js";
export type { LiveRing, LiveSource, LiveSourceStatus, LiveStretch, StretchEnd } from "./live/live-source.js";
export type { MediaInput } from "./media-input.js";
export { type EgressProxy, openEgressProxy } from "./egress-proxy.js";
export { isUnderPrefix } from "./output-prefix.js";
export {
  type Delivery,
  openPoller,
  type PolledQueue,
  type Poller,
  type PollerStatus,
  type PollerTimes,
  pollerTimes,
} from "./poller.js";
export { rejectMessage } from "./rejection.js";
export { checkRegion, describeAwsAccess, openQueue, type Queue, type QueueMessage } from "./sqs.js";
export { isPlaylist } from "./live/open-receiver.js";
export { type LiveGateway, openLiveGateway } from "./live/live-gateway.js";
export { type LiveAccess, type LiveSourceOptions, openLiveSource } from "./live/open-live-source.js";
export { openS3Gateway, type S3Gateway } from "./s3-gateway.js";
export { openSource, type OpenedSource, type SourceAccess } from "./source.js";
export { checkSource, type SourceKind, sourceKind, type SourceRules } from "./source-guard.js";
export { type Segment, type SegmentPlan, seamsAgree, segmentsJoin } from "./segments.js";
export { openRunPlan, type RunFacts, type RunPlan } from "./run-plan.js";
export type { PictureShare } from "./picture-share.js";
export type { Analyse, RunHooks, SegmentRunner, SegmentTask } from "./segment-runner.js";
export type { DoneMark } from "./job-claim.js";
export { type Claim, type DoneClaim, type JobState, openJobState } from "./job-state.js";
export { openRunHere, type RunnerParts } from "./run-here.js";
export { joinFleet } from "./join-fleet.js";
export type { Fleet } from "./run-on-fleet.js";
export { openSlots, type Slots } from "./slots.js";
export { type CancelWatch, liveLookMilliseconds, requestCancel, watchCancel } from "./cancellation.js";
