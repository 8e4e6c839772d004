export type { Verdict } from "../analyzers/index.js";
export { type Alert, type AlertDraft, type AlertJob, alertJsonSchema, alertSchema, type RejectedMessage } from "./alert.js";
export { type Alerts, openAlerts, publishRejected } from "./alerts.js";
export { displaySource } from "../display-source.js";
export { type DefectEntry, defectEntrySchema, type Evidence } from "./defect-entry.js";
export type { IncidentChange, IncidentStep } from "./incidents/incident-log.js";
export { type LiveIds, liveDefectId, openLiveIds } from "./incidents/live-defect-id.js";
export { openOriginGroups, type OriginAlert, type OriginGroups, type OriginMember, originOf } from "./incidents/origin-groups.js";
export { stateAsTold } from "./incidents/state-as-told.js";
export {
  type Acknowledgement,
  type OpenIncident,
  openStreamIncidents,
  type StreamIncidents,
} from "./incidents/stream-incidents.js";
export { type StreamIncidentsState, streamIncidentsStateSchema } from "./incidents/stream-state.js";
export type { PublishObserver } from "./publish.js";
export type { Sink } from "./sinks/sink.js";
export { snsSink, verifyTopic } from "./sinks/sns.js";
export { stdoutSink } from "./sinks/stdout.js";
export { verifyWebhook, webhookSink } from "./sinks/webhook.js";
export { chapterPaths, makeChapterPictures, pictured } from "./evidence/chapter-pictures.js";
export { type ClipEncoder, detectClipEncoder } from "./evidence/clip-encoder.js";
export { type EvidenceClock, type EvidenceQueue, openEvidenceQueue, systemClock } from "./evidence/evidence-queue.js";
export {
  type IncidentEvidence,
  type MadeEvidence,
  openIncidentEvidence,
  type StoredPictures,
} from "./evidence/incident-evidence.js";
export { evidencePaths } from "./evidence/evidence-paths.js";
export type { LiveMoment } from "./evidence/ring-cut.js";
export { type EvidenceLinks, type LiveIncident, type OverIncident } from "./evidence/live-incident.js";
export { evidenceOf, makeThumbnails, type Thumbnail } from "./evidence/thumbnail.js";
export { type Chapter, type Chapters, openChapters } from "./report/chapters.js";
export { loudnessLimits } from "./report/loudness-limits.js";
export { type Envelope, type Envelopes, openEnvelopes } from "./report/envelope.js";
export {
  buildReport,
  countByType,
  type Performance,
  type ReportFacts,
  type ReportJob,
  type ReportMedia,
  markerEntry,
} from "./report/json.js";
export { type Report, reportJsonSchema, reportSchema } from "./report/schema.js";
export { type PageFacts, renderPage } from "./report/html.js";
export { writeReport, type WrittenReport } from "./report/write.js";
export { roundSeconds, roundValue, roundValues } from "./rounding.js";
