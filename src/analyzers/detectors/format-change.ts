import { z } from "zod";
import { type DefectHandle, defineDetector, type Emit, type Judging, type Values } from "../detector.js";

type SignalBlock = Parameters<Judging["push"]>[0];

/** A sample. */
interface Place {
  readonly block: SignalBlock;
  readonly index: number;
}

/** What the lanes tell of their format, where they do. */
const told = ["width", "height", "sampleRateHz", "channels"] as const;

/**
 * The format changes in mid-stream: size or pixel format of the picture, sample rate or channels of the sound. Decoding and
 * judging go on in the new one; many players, packagers and recorders do not. Also this: tracks of a transport stream that come, go
 * or change their codec.
 */
export const formatChange = defineDetector({
  type: "format-change",
  version: "1.0.0",
  medium: "stream",
  summary: "The format changes in mid-stream",
  standard: "RFC 8216, section 4.3.2.3: a change of encoding parameters has to be announced as a discontinuity",
  signals: ["format.isNew"],

  parameters: z.object({
    bridgeSeconds: z.number().min(0).default(1).describe("Changes with at most so many seconds between them are one defect"),
  }),

  begin: ({ bridgeSeconds }) => {
    let open: { handle: DefectHandle; endSeconds: number; changes: number; from: Values; to: Values } | undefined;
    /** The sample before. */
    let previous: Place | undefined;

    function close(emit: Emit): void {
      if (open !== undefined) emit.close(open.handle, open.endSeconds, measuredOf(open.changes, open.from, open.to));
      open = undefined;
    }

    function take(from: Values, to: Values, seconds: number, lane: string, emit: Emit): void {
      open ??= {
        handle: emit.open({
          startSeconds: seconds,
          measured: measuredOf(1, from, to),
          threshold: { minimumChanges: 1 },
          kind: kindOf(from, to, lane),
        }),
        endSeconds: seconds,
        changes: 0,
        from,
        to,
      };
      open.changes++;
      open.endSeconds = seconds;
      open.to = to;
    }

    const judging: Judging = {
      push(block, emit) {
        const isNew = block.signals["format.isNew"];
        for (const [index, seconds] of block.pts.entries()) {
          if (open !== undefined && Math.abs(seconds - open.endSeconds) > bridgeSeconds) close(emit);
          const present = { block, index };
          if (isNew?.[index] === 1 && previous !== undefined)
            take(formatAt(previous), formatAt(present), seconds, block.lane.name, emit);
          previous = present;
        }
      },
      end: (_, emit) => close(emit),
    };
    return judging;
  },
});

function formatAt({ block: { signals }, index }: Place): Values {
  return Object.fromEntries(
    told.flatMap((name) => {
      const value = signals[`format.${name}`]?.[index];
      return value === undefined || Number.isNaN(value) ? [] : [[name, value]];
    }),
  );
}

function measuredOf(changes: number, from: Values, to: Values): Values {
  const before = Object.entries(from).map(([name, value]) => [`${name}Before`, value] as const);
  return { changes, ...Object.fromEntries(before), ...to };
}

function kindOf(from: Values, to: Values, lane: string): string {
  if (lane === "transport") return "tracks";
  if (from["width"] !== to["width"] || from["height"] !== to["height"]) return "size";
  if (from["sampleRateHz"] !== to["sampleRateHz"]) return "sample-rate";
  if (from["channels"] !== to["channels"]) return "channels";
  return lane === "picture" ? "pixel-format" : "layout";
}
