import { openFraming } from "../../transport/framing.js";
import { mediumOf, openSections, programMapIn, programMapsIn, sectionCrc } from "../../transport/sections.js";
import { captionContent } from "../caption-content.js";
import type { MediaInfo } from "../media-info.js";
import { type PlacedMark, placeMark, spliceMarkIn } from "../splice-mark.js";
import { ptsAt, unwrap } from "./stamps.js";
import { userDataIn } from "./user-data.js";

/** Media time that goes on by more than this, or runs back by more than a second, is torn. */
const tornSeconds = 10;
const mostBackwardSeconds = 1;
/** A coded picture is smaller. */
const mostPictureBytes = 8 * 1024 * 1024;

/** Reads bytes of a transport stream as they come. */
export interface PacketReader {
  push(chunk: Uint8Array): void;
  /** The bytes are over. */
  end(): void;
}

/** Hears what lies beside picture and sound. Times are in seconds, 0 at the media's first presented frame or sample. */
export interface BesideSink {
  /** A picture carries caption data, or only their stuffing. Pictures come in the order of coding. */
  caption(seconds: number, hasContent: boolean): void;
  mark(mark: PlacedMark): void;
  /** Media time has come so far; `isTorn`: not by running on. */
  reached(seconds: number, isTorn: boolean): void;
}

/**
 * Reads captions in the coded picture and messages of SCTE 35 out of a transport stream without an end. Of a file a child of
 * ffmpeg's takes them out, whose containers mend time stamps; here a clock that jumps back must be seen to.
 *
 * @param media its side tracks of kind `captions` and `scte-35` are read, by their PIDs
 */
export function openBesidePackets(media: Pick<MediaInfo, "originSeconds" | "sideTracks">, sink: BesideSink): PacketReader {
  const { originSeconds, sideTracks = [] } = media;
  const captions = sideTracks.find(({ kind, pid }) => kind === "captions" && pid !== undefined);
  const shows = captions === undefined ? undefined : captionContent(captions.codec);
  const tables = new Map<number, (payload: Uint8Array, begins: boolean) => void>();
  /** The track whose time stamps tell how far media time has come. */
  let timePid = captions?.pid;
  let mediaSeconds: number | undefined;
  /** Of the captioned picture that comes in now. */
  let picture: { readonly seconds: number; readonly pieces: Uint8Array[]; bytes: number } | undefined;

  function reach(stamp: number): number {
    const seconds = unwrap(stamp, originSeconds + (mediaSeconds ?? 0)) - originSeconds;
    const step = seconds - (mediaSeconds ?? seconds);
    const isTorn = step > tornSeconds || step < -mostBackwardSeconds;
    if (mediaSeconds === undefined || isTorn || step > 0) {
      mediaSeconds = seconds;
      sink.reached(seconds, isTorn);
    }
    return seconds;
  }

  function givePicture(): void {
    if (picture === undefined || captions === undefined) return;
    const { seconds, pieces } = picture;
    picture = undefined;
    const hasContent = shows?.(userDataIn(Buffer.concat(pieces), captions.codec));
    if (hasContent !== undefined) sink.caption(seconds, hasContent);
  }

  function takePayload(pid: number, payload: Uint8Array, begins: boolean): void {
    if (pid === captions?.pid) {
      if (begins) givePicture();
      const stamp = begins ? ptsAt(payload, 0) : undefined;
      if (stamp !== undefined) picture = { seconds: reach(stamp), pieces: [], bytes: 0 };
      if (picture === undefined) return;
      picture.pieces.push(payload);
      picture.bytes += payload.length;
      if (picture.bytes > mostPictureBytes) picture = undefined;
    } else if (pid === timePid) {
      const stamp = begins ? ptsAt(payload, 0) : undefined;
      if (stamp !== undefined) reach(stamp);
    } else tables.get(pid)?.(payload, begins);
  }

  function takeAssociation(section: Uint8Array): void {
    if (section[0] !== 0 || sectionCrc(section) !== 0) return;
    for (const pid of programMapsIn(section)) if (!tables.has(pid)) tables.set(pid, openSections(takeMap));
  }

  function takeMap(section: Uint8Array): void {
    if (section[0] !== 2 || sectionCrc(section) !== 0) return;
    const { streams } = programMapIn(section);
    const first = (medium: "picture" | "sound") => streams.find(({ streamType }) => mediumOf(streamType) === medium)?.pid;
    timePid ??= first("picture") ?? first("sound");
  }

  function takeSplice(section: Uint8Array): void {
    if (sectionCrc(section) !== 0) return;
    const mark = spliceMarkIn(section);
    if (mark !== undefined && mediaSeconds !== undefined) sink.mark(placeMark(mark, mediaSeconds, originSeconds));
  }

  tables.set(0, openSections(takeAssociation));
  for (const { kind, pid } of sideTracks) if (kind === "scte-35" && pid !== undefined) tables.set(pid, openSections(takeSplice));

  const framing = openFraming({
    packet(bytes, at) {
      const [second = 0, third = 0, fourth = 0] = bytes.subarray(at + 1, at + 4);
      // What is damaged, or scrambled, or has no payload.
      if ((second & 0x80) !== 0 || (fourth & 0xc0) !== 0 || (fourth & 0x10) === 0) return;
      const payload = at + 4 + ((fourth & 0x20) === 0 ? 0 : 1 + (bytes[at + 4] ?? 0));
      if (payload < at + 188)
        takePayload(((second & 0x1f) << 8) | third, bytes.subarray(payload, at + 188), (second & 0x40) !== 0);
    },
    syncLost: () => undefined,
  });

  return {
    push: framing.push,
    end() {
      framing.end();
      givePicture();
    },
  };
}
