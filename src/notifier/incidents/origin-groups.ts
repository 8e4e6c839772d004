import type { Severity } from "../../analyzers/index.js";
import { type AlertDraft, type AlertJob, alertId, draftAlert } from "../alert.js";
import { rank } from "../incident.js";
import { type AlertLimit, openAlertLimit } from "./alert-limit.js";

/** So many streams of one origin, lost within so long, are one fault. */
const minimumStreams = 3;
const togetherMilliseconds = 30_000;
/** The first of them wait so long to be told, to see whether others follow. */
const gatheringMilliseconds = 1_000;
/** Of an origin: at most 4 alerts in any minute, and 12 in any hour. */
const spacingMilliseconds = 15_000;
const originAlertLimit = 12;
const hourMilliseconds = 60 * 60_000;
/** What the names of streams may take of an alert, which SNS takes up to 256 KiB of. */
const maximumListBytes = 192 * 1024;

/** An alert of many streams, and the job whose outbox it goes through: one of theirs. */
export interface OriginAlert {
  readonly jobId: string;
  readonly draft: AlertDraft;
}

/** A stream's input is lost. */
export interface StreamLoss {
  /** Wall clock of the loss. */
  readonly sinceMilliseconds: number;
  /** How bad its policy takes it. */
  readonly severity: Severity;
}

/** What was told of a stream's part in the loss of its origin. */
export interface OriginTold extends StreamLoss {
  readonly isTold: boolean;
}

/** One stream's place among those of its origin. */
export interface OriginMember {
  /** The stream's input is lost, or is not. */
  set(loss: StreamLoss | undefined, atMilliseconds: number): void;
  /** Why the stream's own loss is not told by itself at this moment. */
  holdsBack(atMilliseconds: number): "gathering" | "origin-lost" | undefined;
  /** For who takes the stream over: that people know of its loss; absent where they were not told so. */
  told(): OriginTold | undefined;
  /** The stream is not watched any more. */
  leave(atMilliseconds: number): OriginAlert[];
}

/** All streams of a process by their origin: many that are lost together are told together. Each process groups its own. */
export interface OriginGroups {
  join(stream: {
    readonly job: AlertJob;
    readonly stream: string;
    readonly origin: string;
    readonly told?: OriginTold;
  }): OriginMember;
  /** To be called at least once a second. @returns what is to be told now */
  tick(atMilliseconds: number): OriginAlert[];
}

interface Member {
  readonly job: AlertJob;
  readonly stream: string;
  /** The loss, and when we learned of it. */
  lost?: (StreamLoss & { readonly learnedMilliseconds: number }) | undefined;
  /** Its loss belongs to that of the origin. */
  isGrouped: boolean;
  /** It is in the list that was told last. */
  isTold: boolean;
}

interface Origin {
  readonly name: string;
  readonly members: Set<Member>;
  readonly limit: AlertLimit;
  /** The loss that is going on. */
  loss?: (StreamLoss & { readonly formedMilliseconds: number }) | undefined;
  lastAlertMilliseconds: number;
}

/**
 * The host and port that a source is read from; undefined where nobody is asked: a listening address, a multicast group, a file.
 */
