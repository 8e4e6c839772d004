/** The life of a live stream in this process: its time, what the judge finds in it, its hours and its present state. */
import type { AnalysisProgress } from "../analysis-task.js";
import {
  type DefectEvent,
  type JudgePlan,
  laneKey,
  type LaneSignals,
  openChangedFormat,
  openLostInput,
  openStreamTime,
  type Policy,
  type SignalBlock,
} from "../analyzers/index.js";
import type { MediaInfo, PlacedMark } from "../decoder/index.js";
import { displaySource } from "../display-source.js";
import type { FramewatchError } from "../errors.js";
import type { StreamListener } from "./follow-stream.js";
import { type Job, type LiveSource, type LiveStretch, type PlaylistEvent, streamOf } from "../ingest/index.js";
import { type Judging, openJudging } from "../judge-media.js";
import { judgePlaylists } from "./judge-playlists.js";
import type { StreamStatus, ToldStatus } from "./stream-status.js";
import { openLevels, openRate } from "./stream-readings.js";
import { type LiveMoment, openLiveIds } from "../notifier/index.js";

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
  /** @param completeAtMilliseconds wall clock of the moment at which the evidence for it had arrived */
  found(events: readonly DefectEvent[], completeAtMilliseconds: number): void;
  input(state: "lost" | "running"): void;
  /** Something is to be spliced in, in stream time. */
  mark(mark: PlacedMark): void;
}

/** It hears of the stream what `followStream` tells. */
export interface StreamLife extends StreamListener {
  /** A fault of the playlists of an HLS source began, or is over. */
  playlist(event: PlaylistEvent): void;
  /** Looks at the clock: whether media still comes. Call it about twice a second. */
  tick(): void;
  /** The stream is over, or left: what is open ends. */
  end(): void;
  /** Stream time of now, or at which the stream ended. */
  readonly nowSeconds: number;
  /** Stream time from which on this process has media; undefined before the first. */
  readonly sinceSeconds: number | undefined;
  /** Wall clock (milliseconds) of a moment of the stream. */
  wallClockAt(seconds: number): number;
  /** When what is shown at a moment of the stream arrived, and its time stamp in the coded stream. */
  momentAt(seconds: number): LiveMoment;
  /** The same of the end of what began at `startSeconds`: with a time stamp only where the two can be compared. */
  endAt(startSeconds: number, seconds: number): LiveMoment;
  /** Something was judged since the last media of another shape. */
  readonly judged: boolean;
  readonly off: Judging["off"];
  readonly media: MediaInfo | undefined;
  readonly isUp: boolean;
  status(): Omit<StreamStatus, keyof ToldStatus>;
}

/** Media is late by network and decoding; when none was measured for so long, the stream is not up. */
const upSeconds = 5;

