/** What of a live stream outlives the process that follows it. */
import { randomUUID } from "node:crypto";
import { z } from "zod";
import { FramewatchError } from "../errors.js";
import { type StreamIncidentsState, streamIncidentsStateSchema } from "../notifier/index.js";
import type { Store } from "../store.js";

const stateKey = ".state/stream.json";
const stateSchema = z.object({
  version: z.literal(1),
  run: z.int().positive(),
  startedAtMilliseconds: z.number(),
  /** Names the process that writes it, so that one that was slow and has lost the stream does not overwrite its successor's. */
  writer: z.string().optional(),
  incidents: streamIncidentsStateSchema.optional(),
});

export interface LiveState {
  /** Wall clock of stream time 0: the time runs on when another process takes the stream over. */
  readonly startedAtMilliseconds: number;
  /** What an earlier process knew of the stream's incidents. */
  readonly incidents: StreamIncidentsState | undefined;
  /** @throws FramewatchError `store-unavailable` · `lease-lost` where another process has opened the state since */
  keep(incidents: StreamIncidentsState): Promise<void>;
}

/**
 * Takes what is known of a stream over; who had it before can write nothing more.
 * @param store the job's part of the store that holds its state
 * @throws FramewatchError `store-unavailable`
 */
export async function openLiveState(store: Store, run: number, now: () => number): Promise<LiveState> {
  const writer = randomUUID();
  const begunAtMilliseconds = now();
  let earlier: z.output<typeof stateSchema> | undefined;
  let startedAtMilliseconds = begunAtMilliseconds;

  const text = (incidents: StreamIncidentsState | undefined): string =>
    JSON.stringify({ version: 1, run, startedAtMilliseconds, writer, ...(incidents === undefined ? {} : { incidents }) });

  const takeOver = (bytes: Buffer | undefined): string => {
    const found = bytes && parsed(bytes);
    // What was written for another run, or by a version that is not understood, is not of this stream's present life.
    earlier = found?.run === run ? found : undefined;
    startedAtMilliseconds = earlier?.startedAtMilliseconds ?? begunAtMilliseconds;
    return text(earlier?.incidents);
  };
  await store.update(stateKey, takeOver, "application/json");

  return {
    startedAtMilliseconds,
    incidents: earlier?.incidents,
    keep(incidents) {
      const change = (bytes: Buffer | undefined): string => {
        const by = bytes && parsed(bytes)?.writer;
        if (by !== undefined && by !== writer)
          throw new FramewatchError("lease-lost", "Another process has taken the stream over, and keeps its state.");
        return text(incidents);
      };
      return store.update(stateKey, change, "application/json");
    },
  };
}

function parsed(bytes: Buffer): z.output<typeof stateSchema> | undefined {
  try {
    return stateSchema.safeParse(JSON.parse(bytes.toString("utf8"))).data;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
