import type { Report } from "../../src/notifier/index.js";
import { compareLoudness, type LoudnessComparison, loudnessFilter } from "./loudness-agreement.js";
import type { Span } from "./planter.js";
import { runProgram } from "./program.js";
import { overlaps } from "./score.js";

/** How far a filter of ffmpeg and a detector of ours say the same of the same files. */
export interface Agreement {
  readonly filter: string;
  readonly type: string;
  /** Files that both looked at. */
  readonly files: number;
  /** Stretches that each of them found, and that both found. */
  readonly ours: number;
  readonly theirs: number;
  readonly both: number;
  /** Seconds in which both say the same, fault or none, and seconds looked at. */
  readonly sameSeconds: number;
  readonly seconds: number;
  /** Where they differ. */
  readonly differences: readonly string[];
}

interface Peer {
  readonly filter: string;
  readonly type: string;
  readonly medium: "picture" | "sound";
  /** The stretches that ffmpeg's log tells of; `durationSeconds` ends what it never ends. */
  read(log: string, durationSeconds: number): readonly Span[];
  /** Where ours are not the defects of the type. */
  ours?(report: Report): readonly Span[];
}

/** With our parameters, where the definitions are the same. */
const peers: readonly Peer[] = [
  {
    filter: "blackdetect=d=2:pic_th=0.98:pix_th=0.1",
    type: "black",
    medium: "picture",
    read: (log, end) => pairs(log, /black_start:(\S+)/g, /black_end:(\S+)/g, end),
  },
  {
    filter: "freezedetect=n=0.001:d=2",
    type: "freeze",
    medium: "picture",
    read: (log, end) => pairs(log, /freeze_start: (\S+)/g, /freeze_end: (\S+)/g, end),
  },
  { filter: "idet", type: "interlacing", medium: "picture", read: interlacedThroughout },
  {
    filter: "scdet=threshold=10",
    type: "scene",
    medium: "picture",
    read: (log) => [...log.matchAll(/lavfi\.scd\.time: (\S+)/g)].map(([, time]) => cutAt(Number(time))),
    ours: ({ chapters = [] }) => chapters.slice(1).map(({ startSeconds }) => cutAt(startSeconds)),
  },
  { filter: "cropdetect=limit=24:round=2:reset=0", type: "letterbox", medium: "picture", read: croppedThroughout },
  {
    filter: "silencedetect=n=0.001:d=2",
    type: "silence",
    medium: "sound",
    read: (log, end) => pairs(log, /silence_start: (\S+)/g, /silence_end: (\S+)/g, end),
  },
];

/** Types whose planted files are compared as well as clean ones: without faults there is little to agree on. */
export const comparedTypes: readonly string[] = peers.map(({ type }) => type);

/** What both say of one file. */
export interface Comparison {
  readonly filter: string;
  readonly type: string;
  readonly name: string;
  readonly seconds: number;
  readonly ours: readonly Span[];
  readonly theirs: readonly Span[];
}

/** What ffmpeg says of one file, beside what we say. */
export interface FileComparison {
  readonly spans: readonly Comparison[];
  readonly loudness: LoudnessComparison | undefined;
}

/** Has ffmpeg's filters look at a file that we have looked at. @throws Error when ffmpeg fails */
export async function compareWithFfmpeg(name: string, file: string, report: Report): Promise<FileComparison> {
  const { media } = report;
  const seconds = media?.durationSeconds ?? 0;
  // ebur128 refuses a layout that it does not know.
  const hasLoudness = media?.audio[0]?.layoutGuessed === false;
  const has = { picture: media?.video !== undefined, sound: (media?.audio.length ?? 0) > 0 };
  const chain = (medium: Peer["medium"]) => peers.filter((peer) => peer.medium === medium).map(({ filter }) => filter);
  const { stderr } = await runProgram("ffmpeg", [
    ...["-hide_banner", "-nostdin", "-nostats", "-noautorotate", "-threads", "1", "-i", file],
    ...(has.picture ? ["-map", "0:V:0", "-vf", chain("picture").join(",")] : []),
    ...(has.sound ? ["-map", "0:a:0", "-af", [...chain("sound"), ...(hasLoudness ? [loudnessFilter] : [])].join(",")] : []),
    ...["-fps_mode", "passthrough", "-f", "null", "-"],
  ]);
  const spans = peers
    .filter(({ medium }) => has[medium])
    .map(({ filter, type, read, ours = defectsOf(type) }) => ({
      filter,
      type,
      name,
      seconds,
      ours: ours(report),
      theirs: read(stderr, seconds),
    }));
  return { spans, loudness: hasLoudness ? compareLoudness(name, stderr, report) : undefined };
}

