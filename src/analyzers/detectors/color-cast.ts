import { z } from "zod";
import { defineDetector, type DefectHandle, type Emit, type Judging, type Values } from "../detector.js";
import { exposureSignals, isSameShot, type Exposure } from "../same-shot.js";
import { sideBySide, sustained } from "../sustained.js";

const channels = ["red", "green", "blue"] as const;
const shareSignals = channels.flatMap((channel) => [`color.${channel}Low`, `color.${channel}High`]);

/** A tint must come within this time: a camera that finds its white balance, and a sunset, take longer. */
const suddenSeconds = 0.35;
/** A tint is still the same while half of it is left. */
const keptShare = 0.5;
/** Below this share of luma a channel's own share says little of a gain: chroma is coded in whole steps. */
const smallestShare = 0.3;

const signals = [...shareSignals, ...exposureSignals];

/**
 * All of the picture is tinted: a channel of R, G, B is missing, or colours shift in mid-shot, as by a swapped cable, a wrong
 * matrix or a wrong white balance.
 *
 * A tint from the first frame of a shot on is found only where a channel is missing altogether: a red door, a sunset and blue
 * stage light are as far from gray as any wrong white balance. One that comes in mid-shot, from one still to the next, in
 * the least and the most coloured places alike and without a change of light, is found when it moves a channel by 15 %: of luma,
 * or of the channel itself where that is weaker, for a wrong white balance is a gain. Away from colourless it is told while it
 * lasts. Towards colourless it may as well be the end of a cast: it is told when colours jump back, once that shows which was wrong.
 *
 * Not this: a screen of one colour (two channels are missing), coloured light that comes up slowly or with a change of light, a
 * loss of all colour (`chroma-loss`), a cut.
 */
export const colorCast = defineDetector({
  type: "color-cast",
  version: "1.0.0",
  medium: "video",
  summary: "The picture has a colour cast",
  standard:
    "No standard sets limits: R, G, B as shares of luma over the picture's light cells (gray-world statistics by quantiles)",
  signals,

  parameters: z.object({
    minimumSeconds: z.number().positive().default(2).describe("Shortest cast that counts, in seconds"),
    maximumMissingShare: z
      .number()
      .min(0)
      .default(0.08)
      .describe("A channel is missing where it is at most this share of luma in nine tenths of the light cells"),
    maximumConstantShare: z
      .number()
      .min(0)
      .default(0.5)
      .describe(
        "A channel is missing too where it is the same share of luma everywhere, and at most this one: the matrix is another",
      ),
    minimumShift: z
      .number()
      .min(0)
      .default(0.15)
      .describe(
        "Smallest sudden change of a channel as a share of luma, or of itself where it is weaker, in the least and the most coloured tenth alike",
      ),
  }),

  begin: ({ minimumSeconds, maximumMissingShare, maximumConstantShare, minimumShift }) => {
    const isMissing = (channel: (typeof channels)[number], low: number, high: number): boolean => {
      const width = channel === "green" ? constantGreenWidth : constantWidth;
      return high <= maximumMissingShare || (high <= maximumConstantShare && high - low <= width);
    };
    const lacksOne = (shares: Shares): boolean =>
      channels.filter((channel, index) =>
        isMissing(channel, shares[2 * index] ?? Number.NaN, shares[2 * index + 1] ?? Number.NaN),
      ).length === 1;
    const missing = sustained({
      signal: "color.redHigh",
      holds: (_, { other }) => lacksOne(shareSignals.map(other)),
      minimumSeconds,
      bridge: { seconds: 0.5 },
      threshold: { minimumSeconds, maximumMissingShare, maximumConstantShare },
      confidence: 0.8,
    });
    return sideBySide(signals, missing, shifted({ minimumSeconds, minimumShift, lacksOne }));
  },
});

/** Shares of luma that are the same everywhere differ by no more than their steps and what rounding of chroma makes of dark cells. */
const constantWidth = 0.05;
/** Green is made of Cb and Cr: no green, coded by BT.601 and seen by BT.709, is 0.345 + 0.04 Cb / luma. */
const constantGreenWidth = 0.08;

/** The lowest and highest shares of the channels, by name of signal. */
type Shares = readonly number[];

interface Still extends Exposure {
  readonly seconds: number;
  readonly shares: Shares;
}

/** A sudden shift of colour: how far, and in which channel and direction most. */
interface Shift {
  readonly channel: number;
  readonly size: number;
}

function changeOf(before: number, now: number): number {
  return (now - before) / Math.min(1, Math.max(before, now, smallestShare));
}

