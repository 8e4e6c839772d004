import path from "node:path";
import type { Region } from "../../analyzers/index.js";
import type { LiveRing } from "../../ingest/index.js";
import type { ClipEncoder } from "./clip-encoder.js";
import { encodePicture, grabPictures, type Picture } from "./grab-pictures.js";
import type { EvidenceKind } from "./evidence-paths.js";
import type { LiveIncident, OverIncident } from "./live-incident.js";
import { makeClip } from "./make-clip.js";
import { cutRing, placeInCut, type RingCut } from "./ring-cut.js";
import { beforeSeconds, makeThumbnail, maximumWidth, smallWidth, type Thumbnail } from "./thumbnail.js";

/** A clip begins so long before its incident, and ends so long after its start, or after its end. */
export const aroundSeconds = 5;
/** So much more is cut before: for a keyframe of a usual group of pictures, and for what comes in bursts, such as segments of HLS. */
const marginSeconds = 8;
/** And after, as far as it has come. */
const burstSeconds = 10;
/** The last frames of a cut may not be whole. */
const lastFramesSeconds = 0.2;
/** The picture after an incident is so far from its end. */
const afterSeconds = 0.5;

/** What evidence is made with. */
export interface Making {
  readonly ring: LiveRing;
  readonly encoder: ClipEncoder;
  /** A folder of its own. */
  readonly scratch: string;
  readonly signal: AbortSignal;
  /** Stores a piece. */
  keep(kind: EvidenceKind, body: Buffer | { readonly file: string }): Promise<void>;
}

/** How long an incident lasted, in seconds: by its time stamps where both are known, else by when its frames arrived. */
function lengthOf({ start, end }: OverIncident): number {
  const bySource = (end.sourceSeconds ?? Number.NaN) - (start.sourceSeconds ?? Number.NaN);
  return bySource >= 0 ? bySource : Math.max(0, end.atMilliseconds - start.atMilliseconds) / 1000;
}

/**
 * Makes the clip, and the pictures right before an incident and in it.
 *
 * @param whole the clip reaches over all of the incident, which is over
 * @param knownSeconds how far the incident is known to reach from its start
 * @throws Error which says what is missing; what ring and store throw; the signal's reason
 */
export async function makeStart(
  incident: LiveIncident | OverIncident,
  { whole, knownSeconds }: { readonly whole: boolean; readonly knownSeconds: number },
  { ring, encoder, scratch, signal, keep }: Making,
): Promise<Thumbnail | undefined> {
  const { start, medium, track, region } = incident;
  const isOver = "end" in incident;
  const lastedSeconds = isOver && whole ? lengthOf(incident) : 0;
  const fromMilliseconds = start.atMilliseconds - (aroundSeconds + marginSeconds) * 1000;
  const untilMilliseconds = start.atMilliseconds + (lastedSeconds + aroundSeconds + burstSeconds) * 1000;
  const cut = await cutRing(ring, fromMilliseconds, untilMilliseconds, path.join(scratch, "start.ts"), signal);
  if (cut === undefined) throw new Error("nothing is kept of when it began");
  const atSeconds = await placeInCut(ring, cut, start, fromMilliseconds, path.join(scratch, "until-start.ts"), signal);

  const clip = path.join(scratch, "clip.mp4");
  const wish = {
    fromSeconds: Math.max(cut.startSeconds, atSeconds - aroundSeconds),
    untilSeconds: atSeconds + lastedSeconds + aroundSeconds,
    soundTrack: medium === "audio" ? track : 0,
  };
  const codec = await makeClip(cut, wish, encoder, clip, signal);
  if (codec !== undefined) await keep("clip", { file: clip });
  const knownLength = isOver ? lengthOf(incident) : knownSeconds;
  const made = medium === "audio" ? undefined : await pictures(cut, atSeconds, knownLength, region, signal);
  // Before the first moment that this process has, the incident was there already.
  const thumbnail = made !== undefined && incident.isTakenOver === true ? { at: made.at } : made;
  if (thumbnail !== undefined) {
    await keep("thumbnail", thumbnail.at.large);
    if (thumbnail.before !== undefined) await keep("before", thumbnail.before.large);
  }
  if (codec === undefined && encoder.codecs.length > 0) throw new Error("ffmpeg made no clip of it");
  return thumbnail;
}

/** The pictures before and in an incident; where nothing arrives in it, that is the last one, as players go on to show it. */
async function pictures(
  { input, video, endSeconds }: RingCut,
  startSeconds: number,
  lengthSeconds: number,
  region: Region | undefined,
  signal: AbortSignal,
): Promise<Thumbnail | undefined> {
  if (video === undefined) return undefined;
  const isStalled = startSeconds + lastFramesSeconds > endSeconds;
  const onsetSeconds = isStalled ? endSeconds - lastFramesSeconds : startSeconds;
  // Its clock starts with the first picture wanted: so nothing is skipped, and what is decoded begins with a keyframe.
  const source = { input, media: { originSeconds: onsetSeconds - beforeSeconds }, signal };
  const reachSeconds = isStalled ? 0 : Math.min(lengthSeconds, endSeconds - lastFramesSeconds - onsetSeconds);
  const span = { startSeconds: beforeSeconds, endSeconds: beforeSeconds + Math.max(0, reachSeconds) };
  return makeThumbnail(source, video, { ...span, ...(region === undefined ? {} : { region }) });
}

/**
 * Makes the picture right after an incident; undefined where there is none.
 *
 * @throws what ring and store throw; the signal's reason
 */
export async function makeAfter({ end, medium }: OverIncident, making: Making): Promise<Picture | undefined> {
  if (medium === "audio") return undefined;
  const { ring, scratch, signal, keep } = making;
  const { atMilliseconds, sourceSeconds } = end;
  // Another connection may have begun with the end: what arrived before belongs to the one that was lost.
  const fromMilliseconds = sourceSeconds === undefined ? atMilliseconds : atMilliseconds - marginSeconds * 1000;
  const untilMilliseconds = atMilliseconds + burstSeconds * 1000;
  const cut = await cutRing(ring, fromMilliseconds, untilMilliseconds, path.join(scratch, "end.ts"), signal);
  if (cut?.video === undefined) return undefined;
  const [firstSeconds = cut.startSeconds] = cut.keyframes;
  const endSeconds =
    sourceSeconds === undefined
      ? firstSeconds
      : (await placeInCut(ring, cut, end, fromMilliseconds, path.join(scratch, "until-end.ts"), signal)) + afterSeconds;
  const [grabbed] = await grabPictures(
    { input: cut.input, media: { originSeconds: Math.max(firstSeconds, endSeconds) }, signal },
    cut.video.streamIndex,
    { fromSeconds: 0, furtherSeconds: [], maximumWidth },
  );
  if (grabbed === undefined) return undefined;
  const picture = await encodePicture(grabbed, smallWidth);
  await keep("after", picture.large);
  return picture;
}
