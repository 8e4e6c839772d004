import { FramewatchError } from "../../errors.js";
import type { SourceAccess } from "../source.js";
import type { CheckedSource } from "../source-guard.js";
import { openDashReceiver } from "./dash-receiver.js";
import { type HlsOptions, openHlsReceiver } from "./hls-receiver.js";
import { openHttpReceiver } from "./http-receiver.js";
import { openRtmpReceiver } from "./rtmp-receiver.js";
import type { Receiver } from "./receiver.js";
import { openSrtReceiver } from "./srt-receiver.js";
import { openUdpReceiver } from "./udp-receiver.js";

/**
 * How the bytes of a source come.
 * @param hls how long one of HLS may give nothing new, and who hears of faults of its playlists
 * @throws FramewatchError `source-unsupported` for what has an end
 */
export function openReceiver(checked: CheckedSource, displayName: string, access: SourceAccess, hls: HlsOptions): Receiver {
  if (checked.kind === "http") {
    const { url } = checked;
    if (isPlaylist(url)) return openHlsReceiver(url, access, hls);
    return /\.mpd$/i.test(url.pathname) ? openDashReceiver(url, displayName, access) : openHttpReceiver(url, access);
  }
  if (checked.kind !== "live")
    throw new FramewatchError("source-unsupported", `${displayName} has an end: it is no live source.`);
  switch (checked.address.protocol) {
    case "udp":
      return openUdpReceiver(checked.address, access);
    case "srt":
      return openSrtReceiver(checked.address, displayName, access);
    case "rtmp":
      return openRtmpReceiver(checked.address, displayName, access);
  }
}

/** An HLS playlist, by its name. */
export function isPlaylist({ pathname }: URL): boolean {
  return /\.m3u8?$/i.test(pathname);
}
