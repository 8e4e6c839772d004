import type { OpenedSource } from "../source.js";
import { checkManifest } from "./check-manifest.js";
import type { ManifestFacts } from "./facts.js";

/** How long playlists and their segments may be looked at before the media itself is. */
const mostSeconds = 120;

/**
 * What is wrong with the playlists of a source; undefined where it is none, or where that cannot be told in time.
 * @throws the signal's reason
 */
export async function checkPlaylists(
  { resources }: Pick<OpenedSource, "resources">,
  signal: AbortSignal,
): Promise<ManifestFacts | undefined> {
  if (resources === undefined) return undefined;
  const deadline = AbortSignal.timeout(mostSeconds * 1000);
  try {
    return await checkManifest(resources.url, resources.read, AbortSignal.any([signal, deadline]));
  } catch (error) {
    signal.throwIfAborted();
    if (deadline.aborted) return undefined;
    throw error;
  }
}
