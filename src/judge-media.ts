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
  openJudge,
  openLoudnessSummary,
  openSyncSummary,
  openShots,
  openOneFault,
  openStreamSummary,
  type SignalBlock,
  type TrackLoudness,
  type TrackSync,
  withProbableCauses,
} from "./analyzers/index.js";
import { type Chapter, type Envelope, openChapters, openEnvelopes } from "./notifier/index.js";

export interface JudgingRequest extends Omit<JudgePlan, "identify"> {
  /** Whose defects these are: it enters their ids. */
  readonly job: { readonly id: string; readonly run: number };
  /** Hears what the judge finds, as soon as it does. */
  found(events: readonly DefectEvent[]): void;
}

/** What is known of the media when all of it was judged. */
export interface JudgedMedia {
  /** Every defect as it stands at the end. */
  readonly defects: readonly Defect[];
  /** At least one detector has seen something. */
  readonly judged: boolean;
  /** Detectors that did not run, and why. */
  readonly off: Judge["off"];
  readonly envelopes: readonly Envelope[];
  readonly loudness: readonly TrackLoudness[];
  readonly sync: readonly TrackSync[];
  /** The picture's shots; none where there is no picture, or where cuts were not looked for. */
  readonly chapters: readonly Chapter[];
  /** How the picture is coded; absent where there is none, or where nobody asked for its signals. */
  readonly pictures?: CodedPictures;
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
  const judge = openJudge({
    ...plan,
    identify: (detector, lane, ordinal) => defectId(job.id, job.run, detector, laneKey(lane), ordinal),
  });
  const defects = new Map<string, Defect>();
  const envelopes = openEnvelopes();
  const loudness = openLoudnessSummary();
  const sync = openSyncSummary(plan.lanes);
  const chapters = openChapters();
  const shots = openShots(chapters.push);
  const pictures = openStreamSummary();
  const oneFault = openOneFault();
  let pictureSeconds = Number.NEGATIVE_INFINITY;

  function tell(events: readonly DefectEvent[]): void {
    for (const { defect } of events) defects.set(defect.id, defect);
    if (events.length > 0) found(events);
  }

  return {
    push(block) {
      envelopes.push(block);
      loudness.push(block);
      sync.push(block);
      shots.push(block);
      pictures.push(block);
      if (block.lane.name === "picture") pictureSeconds = block.pts.at(-1) ?? pictureSeconds;
      tell(oneFault.take(judge.push(block), pictureSeconds));
    },
    end(lane, endSeconds) {
      sync.end(lane, endSeconds);
      if (lane.name === "picture") shots.end(endSeconds);
      tell(oneFault.take(judge.end(lane, endSeconds), pictureSeconds));
      if (lane.name === "picture") tell(oneFault.end());
    },
    countDefects: () => defects.size,
    read: () => ({
      ...definedPictures(pictures.read()),
      defects: withProbableCauses([...defects.values()]),
      judged: judge.judged,
      off: judge.off,
      envelopes: envelopes.read(),
      loudness: loudness.read(),
      sync: sync.read(),
      chapters: chapters.read(),
    }),
  };
}

function definedPictures(pictures: CodedPictures | undefined): Pick<JudgedMedia, "pictures"> {
  return pictures === undefined ? {} : { pictures };
}

/** The same whenever the same media is judged again: a repeat of an alert is known by it. */
function defectId(...parts: readonly (string | number)[]): string {
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, 24);
}
