import type { ReadResource, Resource } from "../read-resource.js";
import { nameOf, type ReadRendition, round, segmentFault } from "./check-playlist.js";
import type { ManifestFault } from "./facts.js";
import type { ListedSegment } from "./parse-playlist.js";
import { mediaHeader, type MediaHeader, type SegmentTimes, segmentTimes } from "./segment-times.js";

/** What of a segment is read to see that it is there, and when it begins: program tables and the first picture's start. */
const beginningBytes = 16_384;
/** Where a duration does not fit the whole segment is read, if it is no larger than this. */
const mostSegmentBytes = 64 * 1024 * 1024;
/** So many segments of a rendition are asked for; of longer ones pairs all over it. */
const mostSampled = 200;
/** A playlist's duration may differ by this from what the segment holds. */
const durationToleranceSeconds = 0.5;

/** What came of asking for a segment. */
interface Asked {
  readonly segment: ListedSegment;
  readonly missing?: string;
  readonly times?: SegmentTimes;
}

export interface SampledSegments {
  readonly faults: readonly ManifestFault[];
  readonly sampled: number;
}

/**
 * Asks for segments of a rendition: whether they are there, and whether the media in them begins when the playlist says.
 * @param inTurn waits for a place to ask from: not all renditions may be asked at once
 */
export async function sampleSegments(
  rendition: ReadRendition,
  read: ReadResource,
  inTurn: <Value>(work: () => Promise<Value>) => Promise<Value>,
  signal: AbortSignal,
): Promise<SampledSegments> {
  const { segments } = rendition.playlist;
  const headers = openHeaders(read, signal);
  const chosen = sampleOf(segments.length);
  const asked = await Promise.all(
    chosen.map((index) =>
      inTurn(async () => {
        const segment = segments[index];
        return segment === undefined || segment.gap ? undefined : { index, asked: await ask(segment, read, headers, signal) };
      }),
    ),
  );
  const byIndex = new Map(asked.flatMap((one) => (one === undefined ? [] : [[one.index, one.asked] as const])));
  const faults: ManifestFault[] = [];
  for (const [index, { segment, missing }] of byIndex) {
    if (missing !== undefined) {
      faults.push(segmentFault(rendition, segment, "missing-segment", `${nameOf(segment)}: ${missing}`));
      continue;
    }
    const next = byIndex.get(index + 1);
    if (next !== undefined)
      faults.push(...(await checkPair(rendition, segment, byIndex.get(index), next, read, headers, signal)));
  }
  return { faults, sampled: byIndex.size };
}

/** All, or neighbours all over the playlist, its ends included. */
function sampleOf(count: number): number[] {
  if (count <= mostSampled) return Array.from({ length: count }, (_, index) => index);
  const pairs = mostSampled / 2;
  const first = Array.from({ length: pairs }, (_, pair) => Math.round((pair * (count - 2)) / (pairs - 1)));
  return [...new Set(first.flatMap((index) => [index, index + 1]))];
}

type Headers = (segment: ListedSegment) => Promise<MediaHeader | undefined>;

/** Reads each header once. */
function openHeaders(read: ReadResource, signal: AbortSignal): Headers {
  const known = new Map<string, Promise<MediaHeader | undefined>>();
  return async ({ header }) => {
    if (header === undefined) return undefined;
    const { url, range } = header;
    const key = `${url.href} ${range?.start ?? 0}`;
    const found =
      known.get(key) ??
      read(url, { start: range?.start ?? 0, mostBytes: Math.min(range?.length ?? 1 << 20, 1 << 20), signal }).then((resource) =>
        resource.found ? mediaHeader(resource.bytes) : undefined,
      );
    known.set(key, found);
    return found;
  };
}

function readPart({ url, range }: ListedSegment, mostBytes: number, read: ReadResource, signal: AbortSignal): Promise<Resource> {
  return read(url, { start: range?.start ?? 0, mostBytes: Math.min(mostBytes, range?.length ?? mostBytes), signal });
}

async function ask(segment: ListedSegment, read: ReadResource, headers: Headers, signal: AbortSignal): Promise<Asked> {
  const resource = await readPart(segment, beginningBytes, read, signal);
  if (!resource.found) return { segment, missing: resource.reason };
  if (resource.bytes.length === 0) return { segment, missing: "It is empty." };
  if (segment.encrypted) return { segment };
  const times = segmentTimes(resource.bytes, await headers(segment));
  return times === undefined ? { segment } : { segment, times };
}

/** Holds a segment's duration by the playlist against what lies between it and the next one. */
async function checkPair(
  rendition: ReadRendition,
  segment: ListedSegment,
  asked: Asked | undefined,
  next: Asked,
  read: ReadResource,
  headers: Headers,
  signal: AbortSignal,
): Promise<ManifestFault[]> {
  if (next.segment.discontinuityBefore || asked?.times === undefined || next.times === undefined) return [];
  const between = next.times.firstSeconds - asked.times.firstSeconds;
  if (Math.abs(between - segment.seconds) <= durationToleranceSeconds) return [];
  const whole = await readPart(segment, mostSegmentBytes, read, signal);
  const lasts = whole.found ? segmentTimes(whole.bytes, await headers(segment))?.lastsSeconds : undefined;
  if (lasts !== undefined && Math.abs(lasts - segment.seconds) <= durationToleranceSeconds) {
    const jump = between - lasts;
    const reason = `Media time ${jump > 0 ? "jumps" : "goes back"} by ${round(Math.abs(jump))} s before ${nameOf(next.segment)}, and no discontinuity is announced.`;
    return [segmentFault(rendition, next.segment, "discontinuity", reason)];
  }
  const found = round(lasts ?? between);
  const reason = `${nameOf(segment)} is to last ${segment.seconds} s, and lasts ${found} s.`;
  return [segmentFault(rendition, segment, "wrong-duration", reason)];
}
