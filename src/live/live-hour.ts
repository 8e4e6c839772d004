/** What is reported of one hour of a live stream: gathered while it passes, written as it rolls. */
import path from "node:path";
import {
  type LaneFiles,
  laneKey,
  type LaneSignals,
  openLaneFiles,
  type Policy,
  type SignalBlock,
  verdictOf,
} from "../analyzers/index.js";
import type { MediaInfo, PlacedMark } from "../decoder/index.js";
import type { Engine } from "../engine.js";
import { type Gathering, openGathering } from "../judge-media.js";
import {
  buildReport,
  type DefectEntry,
  type Evidence,
  type IncidentChange,
  loudnessLimits,
  type MadeEvidence,
  markerEntry,
  type Report,
  type ReportJob,
} from "../notifier/index.js";
import { mostMarks } from "../read-beside.js";
import type { Page } from "../publish-report.js";
import { version } from "../version.js";

/** The UTC hour of a moment as reports are filed by it: `2026-11-21T09Z`. */
export function hourOf(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, 13)}Z`;
}

export interface HourFacts {
  readonly engine: Engine;
  readonly job: ReportJob;
  readonly policy: Policy;
  /** A folder of the hour's own, for its signals. */
  readonly folder: string;
  /** Stream time at which it begins, and wall clock (RFC 3339). */
  readonly startSeconds: number;
  readonly startTime: string;
  /** What is open when it begins. */
  readonly open: readonly DefectEntry[];
  /** What another process reported of this hour before it gave the stream away, or died. */
  readonly earlier?: Report;
  /** What it told of this hour, in its order: the report may be a bit older. */
  readonly told?: readonly DefectEntry[];
}

/** One hour. Its times are those of the stream, which run on from hour to hour. */
export interface LiveHour {
  /** Media of other tracks or of another shape comes from here on: what is gathered of signals begins anew. */
  media(media: MediaInfo, lanes: readonly LaneSignals[]): void;
  push(block: SignalBlock): void;
  /** A change of an incident, whether people were told of it or not. */
  tell(change: IncidentChange): void;
  /** Something is to be spliced in, in stream time. A message that is sent again is listed once. */
  mark(mark: PlacedMark): void;
  /** The report as it stands. */
  page(now: HourEnd): Page;
  /** The last page, with its signals; nothing is taken any more. */
  finish(now: HourEnd): Page;
  close(): void;
}

export interface HourEnd {
  readonly endSeconds: number;
  readonly judged: boolean;
  readonly off: readonly { readonly type: string; readonly reason: string }[];
  /** What there is of a defect's evidence, its paths relative to this hour's report. */
  evidence(defectId: string): MadeEvidence;
}

export function openLiveHour({ engine, job, policy, folder, open, earlier, told = [], ...begins }: HourFacts): LiveHour {
  const started = performance.now();
  const { startSeconds, startTime = begins.startTime } = earlier?.media?.range ?? begins;
  const defects = new Map([...(earlier?.defects ?? []), ...open].map((defect) => [defect.id, defect]));
  for (const { evidence: _expected, ...defect } of told) {
    const reported = defects.get(defect.id);
    if (reported?.endSeconds === undefined) defects.set(defect.id, { ...defect, ...known(reported?.evidence) });
  }
  const log: IncidentLine[] = [...(earlier?.incidentLog ?? [])];
  let media: MediaInfo | undefined;
  let lanes: readonly LaneSignals[] = [];
  let gathering: Gathering | undefined;
  let files: LaneFiles | undefined;
  let parts = 0;
  const markers = new Map((earlier?.markers ?? []).map((marker) => [nameOf(marker), marker]));
  let frames = earlier?.performance?.frames ?? 0;

  function describe({ endSeconds, judged, off, evidence }: HourEnd): Page["report"] {
    const found = [...defects.values()].toSorted((one, other) => one.startSeconds - other.startSeconds);
    const gathered = gathering?.read();
    const pictureEnd = frames > 0 ? { pictureEndSeconds: endSeconds } : { soundEndSeconds: endSeconds };
    const report = buildReport({
      job,
      ...(media === undefined
        ? {}
        : { media: { info: media, outcome: { frames, ...pictureEnd }, range: { startSeconds, endSeconds, startTime } } }),
      verdict: verdictOf({ defects: found, complete: true, judged: judged || found.length > 0, policy }),
      defects: [],
      detectorsOff: off,
      ...(gathered?.pictures === undefined ? {} : { pictures: gathered.pictures }),
      loudness: gathered?.loudness ?? [],
      sync: gathered?.sync ?? [],
      loudnessLimits: loudnessLimits(policy),
      chapters: gathered?.chapters ?? [],
      models: media?.video === undefined ? [] : [...(engine.inference?.facts ?? [])],
      performance: {
        wallSeconds: (performance.now() - started) / 1000,
        decoder: engine.decoder,
        finishedAt: new Date(),
        framewatch: version,
      },
    });
    const withEvidence = found.map((defect) => ({ ...defect, ...known(evidence(defect.id).evidence) }));
    const splices = [...markers.values()].toSorted((one, other) => one.startSeconds - other.startSeconds);
    return {
      ...report,
      defects: withEvidence,
      ...(splices.length === 0 ? {} : { markers: splices }),
      ...(log.length === 0 ? {} : { incidentLog: log }),
    };
  }

  function pageOf(now: HourEnd, signalFiles: Page["signalFiles"]): Page {
    const envelopes = gathering?.read().envelopes ?? [];
    const pictures = [...defects.keys()].flatMap((id) => {
      const { pictures: small } = now.evidence(id);
      return small === undefined ? [] : [[id, small] as const];
    });
    return {
      report: describe(now),
      thumbnails: new Map(),
      storedPictures: new Map(pictures),
      chapterPictures: [],
      envelopes,
      signalFiles,
    };
  }

  return {
    media(nextMedia, nextLanes) {
      media = nextMedia;
      lanes = nextLanes;
      files?.close();
      gathering = openGathering(lanes);
      files = openLaneFiles(path.join(folder, `signals-${parts++}`), {
        lanes,
        facts: { job: { id: job.id, source: job.source, profile: job.profile, labels: job.labels }, software: version, media },
      });
    },
    push(block) {
      gathering?.push(block);
      files?.write(block);
      if (block.lane.name === "picture") frames += block.pts.length;
    },
    tell({ defect, cause, ...line }) {
      log.push(line);
      if (defect !== undefined) defects.set(defect.id, cause === undefined ? defect : { ...defect, causes: [cause.reason] });
    },
    mark(mark) {
      const marker = markerEntry(mark);
      const name = nameOf(marker);
      if (markers.size < mostMarks && !markers.has(name)) markers.set(name, marker);
    },
    page: (now) => pageOf(now, []),
    finish(now) {
      for (const { lane } of lanes) gathering?.end(lane, now.endSeconds);
      const written = files?.finish(() => ({ startSeconds, endSeconds: now.endSeconds })) ?? [];
      return pageOf(
        now,
        written.map(({ lane, file }) => ({ name: `${laneKey(lane).replace(":", "-")}.signals`, file })),
      );
    },
    close: () => files?.close(),
  };
}

type Marker = NonNullable<Report["markers"]>[number];

/** The same of a message that is sent again, as it is before a splice. */
function nameOf({ sentSeconds: _, startSeconds, ...mark }: Marker): string {
  return JSON.stringify([Math.round(startSeconds * 10), Object.entries(mark).toSorted()]);
}

type IncidentLine = NonNullable<Report["incidentLog"]>[number];

function known(evidence: Evidence = {}): { readonly evidence?: Evidence } {
  return Object.keys(evidence).length === 0 ? {} : { evidence };
}
