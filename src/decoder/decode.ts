import { throwIfAborted } from "../ffmpeg.js";
import { shortfall } from "./completeness.js";
import { openErrorCounts } from "./decode-errors.js";
import type { DecodeOutcome } from "./decode-outcome.js";
import { decodeOnce } from "./decode-once.js";
import type { ChildEnd, Lanes } from "./decode-once.js";
import type { DecodeRequest, DecodeSinks } from "./decode-request.js";
import { openPictureLane } from "./picture-lane.js";
import type { PictureLane } from "./picture-lane.js";
import { suitsNvdec } from "./plan.js";
import { openSoundLane } from "./sound-lane.js";

/**
 * First, and then doubled: how far before the first frame that counts decoding begins. MPEG-TS seeks up to 1.5 s late; where
 * an index tells the keyframes' places, what is missing are only the leading pictures of the keyframe found.
 */
const firstMarginSeconds = 2;
const firstMarginSecondsByIndex = 0.25;
const indexedContainers = /^(mov|matroska)$/;
const lastMarginSeconds = 64;

/**
 * Decodes a stretch of media. What a segment gives is, bit for bit, what an uncut pass gives of the same stretch: it
 * begins at a keyframe early enough, and earlier again (in the end at the start of the media) until that holds, see
 * `run-in.ts`. Media that is damaged all over can so be read from its start for each segment.
 *
 * @throws FramewatchError `media-unreadable` nothing can be decoded · `media-stalled` no media for too long ·
 *   `program-missing` · the reason of `signal` when it aborts · whatever a sink throws
 */
export async function decode(request: DecodeRequest, sinks: DecodeSinks, signal: AbortSignal): Promise<DecodeOutcome> {
  const { media } = request;
  const errors = openErrorCounts();
  const lanes: Lanes = {
    picture: request.picture && media.video !== undefined ? openPictureLane(request, sinks, errors) : undefined,
    sounds: request.sound ? media.audio.map((_, track) => openSoundLane(request, sinks, track, errors)) : [],
    errors,
  };
  let decoder =
    request.decoder === "nvdec" && lanes.picture !== undefined && media.video !== undefined && suitsNvdec(media.video)
      ? ("nvdec" as const)
      : ("cpu" as const);
  const firstMargin = indexedContainers.test(media.container) ? firstMarginSecondsByIndex : firstMarginSeconds;
  let marginSeconds = firstMargin;
  if (lanes.picture === undefined && lanes.sounds.length === 0) return outcomeOf(request, lanes, decoder, undefined);

  for (;;) {
    throwIfAborted(signal);
    const seekSeconds = seekTarget(request, lanes, marginSeconds);
    const end = await decodeOnce(request, lanes, sinks.memory, decoder, seekSeconds, signal);
    if (end.kind === "gpu failed") {
      decoder = "cpu";
      marginSeconds = firstMargin;
    } else if (end.kind === "began too late") {
      marginSeconds = marginSeconds >= lastMarginSeconds ? Infinity : 2 * marginSeconds;
    } else {
      return outcomeOf(request, lanes, decoder, end);
    }
  }
}

/** Source time at which the next child begins; undefined: at the start of the media. */
function seekTarget(
  { media, startSeconds, runInSeconds }: DecodeRequest,
  lanes: Lanes,
  marginSeconds: number,
): number | undefined {
  const delivered = [lanes.picture, ...lanes.sounds].flatMap((lane) => lane?.deliveredSeconds ?? []);
  const from = delivered.length > 0 ? Math.min(...delivered) : startSeconds - runInSeconds;
  const target = from - marginSeconds;
  return media.seekable && target > 0 ? media.originSeconds + target : undefined;
}

function outcomeOf(
  request: DecodeRequest,
  lanes: Lanes,
  decoder: DecodeOutcome["decoder"],
  end: ChildEnd | undefined,
): DecodeOutcome {
  const { picture, sounds } = lanes;
  const soundEnds = sounds.flatMap((lane) => lane.deliveredSeconds ?? []);
  const soundEnd = soundEnds.length === 0 ? {} : { soundEndSeconds: Math.max(...soundEnds) };
  const pictureResult: ReturnType<PictureLane["result"]> = picture?.result() ?? { frames: 0, seam: {}, backwardJump: false };
  const reason = end?.incompleteReason ?? endReason(request, lanes, { ...pictureResult, ...soundEnd }, end);
  // The frame rate says how long the last frame lasts, and a declared end says it better.
  const declaredEnd = reason === undefined && end?.kind === "media ended" ? request.media.video?.declaredEndSeconds : undefined;
  const lastFrame = pictureResult.seam.lastInsideSeconds;
  return {
    ...pictureResult,
    backwardJump: pictureResult.backwardJump || sounds.some((lane) => lane.backwardJump),
    ...(lastFrame === undefined || declaredEnd === undefined || declaredEnd <= lastFrame
      ? {}
      : { pictureEndSeconds: declaredEnd }),
    audioSeconds: sounds.map((lane) => lane.soundSeconds),
    trackEndSeconds: sounds.map((lane) => lane.deliveredSeconds ?? null),
    ...soundEnd,
    errors: lanes.errors.kinds(),
    ...(reason === undefined ? {} : { incompleteReason: reason }),
    decoder,
  };
}

/** What the end of the decoded media says about whether the source is whole. */
function endReason(
  request: DecodeRequest,
  lanes: Lanes,
  ends: Pick<DecodeOutcome, "pictureEndSeconds" | "soundEndSeconds">,
  end: ChildEnd | undefined,
): string | undefined {
  const { media } = request;
  if (media.incompleteReason !== undefined || end?.kind !== "media ended" || request.live) return media.incompleteReason;
  // The last keyframe may lie far before the end.
  const allPicture = media.video === undefined || (request.picture && request.profile !== "keyframes");
  const allMedia = allPicture && (request.sound || media.audio.length === 0);
  const longest = lanes.picture === undefined ? {} : { longestFrameSeconds: lanes.picture.longestFrameSeconds };
  const short = allMedia ? shortfall(media, { ...ends, ...longest }) : undefined;
  if (short !== undefined) return short;
  const last = [lanes.picture, ...lanes.sounds].flatMap((lane) => lane?.lastComplaints ?? []);
  // Where a duration is declared and reached, only a packet that was not read whole, or gave no picture, tells that the media was cut.
  const damaged = last.some(({ message }) => !media.durationDeclared || message.includes("corrupt input packet"));
  return damaged || lanes.picture?.endsDamaged === true ? "The last access unit of the media is damaged." : undefined;
}