export function openStreamLife(facts: StreamLifeFacts): StreamLife {
  const { job, policy, only, source, startedAtMilliseconds, listener, now } = facts;
  const stream = streamOf(job);
  const time = openStreamTime(startedAtMilliseconds);
  const ids = openLiveIds(stream);
  const identify: JudgePlan["identify"] = (detector, lane, _, startSeconds) =>
    ids.next(detector, laneKey(lane), time.wallClockAt(startSeconds));
  const identifyInput = (detector: string, startSeconds: number): string =>
    ids.next(detector, "input", time.wallClockAt(startSeconds));
  const format = openChangedFormat(policy, identifyInput);
  const rate = openRate(now);
  const levels = openLevels();
  let judging: Judging | undefined;
  let lanes: readonly LaneSignals[] = [];
  let media: MediaInfo | undefined;
  let shape = "";
  let endedSeconds: number | undefined;
  let lastBlockSeconds = nowSeconds();
  let hasMedia = false;
  let failure: string | undefined;
  let input: "lost" | "running" | undefined;
  const lost = openLostInput(policy, identifyInput, nowSeconds());
  let present: LiveStretch | undefined;
  /** The present stretch has ended, and what it left in the decoder comes out. */
  let isOver = false;
  let sinceSeconds: number | undefined;

  function nowSeconds(): number {
    return endedSeconds ?? (now() - startedAtMilliseconds) / 1000;
  }

  function tell(events: readonly DefectEvent[], completeAtMilliseconds = now()): void {
    const wanted = only === undefined ? events : events.filter(({ defect }) => only.includes(defect.type));
    if (wanted.length > 0) listener.found(wanted, completeAtMilliseconds);
  }

  function momentAt(seconds: number): LiveMoment {
    const sourceSeconds = time.stampAt(seconds);
    return { atMilliseconds: time.arrivedAt(seconds), ...(sourceSeconds === undefined ? {} : { sourceSeconds }) };
  }

  function setInput(state: "lost" | "running"): void {
    if (state === input) return;
    input = state;
    listener.input(state);
  }

  function endJudging(): void {
    if (judging === undefined) return;
    for (const { lane } of lanes) tell(judging.end(lane, Math.max(time.reachedSeconds, 0)));
  }

  function beginJudging(nextMedia: MediaInfo, nextLanes: readonly LaneSignals[], nextShape: string): void {
    endJudging();
    shape = nextShape;
    media = nextMedia;
    lanes = nextLanes;
    const awaited = lanes.map(({ lane }) => lane);
    tell(lost.expect(awaited, nowSeconds()));
    const plan = { policy, media, lanes, profile: job.profile, ...(only === undefined ? {} : { only }), identify };
    judging = openJudging(plan);
    listener.media(media, [...lanes, ...playlists.lanes]);
  }

  /** Playlists are watched also while no media can be had: they are judged by themselves. */
  const playlists = judgePlaylists(facts, identify, (block) => {
    listener.block(block);
    tell(playlists.judge(block));
  });

  return {
    began(stretch: LiveStretch, nextMedia: MediaInfo, nextLanes: readonly LaneSignals[]) {
      const atSeconds = Math.max(0, (stretch.beganAtMilliseconds - startedAtMilliseconds) / 1000);
      sinceSeconds ??= atSeconds;
      time.begin(atSeconds, {
        originSeconds: nextMedia.originSeconds,
        wallClockOf: (stampSeconds) => stretch.wallClockOf?.(stampSeconds),
      });
      isOver = false;
      void stretch.ended.then(() => {
        if (stretch === present) isOver = true;
      });
      present = stretch;
      const changes = format.began(nextMedia, Math.max(atSeconds, time.reachedSeconds));
      const nextShape = shapeOf(nextMedia, nextLanes);
      if (nextShape !== shape) beginJudging(nextMedia, nextLanes, nextShape);
      tell(changes);
    },

    block(block) {
      if (judging === undefined || endedSeconds !== undefined) return;
      if (isOver) {
        // These pictures came long ago, and waited for nothing but the end.
        block.signals["source.waitSeconds"]?.fill(0);
      } else {
        setInput("running");
        lastBlockSeconds = nowSeconds();
        hasMedia = true;
        failure = undefined;
        tell(lost.came(block.lane, lastBlockSeconds));
      }
      const placed = time.place(block, nowSeconds());
      levels.note(placed);
      format.note(placed);
      listener.block(placed);
      tell(judging.push(placed), Math.min(now(), time.arrivedAt(placed.pts.at(-1) ?? 0)));
    },

    mark({ startSeconds, sentSeconds = startSeconds, ...mark }) {
      const atSeconds = time.placeMoment(sentSeconds);
      if (atSeconds === undefined || endedSeconds !== undefined) return;
      listener.mark({ ...mark, startSeconds: atSeconds + startSeconds - sentSeconds, sentSeconds: atSeconds });
    },

    progress: (progress: AnalysisProgress) => rate.note(progress.frames),

    failed(error: FramewatchError) {
      failure = error.message;
    },

    playlist: (event) => playlists.manifest?.take(event, nowSeconds()),

    tick() {
      if (endedSeconds !== undefined) return;
      if (nowSeconds() - lastBlockSeconds >= upSeconds) setInput("lost");
      playlists.manifest?.tick(nowSeconds());
      tell(lost.tick(nowSeconds(), failure ?? source.status.reason));
    },

    end() {
      if (endedSeconds !== undefined) return;
      const lastSeconds = nowSeconds();
      endedSeconds = hasMedia ? time.reachedSeconds : lastSeconds;
      // Afterwards the source only knows that it was closed.
      failure ??= source.status.reason;
      endJudging();
      // Their faults begin by the wall clock, which may be behind the last picture: none may end before it began.
      tell(playlists.end(Math.max(lastSeconds, endedSeconds)));
      tell(lost.end(nowSeconds()));
    },

    get nowSeconds() {
      return nowSeconds();
    },
    get sinceSeconds() {
      return sinceSeconds;
    },
    wallClockAt: (seconds) => time.wallClockAt(seconds),
    momentAt,
    endAt: (startSeconds, seconds) =>
      time.runsOn(startSeconds, seconds) ? momentAt(seconds) : { atMilliseconds: time.arrivedAt(seconds) },
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
      return endedSeconds === undefined && input === "running";
    },

    status() {
      const reason = failure ?? (endedSeconds === undefined ? source.status.reason : undefined);
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
    if (endedSeconds !== undefined) return "ended";
    if (hasMedia && nowSeconds() - lastBlockSeconds < upSeconds) return "running";
    if (source.status.isUp) return hasMedia ? "stalled" : "connecting";
    return hasMedia || source.status.reconnects > 0 ? "reconnecting" : "connecting";
  }
}

/** What detectors are begun with; where that stays the same, what they know goes on over a reconnect. */
function shapeOf({ video, audio, container }: MediaInfo, lanes: readonly LaneSignals[]): string {
  const { streamIndex: _, declaredBitsPerSecond: __, frameRate = 0, ...rest } = video ?? {};
  // Of streams that do not say it, the rate is measured, each time a little differently.
  const picture = { ...rest, frameRate: Math.round(frameRate) };
  const sound = audio.map(({ codec, channels, layout, sampleRateHz }) => [codec, channels, layout, sampleRateHz]);
  return JSON.stringify([container, picture, sound, lanes]);
}
