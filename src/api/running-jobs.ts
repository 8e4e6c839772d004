/** The jobs that this process works on at this moment, for `/api/` and the gauges. */
import { displaySource } from "../display-source.js";
import { type JobRequest, modeOf, streamOf } from "../ingest/index.js";
import type { StreamControls, StreamStatus } from "../live/stream-status.js";
import type { JobProgress } from "../meter.js";
import type { JobEntry } from "./answers.js";

/** A live stream that is followed. */
export interface FollowedStream {
  readonly jobId: string;
  status(): StreamStatus;
  readonly controls: StreamControls;
}

/** One of them, to be kept up to date by who runs it. */
export interface RunningJob {
  progress(progress: JobProgress): void;
  streaming(status: () => StreamStatus, controls: StreamControls): void;
  ended(): void;
}

export interface RunningJobs {
  /** @param policy name of the job's policy */
  begin(id: string, request: JobRequest, policy: string): RunningJob;
  /** In the order in which they began. */
  jobs(): JobEntry[];
  streams(): FollowedStream[];
}

interface Held {
  readonly facts: Omit<JobEntry, "state" | "progress">;
  progress?: JobProgress;
  stream?: FollowedStream;
}

export function openRunningJobs(): RunningJobs {
  const all = new Set<Held>();

  /** A job that was asked for twice waits for itself: it counts once, as the one that runs. */
  function held(): Held[] {
    const byId = new Map<string, Held>();
    for (const one of all) if (!byId.has(one.facts.id)) byId.set(one.facts.id, one);
    return [...byId.values()];
  }

  return {
    begin(id, request, policy) {
      const { source, profile, labels } = request;
      const isLive = modeOf(request) === "live";
      const facts = { id, source: displaySource(source), mode: isLive ? "live" : "file", policy, profile } as const;
      const stream = isLive ? { stream: streamOf(request) } : {};
      const one: Held = { facts: { ...facts, ...stream, startedAt: new Date().toISOString(), labels: { ...labels } } };
      all.add(one);
      return {
        progress(progress) {
          one.progress = progress;
        },
        streaming(status, controls) {
          one.stream = { jobId: id, status, controls };
        },
        ended: () => void all.delete(one),
      };
    },
    jobs: () => held().map(entryOf),
    streams: () => held().flatMap(({ stream }) => stream ?? []),
  };
}

function entryOf({ facts, progress, stream }: Held): JobEntry {
  if (stream !== undefined) return { ...facts, state: stream.status().state };
  if (progress !== undefined) return { ...facts, state: "running", progress };
  return { ...facts, state: "starting" };
}
