import { z } from "zod";
import { type DefectHandle, defineDetector, type Emit, type Judging } from "../detector.js";

/** What each signal counts, by its name in the standard, and what most likely is behind it. In the standard's order. */
const indicators = [
  ["transport.syncLosses", "sync-loss", "Bytes are missing or are no transport packets: cut, overwritten or badly joined."],
  ["transport.syncByteErrors", "sync-byte-error", "Bytes were changed on the way or in storage."],
  ["transport.patErrors", "pat-error", "The multiplexer stopped to repeat the program table, or its packets were lost."],
  ["transport.continuityErrors", "continuity-count-error", "Packets were lost, repeated or reordered on the way."],
  ["transport.pmtErrors", "pmt-error", "The multiplexer stopped to repeat the program map, or its packets were lost."],
  ["transport.pidErrors", "pid-error", "A track that the program names stopped to come."],
  ["transport.transportErrors", "transport-error", "A receiver before us could not correct what it received."],
  ["transport.crcErrors", "crc-error", "A program table was changed on the way or in storage."],
  ["transport.pcrRepetitionErrors", "pcr-repetition-error", "The multiplexer's clock came too seldom, or its packets were lost."],
  [
    "transport.pcrDiscontinuityErrors",
    "pcr-discontinuity-error",
    "The clock jumps unannounced: streams were joined, or media is missing.",
  ],
  ["transport.ptsErrors", "pts-error", "A track stopped for a while, or its time stamps come too seldom."],
  ["transport.catErrors", "cat-error", "Packets are scrambled, and nothing says how."],
] as const;

/**
 * The packets of an MPEG transport stream are not as a receiver needs them: lost, out of order, damaged, or without the tables and
 * clocks that it has to have in time.
 *
 * Not this: what that does to picture and sound (`block-corruption`, `decode-error`, `dropout`, `timestamp-gap`).
 */
export const transport = defineDetector({
  type: "transport",
  version: "1.0.0",
  medium: "stream",
  summary: "Transport packets are lost, damaged or late",
  standard:
    "ETSI TR 101 290 V1.4.1, 5.2.1 and 5.2.2 (priorities 1 and 2); PCR at least each 100 ms; limits of repetition apply where the stream keeps to them as a rule; PCR accuracy does not apply to files",
  signals: indicators.map(([signal]) => signal),

  parameters: z.object({
    minimumErrors: z.number().int().min(1).default(1).describe("So many errors, close to each other, are a defect"),
    bridgeSeconds: z.number().min(0).default(1).describe("Errors with at most so many seconds between them are one defect"),
  }),

  begin: ({ minimumErrors, bridgeSeconds }) => {
    const threshold = { minimumErrors };
    /** Errors that belong together; told once they are enough. */
    let run:
      | {
          readonly startSeconds: number;
          endSeconds: number;
          errors: number;
          counts: Record<string, number>;
          handle?: DefectHandle;
        }
      | undefined;

    function close(emit: Emit): void {
      if (run?.handle !== undefined) emit.close(run.handle, run.endSeconds, { errors: run.errors, ...run.counts });
      run = undefined;
    }

    /** The errors of the sample before last until this one. */
    let lasts = false;
    function reach(seconds: number): void {
      if (lasts && run !== undefined) run.endSeconds = Math.max(run.endSeconds, seconds);
      lasts = false;
    }

    const judging: Judging = {
      push(block, emit) {
        if (block.discontinuityBefore) {
          reach(block.previousEndSeconds ?? Number.NEGATIVE_INFINITY);
          close(emit);
        }
        for (const [index, seconds] of block.pts.entries()) {
          reach(seconds);
          if (run !== undefined && seconds > run.endSeconds + bridgeSeconds) close(emit);
          for (const [signal] of indicators) {
            const count = block.signals[signal]?.[index] ?? 0;
            if (!(count > 0)) continue;
            run ??= { startSeconds: seconds, endSeconds: seconds, errors: 0, counts: {} };
            const name = signal.slice("transport.".length);
            run.counts[name] = (run.counts[name] ?? 0) + count;
            run.errors += count;
            run.endSeconds = seconds;
            lasts = true;
          }
          if (run === undefined || run.handle !== undefined || run.errors < minimumErrors) continue;
          const found = indicators.filter(([signal]) => (run?.counts[signal.slice("transport.".length)] ?? 0) > 0);
          run.handle = emit.open({
            startSeconds: run.startSeconds,
            measured: { errors: run.errors, ...run.counts },
            threshold,
            ...(found[0] === undefined ? {} : { kind: found[0][1] }),
            causes: found.map(([, , cause]) => cause),
          });
        }
      },
      end(endSeconds, emit) {
        reach(endSeconds);
        close(emit);
      },
    };
    return judging;
  },
});
