/** Judges all signals of one media, and gathers what its report tells of them: while they are measured, or again from their files. */
import { createHash } from "node:crypto";
import {
  type CodedPictures,
  type Defect,
  type DefectEvent,
  type Judge,
  type JudgePlan,
  type Lane,
  laneKey,
  type LaneSignals,
  openJudge,
  openLoudnessSummary,
  openOneFault,
  openStreamSummary,
  withProbableCauses,
  openSyncSummary,
  openShots,
  type SignalBlock,
  type TrackLoudness,
  type TrackSync,
} from "./analyzers/index.js";
import { fastWidth } from "./decoder/index.js";
import { type Chapter, type Envelope, openChapters, openEnvelopes } from "./notifier/index.js";

export interface JudgingRequest extends Omit<JudgePlan, "identify" | "measuredWidth"> {
  /** Whose defects these are: it enters their ids. */
  readonly job: { readonly id: string; readonly run: number };
  /** Hears what the judge finds, as soon as it does. */
  found(events: readonly DefectEvent[]): void;
}

/** What a report tells of media beside its defects. */
export interface GatheredMedia {
  readonly envelopes: readonly Envelope[];
  readonly loudness: readonly TrackLoudness[];
  /** How the picture is coded; absent where there is none, or where nobody asked for its signals. */
  readonly pictures?: CodedPictures;
  readonly sync: readonly TrackSync[];
  /** The picture's shots; none where there is no picture, or where cuts were not looked for. */
  readonly chapters: readonly Chapter[];
}

/** What is known of the media when all of it was judged. */
export interface JudgedMedia extends GatheredMedia {
  /** Every defect as it stands at the end. */
  readonly defects: readonly Defect[];
  /** At least one detector has seen something. */
  readonly judged: boolean;
  /** Detectors that did not run, and why. */
  readonly off: Judge["off"];
}

/** Gathers it while the signals pass by; memory stays the same however long the media is. */
export interface Gathering {
  push(block: SignalBlock): void;
  end(lane: Lane, endSeconds: number): void;
  read(): GatheredMedia;
}

export function openGathering(lanes: readonly LaneSignals[]): Gathering {
  const envelopes = openEnvelopes();
  const loudness = openLoudnessSummary();
  const pictures = openStreamSummary();
  const sync = openSyncSummary(lanes);
  const chapters = openChapters();
  const shots = openShots(chapters.push);
  return {
    push(block) {
      envelopes.push(block);
      loudness.push(block);
      sync.push(block);
      shots.push(block);
      pictures.push(block);
    },
    end(lane, endSeconds) {
      sync.end(lane, endSeconds);
      if (lane.name === "picture") shots.end(endSeconds);
    },
    read: () => ({
      ...definedPictures(pictures.read()),
      envelopes: envelopes.read(),
      loudness: loudness.read(),
      sync: sync.read(),
      chapters: chapters.read(),
    }),
  };
}

/** Judges signals as they come; what one fault makes two detectors see is told as one. */
export interface Judging extends Pick<Judge, "off" | "judged"> {
  push(block: SignalBlock): DefectEvent[];
  end(lane: Lane, endSeconds: number): DefectEvent[];
}

/** @throws FramewatchError `usage` for a wrong `only` */
export function openJudging(plan: Omit<JudgePlan, "measuredWidth">): Judging {
  const judge = openJudge({ ...plan, ...(plan.profile === "fast" && { measuredWidth: fastWidth }) });
  const oneFault = openOneFault();
  let pictureSeconds = Number.NEGATIVE_INFINITY;
  return {
    off: judge.off,
    get judged() {
      return judge.judged;
    },
    push(block) {
      if (block.lane.name === "picture") pictureSeconds = block.pts.at(-1) ?? pictureSeconds;
      return oneFault.take(judge.push(block), pictureSeconds);
    },
    end(lane, endSeconds) {
      const told = oneFault.take(judge.end(lane, endSeconds), pictureSeconds);
      return lane.name === "picture" ? [...told, ...oneFault.end()] : told;
    },
  };
}

export interface MediaJudging {
  push(block: SignalBlock): void;
  end(lane: Lane, endSeconds: number): void;
  /** Defects so far. */
  countDefects(): number;
  read(): JudgedMedia;
}

/** @throws FramewatchError `usage` for a wrong `only` */
export function openMediaJudging({ job, found, ...plan }: JudgingRequest): MediaJudging {
  const judging = openJudging({
    ...plan,
    identify: (detector, lane, ordinal) => defectId(job.id, job.run, detector, laneKey(lane), ordinal),
  });
  const gathering = openGathering(plan.lanes);
  const defects = new Map<string, Defect>();

  function tell(events: readonly DefectEvent[]): void {
    for (const { defect } of events) defects.set(defect.id, defect);
    if (events.length > 0) found(events);
  }

  return {
    push(block) {
      gathering.push(block);
      tell(judging.push(block));
    },
    end(lane, endSeconds) {
      gathering.end(lane, endSeconds);
      tell(judging.end(lane, endSeconds));
    },
    countDefects: () => defects.size,
    read: () => ({
      ...gathering.read(),
      defects: withProbableCauses([...defects.values()]),
      judged: judging.judged,
      off: judging.off,
    }),
  };
}

function definedPictures(pictures: CodedPictures | undefined): Pick<JudgedMedia, "pictures"> {
  return pictures === undefined ? {} : { pictures };
}

/** The same whenever the same media is judged again: a repeat of an alert is known by it. */
export function defectId(...parts: readonly (string | number)[]): string {
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, 24);
}
