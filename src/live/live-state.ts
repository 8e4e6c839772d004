/** What of a live stream outlives the process that follows it. */
import { z } from "zod";
import { type StreamIncidentsState, streamIncidentsStateSchema } from "../notifier/index.js";
import type { Store } from "../store.js";

const stateKey = ".state/stream.json";
const stateSchema = z.object({
  version: z.literal(1),
  run: z.int().positive(),
  startedAtMilliseconds: z.number(),
  incidents: streamIncidentsStateSchema.optional(),
});

export interface LiveState {
  /** Wall clock of stream time 0: the time runs on when another process takes the stream over. */
  readonly startedAtMilliseconds: number;
  /** What an earlier process knew of the stream's incidents. */
  readonly incidents: StreamIncidentsState | undefined;
  /** @throws FramewatchError `store-unavailable` */
  keep(incidents: StreamIncidentsState): Promise<void>;
}

/**
 * @param store the job's part of the store that holds its state
 * @throws FramewatchError `store-unavailable`
 */
export async function openLiveState(store: Store, run: number, now: () => number): Promise<LiveState> {
  const known = await store.get(stateKey);
  const parsed = known === undefined ? undefined : stateSchema.safeParse(parseJson(known.toString("utf8"))).data;
  // What was written for another run, or by a version that is not understood, is not of this stream's present life.
  const earlier = parsed?.run === run ? parsed : undefined;
  const startedAtMilliseconds = earlier?.startedAtMilliseconds ?? now();

  const write = (incidents: StreamIncidentsState | undefined): Promise<void> => {
    const state = { version: 1, run, startedAtMilliseconds, ...(incidents === undefined ? {} : { incidents }) };
    return store.put(stateKey, JSON.stringify(state), "application/json");
  };
  if (earlier === undefined) await write(undefined);
  return { startedAtMilliseconds, incidents: earlier?.incidents, keep: write };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
