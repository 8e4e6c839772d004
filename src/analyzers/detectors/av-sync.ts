import { z } from "zod";
import { type DefectHandle, defineDetector, type Emit, type Judging, type Values } from "../detector.js";
import { openSampleClock } from "../sync/sample-clock.js";
import { openSyncMeter, type Pairing } from "../sync/sync-meter.js";

/** A fault that was found is over when the offset is so much inside the limits. */
const closesInside = 0.8;

/** After so long without pairs nobody knows whether it still is as it was. */
const knownForSeconds = 60;

const millisecondsPerMinute = 60_000;

/**
 * Sound that does not belong to the picture beside it, because it comes early or late, or because its timestamps run faster or
 * slower than its samples.
 *
 * The offset is told from pairs: flashes in the picture and sounds that begin, as test patterns have them. Where picture and
 * sound do not go by pairs nothing is told; the report then says that it is not measurable.
 *
 * Not this: picture and sound that begin or end apart (`duration-mismatch`), gaps in time (`timestamp-gap`), flashes whose
 * sounds come at changing distances (thunder), music and speech.
 */
export const avSync = defineDetector({
  type: "av-sync",
  version: "1.0.0",
  medium: "av",
  summary: "Picture and sound are out of step",
  standard:
    "EBU R 37 (sound no more than 40 ms early or 60 ms late); clock drift: half of what rates of 1000/1001 make of each other",
  signals: ["change.brighter", "change.darker"],
  soundSignals: ["audio.rmsDbfs", "onset.riseDbfs", "onset.atSeconds"],

  parameters: z.object({
    maximumLeadSeconds: z
      .number()
      .positive()
      .default(0.04)
      .describe("How much earlier than the picture sound may be, in seconds"),
    maximumLagSeconds: z.number().positive().default(0.06).describe("How much later than the picture sound may be, in seconds"),
    maximumDriftMillisecondsPerMinute: z
      .number()
      .positive()
      .default(30)
      .describe("How much the timestamps of sound may run away from its samples, in milliseconds per minute"),
  }),

  begin: ({ maximumLeadSeconds, maximumLagSeconds, maximumDriftMillisecondsPerMinute }) => {
    const meter = openSyncMeter();
    const clock = openSampleClock();
    const offset = openFault();
    const drift = openFault();
    let lastWrongSeconds = 0;

    const isWrong = (offsetSeconds: number, share = 1): boolean =>
      offsetSeconds < -maximumLeadSeconds * share || offsetSeconds > maximumLagSeconds * share;

    const judging: Judging = {
      push(block, emit) {
        meter.push(block, (pairing, atSeconds) => judgeOffset(pairing, atSeconds, emit));
        if (block.lane.name === "sound") clock.push(block, (...drifted) => judgeDrift(...drifted, emit));
      },
      end(endSeconds, emit) {
        meter.end((pairing, atSeconds) => judgeOffset(pairing, atSeconds, emit));
        offset.close(endSeconds, emit);
        drift.close(endSeconds, emit);
      },
    };
    return judging;

    function judgeOffset(pairing: Pairing | undefined, atSeconds: number, emit: Emit): void {
      if (pairing === undefined) {
        if (atSeconds - lastWrongSeconds > knownForSeconds) offset.close(lastWrongSeconds, emit);
        return;
      }
      const { offsetSeconds, pairs, pairedRatio } = pairing;
      if (!isWrong(offsetSeconds, offset.isOpen ? closesInside : 1)) return offset.close(lastWrongSeconds, emit);
      const wrong = pairs.filter((pair) => isWrong(pair.offsetSeconds));
      const [first = pairs[0]] = wrong;
      lastWrongSeconds = wrong.at(-1)?.pictureSeconds ?? lastWrongSeconds;
      offset.tell(
        {
          startSeconds: (first?.pictureSeconds ?? 0) + Math.min(0, first?.offsetSeconds ?? 0),
          measured: { offsetSeconds, pairs: pairs.length },
          threshold: offsetSeconds > 0 ? { maximumLagSeconds } : { maximumLeadSeconds },
          confidence: Math.min(0.99, pairedRatio),
        },
        emit,
      );
    }

    function judgeDrift(ratio: number, fromSeconds: number, atSeconds: number, emit: Emit): void {
      const driftMillisecondsPerMinute = ratio * millisecondsPerMinute;
      const limit = maximumDriftMillisecondsPerMinute * (drift.isOpen ? closesInside : 1);
      if (Math.abs(driftMillisecondsPerMinute) <= limit) return drift.close(atSeconds, emit);
      drift.tell(
        {
          startSeconds: fromSeconds,
          measured: { driftMillisecondsPerMinute },
          threshold: { maximumDriftMillisecondsPerMinute },
        },
        emit,
      );
    }
  },
});

/** One fault at a time, with the newest measured values. */
function openFault() {
  let handle: DefectHandle | undefined;
  let from = 0;
  let measured: Values = {};
  return {
    get isOpen(): boolean {
      return handle !== undefined;
    },
    tell(defect: Parameters<Emit["open"]>[0], emit: Emit): void {
      measured = defect.measured;
      if (handle !== undefined) return emit.update(handle, measured);
      from = defect.startSeconds;
      handle = emit.open(defect);
    },
    close(endSeconds: number, emit: Emit): void {
      if (handle !== undefined) emit.close(handle, Math.max(from, endSeconds), measured);
      handle = undefined;
    },
  };
}
