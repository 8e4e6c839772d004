import { z } from "zod";
import { type DefectHandle, defineDetector, type Emit, type Judging } from "../detector.js";
import { sideBySide, sustained } from "../sustained.js";

/** MPEG-2 Systems counts 33 bits of 90 kHz (ISO/IEC 13818-1, 2.4.3.7), and then begins again. */
const wrapSeconds = 2 ** 33 / 90_000;
/** What may be missing or lost around the place where the clock begins again. */
const wrapToleranceSeconds = 60;
/** Streams of coded pictures alone carry no times at all: that is no fault of theirs. */
const untimedContainers = /^(h264|hevc|vvc|m4v|mpegvideo|h263|vc1|obu|av1|cavsvideo|dirac|mjpeg|image2.*|.*_pipe|data)$/;

type Kind = "backward" | "missing" | "jump" | "wrap";

/** How often times were torn, how much media is missing, and how much time was told twice. */
type Torn = Readonly<Record<"tears" | "missingSeconds" | "backwardSeconds", number>>;

const signals = ["timing.isMissing"];

/**
 * The times of the source are torn: they run backwards, leave media out, jump, begin again, or are not there. It is told of the
 * picture and of each sound track by itself, for a track may lose media that the others have.
 *
 * Not this: frames that last longer than others where the container says so (`frame-drop`), a source that makes us wait
 * (`stall`), packets lost on the way (`transport`), which is the cause where both are found.
 */
export const timestampGap = defineDetector({
  type: "timestamp-gap",
  version: "1.0.0",
  medium: "stream",
  summary: "The times of the media are torn",
  standard:
    "ISO/IEC 13818-1, 2.4.3.7 and 2.7.4 (times go on, at most 0.7 s apart, unless a discontinuity is said); kinds by the sign and size of the tear, a convention of ours",
  signals,

  parameters: z.object({
    minimumTearSeconds: z
      .number()
      .positive()
      .default(0.1)
      .describe("Shortest time (0 and more seconds) that is missing or told twice to count"),
    minimumJumpSeconds: z
      .number()
      .positive()
      .default(10)
      .describe("From so many seconds on a tear is called a jump of the clock and no missing media"),
    bridgeSeconds: z.number().min(0).default(1).describe("Tears with at most so much media between them are one defect"),
  }),

  begin: ({ minimumTearSeconds, minimumJumpSeconds, bridgeSeconds }, { container }) => {
    const threshold = { minimumTearSeconds, minimumJumpSeconds };
    let open: { readonly handle: DefectHandle; endSeconds: number; measured: Torn } | undefined;

    function close(emit: Emit): void {
      if (open !== undefined) emit.close(open.handle, open.endSeconds, { ...open.measured });
      open = undefined;
    }

    function kindOf(tearSeconds: number): Kind {
      if (Math.abs(Math.abs(tearSeconds) - wrapSeconds) < wrapToleranceSeconds) return "wrap";
      if (tearSeconds < 0) return "backward";
      return tearSeconds >= minimumJumpSeconds ? "jump" : "missing";
    }

    function take(previousEndSeconds: number, seconds: number, tear: number, emit: Emit): void {
      if (Math.abs(tear) < minimumTearSeconds) return;
      if (open !== undefined && Math.abs(previousEndSeconds - open.endSeconds) > bridgeSeconds) close(emit);
      // What runs backwards happens where time had come to.
      const endSeconds = Math.max(previousEndSeconds, seconds);
      const measured: Torn = {
        tears: (open?.measured.tears ?? 0) + 1,
        missingSeconds: (open?.measured.missingSeconds ?? 0) + Math.max(0, tear),
        backwardSeconds: (open?.measured.backwardSeconds ?? 0) + Math.max(0, -tear),
      };
      if (open === undefined) {
        const handle = emit.open({
          startSeconds: previousEndSeconds,
          measured: { ...measured },
          threshold,
          kind: kindOf(tear),
        });
        open = { handle, endSeconds, measured };
      } else {
        open.endSeconds = Math.max(open.endSeconds, endSeconds);
        open.measured = measured;
      }
    }

    let lastSeconds: number | undefined;
    const tears: Judging = {
      push(block, emit) {
        const [first] = block.pts;
        if (first === undefined) return;
        if (block.discontinuityBefore && lastSeconds !== undefined) {
          const endSeconds = block.previousEndSeconds ?? lastSeconds;
          take(endSeconds, first, block.tornSeconds ?? first - endSeconds, emit);
        }
        lastSeconds = block.pts.at(-1);
        if (open !== undefined && lastSeconds !== undefined && lastSeconds - open.endSeconds > bridgeSeconds) close(emit);
      },
      end: (_, emit) => close(emit),
    };
    if (untimedContainers.test(container)) return tears;
    return sideBySide(
      signals,
      tears,
      sustained({
        signal: "timing.isMissing",
        holds: (isMissing) => isMissing === 1,
        minimumSeconds: 0,
        bridge: { seconds: bridgeSeconds },
        measured: (held) => ({ untimedSamples: held.samples }),
        threshold: { minimumUntimedSamples: 1 },
        kind: "untimed",
      }),
    );
  },
});
