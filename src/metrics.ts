import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client";

interface MetricDeclaration {
  readonly kind: "counter" | "gauge" | "histogram";
  /** Without the prefix `framewatch_`. */
  readonly name: string;
  readonly help: string;
  readonly labels: readonly string[];
  /** Upper bounds of a histogram's buckets, in its unit. */
  readonly buckets?: readonly number[];
}

const secondsBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800];
const shortSecondsBuckets = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];

/**
 * Every metric of our own, declared once; `docs/metrics.md` is printed from it. A label never holds a job id, URL or
 * object key (each value is a time series for ever); `stream` is set for live streams only.
 */
export const metricTable = {
  jobs: {
    kind: "counter",
    name: "jobs_total",
    help: "Jobs that ended, by outcome: completed, failed, rejected, cancelled.",
    labels: ["outcome"],
  },
  jobsRunning: { kind: "gauge", name: "jobs_running", help: "Jobs that this process works on now, live ones too.", labels: [] },
  framesAnalyzed: { kind: "counter", name: "frames_analyzed_total", help: "Video frames measured by this process.", labels: [] },
  audioSecondsAnalyzed: {
    kind: "counter",
    name: "audio_seconds_analyzed_total",
    help: "Seconds of sound measured by this process, all tracks added.",
    labels: [],
  },
  defects: { kind: "counter", name: "defects_total", help: "Defects found, by type and severity.", labels: ["type", "severity"] },
  streamDefectActive: {
    kind: "gauge",
    name: "stream_defect_active",
    help: "1 while the defect is open on the live stream, else 0.",
    labels: ["stream", "type"],
  },
  streamQualityScore: {
    kind: "gauge",
    name: "stream_quality_score",
    help: "Picture quality of the live stream, 0 to 100. Never set by this version, which has no model that rates quality.",
    labels: ["stream"],
  },
  streamLoudness: {
    kind: "gauge",
    name: "stream_loudness_lufs",
    help: "Loudness of the live stream in LUFS; window is momentary, short-term or integrated.",
    labels: ["stream", "window"],
  },
  streamUp: { kind: "gauge", name: "stream_up", help: "1 while the live stream delivers media, else 0.", labels: ["stream"] },
  alertDelay: {
    kind: "histogram",
    name: "alert_delay_seconds",
    help: "Seconds from the moment the evidence of a defect was complete to the alert's acceptance by SNS.",
    labels: [],
    buckets: secondsBuckets,
  },
  alerts: {
    kind: "counter",
    name: "alerts_total",
    help: "Attempts to hand an alert to a sink, by outcome: accepted; failed, to be tried again; refused, and given up.",
    labels: ["sink", "outcome"],
  },
  alertsWaiting: {
    kind: "gauge",
    name: "alerts_waiting",
    help: "Alerts written down that the sink has not accepted yet.",
    labels: ["sink"],
  },
  alertsHeldBack: {
    kind: "counter",
    name: "alerts_held_back_total",
    help: "Changes of live incidents that nobody was told of when they happened, by reason: flapping, limit, lost-input, origin-lost, gathering, maintenance, acknowledged.",
    labels: ["reason"],
  },
  stageSeconds: {
    kind: "histogram",
    name: "stage_seconds",
    help: "Seconds that one stage of a job took, such as probe, analyse, evidence, report.",
    labels: ["stage"],
    buckets: secondsBuckets,
  },
  realTimeFactor: {
    kind: "gauge",
    name: "real_time_factor",
    help: "Media seconds analysed per second of wall clock, of the job that ended last.",
    labels: [],
  },
  inferenceBatchSize: {
    kind: "histogram",
    name: "inference_batch_size",
    help: "Frames in one batch given to a model.",
    labels: [],
    buckets: [1, 2, 4, 8, 16, 32, 64],
  },
  inferenceSeconds: {
    kind: "histogram",
    name: "inference_seconds",
    help: "Seconds that a model took for one batch.",
    labels: ["model", "provider"],
    buckets: shortSecondsBuckets,
  },
  inferenceProviderInfo: {
    kind: "gauge",
    name: "inference_provider_info",
    help: "1 for the provider that models run on: cuda or cpu.",
    labels: ["provider"],
  },
  decoderInfo: {
    kind: "gauge",
    name: "decoder_info",
    help: "1 for the decoder chosen at the start: nvdec or cpu.",
    labels: ["decoder"],
  },
  capacityStreams: {
    kind: "gauge",
    name: "capacity_streams",
    help: "How many streams like the present ones this process can follow in real time: cores over the processor time of a stream in the last minute; without live streams the real-time factor of the last file.",
    labels: [],
  },
  queueOldestMessageAge: {
    kind: "gauge",
    name: "queue_oldest_message_age_seconds",
    help: "Age of the oldest message received last from the queue of jobs.",
    labels: [],
  },
  lastPollTimestamp: {
    kind: "gauge",
    name: "last_poll_timestamp_seconds",
    help: "Unix time of the last answer of the queue; an old one means that the poller hangs.",
    labels: [],
  },
} as const satisfies Record<string, MetricDeclaration>;

type Table = typeof metricTable;
type LabelOf<Declaration extends MetricDeclaration> = Declaration["labels"][number];
type MetricOf<Declaration extends MetricDeclaration> = Declaration["kind"] extends "counter"
  ? Counter<LabelOf<Declaration>>
  : Declaration["kind"] extends "gauge"
    ? Gauge<LabelOf<Declaration>>
    : Histogram<LabelOf<Declaration>>;

/** The process's metrics as typed fields, on a registry of their own. */
export type Metrics = { readonly [Key in keyof Table]: MetricOf<Table[Key]> } & {
  /** The text that `/metrics` serves, in Prometheus' format; node's and the process's own metrics included. */
  text(): Promise<string>;
  readonly contentType: string;
};

function register(declaration: MetricDeclaration, registry: Registry): Counter | Gauge | Histogram {
  const options = {
    name: `framewatch_${declaration.name}`,
    help: declaration.help,
    labelNames: declaration.labels,
    registers: [registry],
  };
  if (declaration.kind === "counter") return new Counter(options);
  if (declaration.kind === "gauge") return new Gauge(options);
  return new Histogram(declaration.buckets === undefined ? options : { ...options, buckets: [...declaration.buckets] });
}

/** Registers every metric; once per process, or once per test. */
export function openMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const fields = Object.entries<MetricDeclaration>(metricTable).map(([key, declaration]) => [
    key,
    register(declaration, registry),
  ]);
  // The kind of each field follows from the same table that its type is taken from.
  return { ...Object.fromEntries(fields), text: () => registry.metrics(), contentType: registry.contentType } as Metrics;
}
