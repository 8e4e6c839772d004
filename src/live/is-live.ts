import type { Engine } from "../engine.js";
import { FramewatchError } from "../errors.js";
import { isLivePlaylist, isPlaylist, type JobRequest, modeOf, sourceKind } from "../ingest/index.js";

/**
 * Whether an HLS playlist goes on, by what it says; undefined for what is no playlist, or cannot be opened.
 * @throws the signal's reason
 */
export async function goesOn(source: string, engine: Pick<Engine, "open">, signal: AbortSignal): Promise<boolean | undefined> {
  if (sourceKind(source) !== "http" || !URL.canParse(source) || !isPlaylist(new URL(source))) return undefined;
  try {
    const opened = await engine.open(source);
    try {
      const { resources } = opened;
      return resources && (await isLivePlaylist(resources.url, resources.read, signal));
    } finally {
      opened.close();
    }
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof FramewatchError) return undefined;
    throw error;
  }
}

/**
 * Whether a job has no end of its own: by the mode that it names, by its kind of source, or, of an HLS playlist, by what that says.
 * What cannot be opened is none: who runs it as a file says why.
 * @throws the signal's reason
 */
export async function isLive(request: JobRequest, engine: Pick<Engine, "open">, signal: AbortSignal): Promise<boolean> {
  const mode = modeOf(request);
  if (mode !== "as-opened") return mode === "live";
  return (await goesOn(request.source, engine, signal)) ?? false;
}