function defectsOf(type: string): (report: Report) => readonly Span[] {
  return ({ media, defects }) =>
    defects
      .filter((defect) => defect.type === type && defect.track === 0)
      .map(({ startSeconds, endSeconds = media?.durationSeconds ?? 0 }) => ({ startSeconds, endSeconds }));
}

/** A cut has no length: two that are less than two frames of a slow film apart are the same. */
function cutAt(seconds: number): Span {
  return { startSeconds: Math.max(0, seconds - 0.04), endSeconds: seconds + 0.04 };
}

function pairs(log: string, startPattern: RegExp, endPattern: RegExp, durationSeconds: number): Span[] {
  const numbers = (pattern: RegExp) => [...log.matchAll(pattern)].map(([, number]) => Number(number));
  const ends = numbers(endPattern);
  return numbers(startPattern).map((startSeconds, index) => ({ startSeconds, endSeconds: ends[index] ?? durationSeconds }));
}

/** idet sums up a file: interlaced where most frames that it is sure of are. */
function interlacedThroughout(log: string, endSeconds: number): Span[] {
  const [, tff = 0, bff = 0, progressive = 0] =
    log.match(/Multi frame detection: TFF: *(\d+) BFF: *(\d+) Progressive: *(\d+)/)?.map(Number) ?? [];
  return tff + bff > progressive ? [{ startSeconds: 0, endSeconds }] : [];
}

/** The picture that cropdetect has seen by the end, where that is less than the whole by more than 2 %. */
function croppedThroughout(log: string, endSeconds: number): Span[] {
  const [, width = 0, height = 0] = [...log.matchAll(/crop=(\d+):(\d+):/g)].at(-1)?.map(Number) ?? [];
  const [, fullWidth = 0, fullHeight = 0] = log.match(/Video: .*?, (\d{2,})x(\d{2,})/)?.map(Number) ?? [];
  const isCropped = width > 0 && height > 0 && (width < 0.98 * fullWidth || height < 0.98 * fullHeight);
  return isCropped ? [{ startSeconds: 0, endSeconds }] : [];
}

/** Sums up what was compared, by filter. */
export function sumAgreement(comparisons: readonly Comparison[]): Agreement[] {
  return peers.map(({ filter, type }) => {
    const own = comparisons.filter((comparison) => comparison.filter === filter);
    const sum = (of: (comparison: Comparison) => number) => own.reduce((total, comparison) => total + of(comparison), 0);
    return {
      filter,
      type,
      files: own.length,
      ours: sum(({ ours }) => ours.length),
      theirs: sum(({ theirs }) => theirs.length),
      both: sum(({ ours, theirs }) => ours.filter((span) => theirs.some((other) => overlaps(span, other))).length),
      sameSeconds: Math.round(sum(sameSeconds)),
      seconds: Math.round(sum(({ seconds }) => seconds)),
      differences: own
        .filter(({ ours, theirs }) => ours.length !== theirs.length || !ours.every((span, n) => isNear(span, theirs[n])))
        .map(({ name, ours, theirs }) => `${name}: ours ${times(ours)}, ffmpeg's ${times(theirs)}`),
    };
  });
}

/** Where the two place an edge differs by up to a window of sound or a frame of a slow clip. */
const edgeSeconds = 0.1;

function isNear(span: Span, other: Span | undefined): boolean {
  if (other === undefined) return false;
  const near = (one: number, two: number) => Math.abs(one - two) <= edgeSeconds;
  return near(span.startSeconds, other.startSeconds) && near(span.endSeconds, other.endSeconds);
}

function sameSeconds({ ours, theirs, seconds }: Comparison): number {
  const step = 0.02;
  const holds = (spans: readonly Span[], time: number) =>
    spans.some((span) => time >= span.startSeconds && time < span.endSeconds);
  let same = 0;
  for (let time = step / 2; time < seconds; time += step) if (holds(ours, time) === holds(theirs, time)) same += step;
  return same;
}

function times(spans: readonly Span[]): string {
  if (spans.length === 0) return "none";
  return spans.map(({ startSeconds, endSeconds }) => `${startSeconds.toFixed(2)}-${endSeconds.toFixed(2)}`).join(" ");
}