function shiftIn(channel: number, before: Shares, now: Shares): number {
  const low = changeOf(before[2 * channel] ?? 0, now[2 * channel] ?? 0);
  const high = changeOf(before[2 * channel + 1] ?? 0, now[2 * channel + 1] ?? 0);
  if (low * high <= 0) return 0;
  return Math.sign(low) * Math.min(Math.abs(low), Math.abs(high));
}

function largestShift(before: Shares, now: Shares): Shift {
  const sizes = channels.map((_, channel) => ({ channel, size: shiftIn(channel, before, now) }));
  return sizes.reduce((largest, next) => (Math.abs(next.size) > Math.abs(largest.size) ? next : largest));
}

/** How far the channels lie from colourless, all together. */
function tintOf(shares: Shares): number {
  return channels.reduce((sum, _, channel) => {
    const middle = ((shares[2 * channel] ?? 0) + (shares[2 * channel + 1] ?? 0)) / 2;
    return sum + Math.abs(middle - 1);
  }, 0);
}

interface ShiftRule {
  readonly minimumSeconds: number;
  readonly minimumShift: number;
  /** A channel is missing: that is told by itself. */
  lacksOne(shares: Shares): boolean;
}

function shifted({ minimumSeconds, minimumShift, lacksOne }: ShiftRule): Judging {
  /** Stills of the last moments, oldest first, since the shift that is under way. */
  let recent: Still[] = [];
  let before: Still | undefined;
  let shift: Shift = { channel: 0, size: 0 };
  /** Away from colourless: the shift is the fault. Else it is one only where colours jump back. */
  let isTinting = false;
  let startSeconds = 0;
  let open: DefectHandle | undefined;
  let previousSeconds: number | undefined;

  const measuredUntil = (seconds: number): Values => ({ durationSeconds: seconds - startSeconds, shift: shift.size });

  function openIfDue(now: number, isProven: boolean, emit: Emit): void {
    if (before === undefined || open !== undefined || !isProven || now - startSeconds < minimumSeconds - 1e-6) return;
    open = emit.open({
      startSeconds,
      measured: measuredUntil(now),
      threshold: { minimumSeconds, minimumShift },
      confidence: isTinting ? 0.7 : 0.6,
    });
  }

  function stopAt(seconds: number, emit: Emit, isProven = isTinting): void {
    openIfDue(seconds, isProven, emit);
    if (open !== undefined) emit.close(open, seconds, measuredUntil(seconds));
    open = before = undefined;
    recent = [];
  }

  function take(now: Still, emit: Emit): void {
    openIfDue(now.seconds, isTinting, emit);
    recent = recent.filter(({ seconds }) => now.seconds - seconds <= suddenSeconds);
    if (before !== undefined) {
      const sizeFrom = (still: Still): number => shiftIn(shift.channel, still.shares, now.shares) * Math.sign(shift.size);
      const kept = keptShare * Math.abs(shift.size);
      const jumpedBack = recent.some((still) => sizeFrom(still) <= -kept && isSameShot(still, now));
      if (!jumpedBack && sizeFrom(before) >= kept) {
        recent.push(now);
        return;
      }
      stopAt(now.seconds, emit, isTinting || jumpedBack);
    }
    for (const [place, earlier] of recent.entries()) {
      const found = largestShift(earlier.shares, now.shares);
      if (Math.abs(found.size) < minimumShift || !isSameShot(earlier, now)) continue;
      before = earlier;
      shift = found;
      isTinting = tintOf(now.shares) >= tintOf(earlier.shares);
      const isTinted = ({ shares }: Still): boolean =>
        shiftIn(found.channel, earlier.shares, shares) * Math.sign(found.size) >= keptShare * Math.abs(found.size);
      startSeconds = (recent.slice(place + 1).find(isTinted) ?? now).seconds;
      recent = [now];
      return;
    }
    recent.push(now);
  }

  return {
    push({ pts, signals, discontinuityBefore, previousEndSeconds }, emit) {
      const at = (name: string, index: number): number => signals[name]?.[index] ?? Number.NaN;
      if (discontinuityBefore && previousSeconds !== undefined) stopAt(previousEndSeconds ?? previousSeconds, emit);
      for (const [index, seconds] of pts.entries()) {
        previousSeconds = seconds;
        const shares = shareSignals.map((name) => at(name, index));
        const shadow = at("exposure.shadow", index);
        const median = at("exposure.median", index);
        const highlight = at("exposure.highlight", index);
        if (lacksOne(shares) || Number.isNaN(shadow + shares.reduce((sum, share) => sum + share, 0))) stopAt(seconds, emit);
        else take({ seconds, shares, shadow, median, highlight }, emit);
      }
    },
    end(seconds, emit) {
      stopAt(seconds, emit);
    },
  };
}
