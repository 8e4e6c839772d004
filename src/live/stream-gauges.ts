import type { StreamStatus } from "./stream-status.js";
import type { Metrics } from "../metrics.js";

/** A live stream's gauges; they go with it. */
export interface StreamGauges {
  set(status: Pick<StreamStatus, "loudness">, isUp: boolean): void;
  close(): void;
}

export function openStreamGauges({ streamUp, streamLoudness }: Metrics, stream: string): StreamGauges {
  const windows = { momentary: "momentaryLufs", "short-term": "shortTermLufs", integrated: "integratedLufs" } as const;
  return {
    set({ loudness }, isUp) {
      streamUp.set({ stream }, isUp ? 1 : 0);
      // The label has no room for a track: the first is the programme.
      const [first] = loudness;
      for (const [window, name] of Object.entries(windows)) {
        const value = first?.[name];
        if (value !== undefined) streamLoudness.set({ stream, window }, value);
      }
    },
    close() {
      streamUp.remove({ stream });
      for (const window of Object.keys(windows)) streamLoudness.remove({ stream, window });
    },
  };
}