export function originOf(source: string): string | undefined {
  if (!/^(https?|rtmps?|srt|s3):\/\//i.test(source) || /[?&]mode=listener/i.test(source)) return undefined;
  const [, host] = /^[a-z0-9]+:\/\/(?:[^/?#@]*@)?([^/?#]+)/i.exec(source) ?? [];
  return host === undefined || /^(:|0\.0\.0\.0|\[::\])/.test(host) ? undefined : host.toLowerCase();
}

export function openOriginGroups(): OriginGroups {
  const origins = new Map<string, Origin>();

  return {
    join({ job, stream, origin: name, told }) {
      const origin = origins.get(name) ?? {
        name,
        members: new Set(),
        limit: openAlertLimit(originAlertLimit, hourMilliseconds),
        lastAlertMilliseconds: Number.NEGATIVE_INFINITY,
      };
      origins.set(name, origin);
      const member: Member = { job, stream, isGrouped: false, isTold: false };
      origin.members.add(member);
      if (told !== undefined) {
        const { isTold, sinceMilliseconds, severity } = told;
        member.isGrouped = true;
        member.isTold = isTold;
        member.lost = { sinceMilliseconds, severity, learnedMilliseconds: sinceMilliseconds };
        origin.loss = together(origin.loss, [member], sinceMilliseconds);
      }
      return {
        set(loss, at) {
          if ((loss === undefined) === (member.lost === undefined)) return;
          member.lost = loss === undefined ? undefined : { ...loss, learnedMilliseconds: at };
          member.isGrouped = false;
          form(origin, at);
        },
        holdsBack(at) {
          if (member.lost === undefined) return undefined;
          if (member.isGrouped) return "origin-lost";
          const mayGather = origin.members.size >= minimumStreams;
          return mayGather && at - member.lost.learnedMilliseconds < gatheringMilliseconds ? "gathering" : undefined;
        },
        told: () =>
          member.isGrouped && member.lost !== undefined
            ? { isTold: member.isTold, sinceMilliseconds: member.lost.sinceMilliseconds, severity: member.lost.severity }
            : undefined,
        leave(at) {
          const isLast = [...origin.members].every((other) => other === member || !(other.isTold || other.isGrouped));
          const alerts = member.isTold && isLast ? [tell(origin, [], member.job, at)] : [];
          origin.members.delete(member);
          if (origin.members.size === 0) origins.delete(name);
          return alerts;
        },
      };
    },
    tick: (at) => [...origins.values()].flatMap((origin) => tellIfDue(origin, at)),
  };
}

/** Makes one fault of losses that came together; while it lasts, whatever is lost belongs to it. */
function form(origin: Origin, at: number): void {
  const recent = [...origin.members].filter(
    ({ lost, isGrouped }) => lost !== undefined && !isGrouped && at - lost.learnedMilliseconds <= togetherMilliseconds,
  );
  if (origin.loss === undefined && recent.length < minimumStreams) return;
  origin.loss = together(origin.loss, recent, at);
  for (const member of recent) member.isGrouped = true;
}

/** The loss of an origin with what is known of its streams: since the first of them, and as bad as the worst. */
function together(known: Origin["loss"], members: readonly Member[], formedMilliseconds: number): NonNullable<Origin["loss"]> {
  const losses = [...(known === undefined ? [] : [known]), ...members.flatMap(({ lost }) => lost ?? [])];
  return {
    sinceMilliseconds: Math.min(...losses.map(({ sinceMilliseconds }) => sinceMilliseconds)),
    severity: losses.map(({ severity }) => severity).reduce((one, other) => (rank[one] >= rank[other] ? one : other), "info"),
    formedMilliseconds: known?.formedMilliseconds ?? formedMilliseconds,
  };
}

/** Tells who is lost, where that is not what was told last. */
function tellIfDue(origin: Origin, at: number): OriginAlert[] {
  const { loss } = origin;
  if (loss === undefined) return [];
  const lost = [...origin.members].filter(({ isGrouped }) => isGrouped);
  const isTold = [...origin.members].every((member) => member.isTold === member.isGrouped);
  if (isTold && lost.length === 0) origin.loss = undefined;
  const isTooSoon =
    at < loss.formedMilliseconds + gatheringMilliseconds || at - origin.lastAlertMilliseconds < spacingMilliseconds;
  if (isTold || isTooSoon || !origin.limit.allows(at)) return [];
  const speaker = lost[0] ?? [...origin.members].find((member) => member.isTold);
  return speaker === undefined ? [] : [tell(origin, lost, speaker.job, at)];
}

function tell(origin: Origin, lost: readonly Member[], speaker: AlertJob, at: number): OriginAlert {
  const loss = origin.loss ?? together(undefined, lost, at);
  const known =
    lost.length > 0 ? lost.map(({ stream }) => stream) : [...origin.members].filter((one) => one.isTold).map((one) => one.stream);
  const streams = fitting(known.toSorted());
  for (const member of origin.members) member.isTold = member.isGrouped;
  origin.lastAlertMilliseconds = at;
  const nextMilliseconds = origin.limit.take(at);
  if (lost.length === 0) origin.loss = undefined;
  const { stream: _, ...job } = speaker;
  const startTime = new Date(loss.sinceMilliseconds).toISOString();
  const id = alertId("origin", origin.name, startTime, at, lost.length);
  const omitted = known.length - streams.length;
  const draft = draftAlert(
    job,
    "framewatch.origin.lost",
    id,
    {
      incidentKey: `${origin.name} origin`,
      origin: origin.name,
      streams,
      ...(omitted === 0 ? {} : { streamsOmitted: omitted }),
      severity: loss.severity,
      startTime,
      ...(lost.length === 0 ? { endTime: new Date(at).toISOString() } : {}),
      ...(nextMilliseconds === undefined ? {} : { quietUntil: new Date(nextMilliseconds).toISOString() }),
    },
    new Date(at),
  );
  return { jobId: speaker.id, draft: { ...draft, subject: origin.name } };
}

/** As many names as a message can hold. */
function fitting(names: readonly string[]): string[] {
  let bytes = 0;
  return names.filter((name) => (bytes += Buffer.byteLength(JSON.stringify(name)) + 1) <= maximumListBytes);
}
