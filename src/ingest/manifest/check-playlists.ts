import { setMaxListeners } from "node:events";
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
  const both = AbortSignal.any([signal, deadline]);
  // Each of the requests that run side by side listens, more than once: that is no leak.
  setMaxListeners(0, both);
  try {
    return await checkManifest(resources.url, resources.read, both);
  } catch (error) {
    signal.throwIfAborted();
    if (deadline.aborted) return undefined;
    throw error;
  }
}
