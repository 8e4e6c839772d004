import { z } from "zod";
import { type DefectHandle, defineDetector, type Emit, type Judging } from "../detector.js";

/** Captions that lie in so many of the pictures, for so long, are sent all the time; others only where they change. */
const steadyRatio = 0.5;
const steadySeconds = 2;

/**
 * Captions that the picture or a track of its own had stay away: their signal, which also carries their stuffing, or what they
 * show.
 *
 * Not this: media that never had captions, unless the policy requires them; a stretch in which nobody speaks.
 */
export const captionMissing = defineDetector({
  type: "caption-missing",
  version: "1.0.0",
  medium: "stream",
  summary: "Captions stay away",
  standard:
    "ANSI/CTA-708-E and ATSC A/53 Part 4, 6.2.3: the caption channel has a fixed rate, which stuffing keeps where nothing is shown; 47 CFR 79.1(j): captions from beginning to end, as far as possible. The times are our own",
  signals: ["caption.isPresent"],

  parameters: z.object({
    required: z.boolean().default(false).describe("The media has to have captions: it is a defect, too, if they never come"),
    maximumSignalGapSeconds: z
      .number()
      .positive()
      .default(10)
      .describe("Longest time without caption data, where it is sent all the time"),
    maximumContentGapSeconds: z.number().positive().default(180).describe("Longest time without a caption that shows something"),
  }),

  begin: ({ required, maximumSignalGapSeconds, maximumContentGapSeconds }, media, profile) => {
    const hasText = media.sideTracks?.some(({ kind }) => kind === "text") === true;
    let gapStartSeconds: number | undefined;
    let previousSeconds: number | undefined;
    let seenSince: number | undefined;
    let samples = 0;
    let held = 0;
    let open: { readonly handle: DefectHandle; readonly startSeconds: number; readonly kind: string } | undefined;

    function close(endSeconds: number, emit: Emit): void {
      if (open !== undefined) emit.close(open.handle, endSeconds, { gapSeconds: endSeconds - open.startSeconds });
      open = undefined;
    }

    function limitOf(kind: "signal" | "content", seconds: number): number {
      if (kind === "content") return maximumContentGapSeconds;
      const isSteady =
        seenSince !== undefined && (gapStartSeconds ?? seconds) - seenSince >= steadySeconds && held >= steadyRatio * samples;
      return isSteady || seenSince === undefined ? maximumSignalGapSeconds : maximumContentGapSeconds;
    }

    function openIfDue(kind: "signal" | "content", seconds: number, emit: Emit): void {
      if (open !== undefined || gapStartSeconds === undefined) return;
      if (seenSince === undefined && !(required && !(kind === "signal" && hasText))) return;
      const maximumGapSeconds = limitOf(kind, seconds);
      if (seconds - gapStartSeconds < maximumGapSeconds) return;
      const measured = { gapSeconds: seconds - gapStartSeconds };
      const handle = emit.open({ startSeconds: gapStartSeconds, measured, threshold: { maximumGapSeconds }, kind });
      open = { handle, startSeconds: gapStartSeconds, kind };
    }

    function take(kind: "signal" | "content", holds: boolean | undefined, seconds: number, emit: Emit): void {
      openIfDue(kind, seconds, emit);
      if (holds === undefined) {
        // What was not measured may have been there.
        close(seconds, emit);
        gapStartSeconds = undefined;
      } else if (holds) {
        close(seconds, emit);
        gapStartSeconds = undefined;
        seenSince ??= seconds;
        held++;
      } else {
        gapStartSeconds ??= seconds;
      }
      // Of a gap it is not asked how steady the signal is.
      if (seenSince !== undefined && open === undefined && (holds === true || seconds - (gapStartSeconds ?? seconds) < 1))
        samples++;
      previousSeconds = seconds;
    }

    let last: "signal" | "content" = "signal";
    const judging: Judging = {
      push({ pts, signals, discontinuityBefore, previousEndSeconds }, emit) {
        const present = signals["caption.isPresent"];
        const content = signals["caption.hasContent"];
        if (profile === "keyframes" && content === undefined) return;
        last = content === undefined ? "signal" : "content";
        if (discontinuityBefore && previousSeconds !== undefined) {
          const endSeconds = previousEndSeconds ?? previousSeconds;
          openIfDue(last, endSeconds, emit);
          close(endSeconds, emit);
          gapStartSeconds = undefined;
        }
        for (const [index, seconds] of pts.entries()) {
          const isPresent = present?.[index] ?? Number.NaN;
          if (content === undefined) take("signal", Number.isNaN(isPresent) ? undefined : isPresent > 0, seconds, emit);
          // Where the signal is away, that is what is told, on the picture's lane.
          else take("content", isPresent > 0 ? (content[index] ?? 0) > 0 : undefined, seconds, emit);
        }
      },
      end(endSeconds, emit) {
        openIfDue(last, endSeconds, emit);
        close(endSeconds, emit);
      },
    };
    return judging;
  },
});
