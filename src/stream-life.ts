/** The life of a live stream in this process: its time, what the judge finds in it, its hours and its present state. */
import { createHash } from "node:crypto";
import type { AnalysisProgress } from "./analysis-task.js";
import {
  type DefectEvent,
  type Lane,
  laneKey,
  type LaneSignals,
  openLostInput,
  openStreamTime,
  type Policy,
  type SignalBlock,
} from "./analyzers/index.js";
import type { MediaInfo } from "./decoder/index.js";
import { displaySource } from "./display-source.js";
import type { FramewatchError } from "./errors.js";
import type { StreamListener } from "./follow-stream.js";
import { type Job, type LiveSource, type LiveStretch, streamOf } from "./ingest/index.js";
import { type Judging, openJudging } from "./judge-media.js";
import type { StreamStatus } from "./live-status.js";

export interface StreamLifeFacts {
  readonly job: Job;
  readonly policy: Policy;
  readonly only?: readonly string[];
  readonly source: Pick<LiveSource, "status">;
  /** Wall clock of stream time 0. */
  readonly startedAtMilliseconds: number;
  /** Wall clock in milliseconds. */
  now(): number;
  listener: StreamLifeListener;
}

/** Hears what becomes of the stream. */
export interface StreamLifeListener {
  /** Media of another shape comes from now on. */
  media(media: MediaInfo, lanes: readonly LaneSignals[]): void;
  /** A block in stream time, before it is judged. */
  block(block: SignalBlock): void;
  found(events: readonly DefectEvent[]): void;
}

/** It hears of the stream what `followStream` tells. */
export interface StreamLife extends StreamListener {
  /** Looks at the clock: whether media still comes. Call it about twice a second. */
  tick(): void;
  /** The stream is over, or left: what is open ends. */
  end(): void;
  /** Stream time of now. */
  readonly nowSeconds: number;
  /** Wall clock (milliseconds) of a moment of the stream. */
  wallClockAt(seconds: number): number;
  /** Something was judged since the last media of another shape. */
  readonly judged: boolean;
  readonly off: Judging["off"];
  readonly media: MediaInfo | undefined;
  readonly isUp: boolean;
  status(): Omit<StreamStatus, "openIncidents" | "lastAlerts">;
}

/** Media is late by network and decoding; when none was measured for so long, the stream is not up. */
const upSeconds = 5;
const rateWindowMilliseconds = 5000;

export function openStreamLife(facts: StreamLifeFacts): StreamLife {
  const { job, policy, only, source, startedAtMilliseconds, listener, now } = facts;
  const stream = streamOf(job);
  const time = openStreamTime(startedAtMilliseconds);
  const identify = (detector: string, lane: Lane, startSeconds: number): string =>
    liveDefectId(stream, detector, lane, time.wallClockAt(startSeconds));
  const lost = openLostInput(policy, identify);
  const rate = openRate(now);
  const levels = openLevels();
  let judging: Judging | undefined;
  let lanes: readonly LaneSignals[] = [];
  let media: MediaInfo | undefined;
  let shape = "";
  let isOver = false;
  let lastBlockSeconds = nowSeconds();
  let hasMedia = false;
  let failure: string | undefined;

  function nowSeconds(): number {
    return (now() - startedAtMilliseconds) / 1000;
  }

  function tell(events: readonly DefectEvent[]): void {
    if (events.length > 0) listener.found(events);
  }

  function endJudging(): void {
    if (judging === undefined) return;
    for (const { lane } of lanes) tell(judging.end(lane, Math.max(time.reachedSeconds, 0)));
  }

  return {
    began(stretch: LiveStretch, nextMedia: MediaInfo, nextLanes: readonly LaneSignals[]) {
      const { originSeconds } = nextMedia;
      const { wallClockOf } = stretch;
      time.begin(
        Math.max(0, (stretch.beganAtMilliseconds - startedAtMilliseconds) / 1000),
        wallClockOf && ((seconds) => wallClockOf.call(stretch, seconds + originSeconds)),
      );
      const nextShape = shapeOf(nextMedia, nextLanes);
      if (nextShape === shape) return;
      endJudging();
      shape = nextShape;
      media = nextMedia;
      lanes = nextLanes;
      judging = openJudging({
        policy,
        media,
        lanes,
        profile: job.profile,
        ...(only === undefined ? {} : { only }),
        identify: (detector, lane, _, startSeconds) => identify(detector, lane, startSeconds),
      });
      listener.media(media, lanes);
    },

    block(block) {
      if (judging === undefined || isOver) return;
      lastBlockSeconds = nowSeconds();
      hasMedia = true;
      failure = undefined;
      tell(lost.back(lastBlockSeconds));
      const placed = time.place(block, lastBlockSeconds);
      levels.note(placed);
      listener.block(placed);
      tell(judging.push(placed));
    },

    progress: (progress: AnalysisProgress) => rate.note(progress.frames),

    failed(error: FramewatchError) {
      failure = error.message;
    },

    tick() {
      if (!isOver) tell(lost.waiting(lastBlockSeconds, nowSeconds(), failure ?? source.status.reason));
    },

    end() {
      if (isOver) return;
      isOver = true;
      endJudging();
      tell(lost.back(nowSeconds()));
    },

    get nowSeconds() {
      return nowSeconds();
    },
    wallClockAt: (seconds) => time.wallClockAt(seconds),
    get judged() {
      return judging?.judged ?? false;
    },
    get off() {
      return judging?.off ?? [];
    },
    get media() {
      return media;
    },
    get isUp() {
      return !isOver && hasMedia && nowSeconds() - lastBlockSeconds < upSeconds;
    },

    status() {
      const reason = failure ?? source.status.reason;
      const state = stateOf();
      const framesPerSecond = rate.perSecond();
      return {
        jobId: job.id,
        stream,
        source: displaySource(job.source),
        state,
        ...(state === "running" || reason === undefined ? {} : { reason }),
        startedAt: new Date(startedAtMilliseconds),
        mediaSeconds: time.reachedSeconds,
        ...(hasMedia && state === "running" ? { lagSeconds: Math.max(0, nowSeconds() - time.reachedSeconds) } : {}),
        ...(framesPerSecond === undefined || state !== "running" ? {} : { framesPerSecond }),
        reconnects: source.status.reconnects,
        loudness: levels.read(),
      };
    },
  };

  function stateOf(): StreamStatus["state"] {
    if (isOver) return "ended";
    if (hasMedia && nowSeconds() - lastBlockSeconds < upSeconds) return "running";
    if (source.status.isUp) return hasMedia ? "stalled" : "connecting";
    return hasMedia || source.status.reconnects > 0 ? "reconnecting" : "connecting";
  }
}

