import { fetchPlaylist } from "../manifest/check-manifest.js";
import type { ReadResource } from "../read-resource.js";

/**
 * Whether a URL is that of an HLS playlist that goes on: a media playlist without EXT-X-ENDLIST, and not of type VOD (RFC 8216,
 * 4.3.3.4 and 4.3.3.5); of a multivariant playlist its first variant tells. False for all else, and for what cannot be read.
 *
 * @throws the signal's reason
 */
export async function isLivePlaylist(url: URL, read: ReadResource, signal: AbortSignal): Promise<boolean> {
  let { parsed } = await fetchPlaylist(url, undefined, read, signal);
  if (parsed?.kind === "multivariant") {
    const variant = parsed.renditions.find(({ role }) => role === "variant");
    if (variant === undefined) return false;
    parsed = (await fetchPlaylist(variant.url, undefined, read, signal)).parsed;
  }
  return parsed?.kind === "media" && !parsed.ended && parsed.playlistType !== "VOD" && parsed.segments.length > 0;
}