/** The same in every process that follows the stream: an ordinal would begin again at a take-over, and swallow real alerts. */
export function liveDefectId(stream: string, detector: string, lane: Lane, startMilliseconds: number): string {
  const parts = [stream, detector, laneKey(lane), Math.floor(startMilliseconds / 1000)];
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, 24);
}

/** What detectors are begun with; where that stays the same, what they know goes on over a reconnect. */
function shapeOf({ video, audio, container }: MediaInfo, lanes: readonly LaneSignals[]): string {
  const { streamIndex: _, declaredBitsPerSecond: __, ...picture } = video ?? {};
  const sound = audio.map(({ codec, channels, layout, sampleRateHz }) => [codec, channels, layout, sampleRateHz]);
  return JSON.stringify([container, picture, sound, lanes]);
}

/** Frames per second of wall clock over the last seconds; the counts of a decoder begin at 0. */
function openRate(now: () => number) {
  const marks: { readonly atMilliseconds: number; readonly frames: number }[] = [];
  return {
    note(frames: number) {
      const last = marks.at(-1);
      if (last !== undefined && frames < last.frames) marks.length = 0;
      marks.push({ atMilliseconds: now(), frames });
      while (marks.length > 2 && now() - (marks[0]?.atMilliseconds ?? 0) > rateWindowMilliseconds) marks.shift();
    },
    perSecond(): number | undefined {
      const [first, last] = [marks[0], marks.at(-1)];
      if (first === undefined || last === undefined || last.atMilliseconds <= first.atMilliseconds) return undefined;
      return ((last.frames - first.frames) * 1000) / (last.atMilliseconds - first.atMilliseconds);
    },
  };
}

const loudnessSignals = {
  momentaryLufs: "loudness.momentaryLufs",
  shortTermLufs: "loudness.shortTermLufs",
  integratedLufs: "loudness.integratedLufs",
} as const;

/** The newest loudness of each sound track. */
function openLevels() {
  const tracks = new Map<number, { momentaryLufs?: number; shortTermLufs?: number; integratedLufs?: number }>();
  return {
    note({ lane, signals }: SignalBlock) {
      if (lane.name !== "sound") return;
      const levels = tracks.get(lane.track) ?? {};
      tracks.set(lane.track, levels);
      for (const [name, signal] of Object.entries(loudnessSignals)) {
        const value = signals[signal]?.findLast((one) => !Number.isNaN(one));
        if (value !== undefined) levels[name as keyof typeof loudnessSignals] = value;
      }
    },
    read: () => [...tracks].toSorted(([one], [other]) => one - other).map(([track, levels]) => ({ track, ...levels })),
  };
}
