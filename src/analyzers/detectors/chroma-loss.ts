import { z } from "zod";
import { defineDetector, type DefectHandle, type Emit, type Judging, type Values } from "../detector.js";
import { exposureSignals, isSameShot, type Exposure } from "../same-shot.js";
import { sideBySide } from "../sustained.js";

/** Colour must go, or come back, within this time: an editor's fade to black and white takes longer. */
const suddenSeconds = 0.5;

/**
 * What a coder leaves of colour that was lost: less than this share of its spread. Pictures after it repair the rest slowly.
 * Where all of it went from one still to the next, which no fade does, a coder at a low rate may have left more.
 */
const residueShare = 0.3;
const residueShareAtOnce = 0.4;
const atOnceSeconds = 0.13;

/** And no more than this share where there was so much colour that the rest alone would pass for some: half a picture's gaudy things may go. */
const gaudyResidueShare = 0.15;

/** Less than this share of what there was a moment ago may be a residue that the next pictures repair. */
const residueLikeShare = 0.5;

/** Colour that goes at once needs no more of a spread than this, in levels of 8 bits, to be missed: nothing else looks like it. */
const minimumSuddenSpread = 2;

/** Screens and pages have fewer tones than filmed and painted pictures: what is coloured there may come and go. */
const fewestTones = 0.5;

interface Rule {
  readonly minimumSeconds: number;
  readonly maximumSpread: number;
  readonly minimumColorSpread: number;
  readonly minimumLumaSpread: number;
}

const signals = ["color.lumaSpread", "color.blueSpread", "color.redSpread", "exposure.toneRatio", ...exposureSignals];

/**
 * The picture loses its colour: Cb and Cr become constant while luma goes on, or one of them alone does.
 *
 * Colour that goes from one still to the next without a cut, or comes back so, was lost: nobody films that.
 *
 * Not this: a film in black and white (it had no colour before), archive film inside a programme (it comes with a cut, as a loss
 * at a cut would: that one is missed unless the colour comes back in mid-shot), a fade to black and white, snow and fog (a camera's
 * chroma is never constant), cards and black (luma has no detail), screens and
 * pages (drawn flat).
 */
export const chromaLoss = defineDetector({
  type: "chroma-loss",
  version: "1.1.0",
  medium: "video",
  summary: "The picture has lost its colour",
  standard: "No standard sets limits: chroma planes that are constant to within what a coder adds, while luma has detail",
  signals,

  parameters: z.object({
    minimumSeconds: z.number().positive().default(1).describe("Shortest loss of all colour that counts, in seconds"),
    minimumPlaneSeconds: z.number().positive().default(2).describe("Shortest loss of one of Cb and Cr that counts, in seconds"),
    maximumSpread: z
      .number()
      .min(0)
      .default(0.5)
      .describe(
        "Largest standard deviation of a chroma plane that is lost, in levels of 8 bits; up to 0.4 of what it was where it goes suddenly",
      ),
    minimumColorSpread: z
      .number()
      .min(0)
      .default(3)
      .describe("Smallest standard deviation of a chroma plane that has colour, in levels of 8 bits"),
    minimumLumaSpread: z
      .number()
      .min(0)
      .default(8)
      .describe("Smallest standard deviation of luma in a picture that could have colour, in levels of 8 bits"),
  }),

  begin: ({ minimumSeconds, minimumPlaneSeconds, ...limits }) => {
    const { minimumColorSpread } = limits;
    const onePlane = { minimumSeconds: minimumPlaneSeconds, ...limits };
    // A plane alone is judged while the other one has colour: then nothing else explains that it has none.
    const blue: SpreadOf = (own, other) => (other < minimumColorSpread ? Number.NaN : own);
    const red: SpreadOf = (other, own) => (other < minimumColorSpread ? Number.NaN : own);
    return sideBySide(
      signals,
      lossOf(Math.max, { minimumSeconds, ...limits }, false),
      lossOf(blue, onePlane, true),
      lossOf(red, onePlane, true),
    );
  },
});

/** The spread to judge by, of those of Cb and Cr; NaN where there is nothing to judge. */
type SpreadOf = (blue: number, red: number) => number;

/** A still, as far as it matters here. */
interface Still extends Exposure {
  readonly seconds: number;
  readonly spread: number;
  /** That of the other plane, where one alone is judged. */
  readonly otherSpread: number;
}

/** Where the other plane loses more than this share of its colour at the same moment, all colour goes and not one plane's. */
const otherKeptShare = 0.5;

/**
 * Looks for the moment when colour goes or comes back.
 *
 * @param provesItself that it is lost is proof enough, whenever it went
 */
function lossOf(spreadOf: SpreadOf, rule: Rule, provesItself: boolean): Judging {
  const { minimumSeconds, maximumSpread, minimumColorSpread, minimumLumaSpread } = rule;
  /** The last stills with colour, and without though with detail. */
  let colored: Still | undefined;
  let flat: Still | undefined;
  /** When the picture lost its colour and got some back, and whether it went in mid-shot. */
  let startSeconds: number | undefined;
  let endSeconds: number | undefined;
  let isProven = false;
  let limit = maximumSpread;
  let open: DefectHandle | undefined;
  let previousSeconds: number | undefined;

  const measuredUntil = (seconds: number): Values => ({ durationSeconds: seconds - (startSeconds ?? seconds) });

  function openOne(now: number, emit: Emit): DefectHandle {
    return emit.open({
      startSeconds: startSeconds ?? now,
      measured: measuredUntil(now),
      threshold: { ...rule },
      confidence: 0.9,
    });
  }

  function forget(): void {
    startSeconds = endSeconds = open = colored = flat = undefined;
    isProven = false;
    limit = maximumSpread;
  }

  function stopAt(seconds: number, emit: Emit): void {
    openIfDue(seconds, emit);
    if (open !== undefined) emit.close(open, seconds, measuredUntil(seconds));
    forget();
  }

  function openIfDue(now: number, emit: Emit): void {
    if (open !== undefined || startSeconds === undefined || endSeconds !== undefined || !isProven) return;
    if (now - startSeconds >= minimumSeconds - 1e-6) open = openOne(now, emit);
  }

  function take(now: Still, lumaSpread: number, emit: Emit): void {
    openIfDue(now.seconds, emit);
    const { spread } = now;
    const isNew = startSeconds === undefined || endSeconds !== undefined;
    const wentInShot = colored !== undefined && now.seconds - colored.seconds <= suddenSeconds && isSameShot(colored, now);
    const wentAlone = colored !== undefined && now.otherSpread >= otherKeptShare * colored.otherSpread;
    if (isNew) {
      const before = wentInShot && (wentAlone || !provesItself) ? (colored?.spread ?? 0) : 0;
      const wentAtOnce = colored !== undefined && now.seconds - colored.seconds <= atOnceSeconds;
      const share = wentAtOnce ? residueShareAtOnce : residueShare;
      const residue = Math.min(share * before, Math.max(minimumColorSpread, gaudyResidueShare * before));
      limit = Math.max(maximumSpread, residue);
    }
    if (spread <= limit) {
      if (lumaSpread < minimumLumaSpread) return;
      if (isNew) {
        startSeconds = now.seconds;
        endSeconds = undefined;
        isProven = provesItself || wentInShot;
      }
      flat = now;
      return;
    }
    if (startSeconds !== undefined && endSeconds === undefined) {
      endSeconds = now.seconds;
      if (open !== undefined) {
        emit.close(open, endSeconds, measuredUntil(endSeconds));
        open = undefined;
        startSeconds = endSeconds = undefined;
      }
    }
    if (spread < minimumSuddenSpread) return;
    // What a coder leaves for a few frames is not what there was.
    const isResidue = wentInShot && spread < residueLikeShare * (colored?.spread ?? 0);
    if (!isResidue) colored = now;
    if (startSeconds === undefined || endSeconds === undefined) return;
    const cameInShot = flat !== undefined && now.seconds - flat.seconds <= suddenSeconds && isSameShot(flat, now);
    if (cameInShot && endSeconds - startSeconds >= minimumSeconds - 1e-6) {
      emit.close(openOne(endSeconds, emit), endSeconds, measuredUntil(endSeconds));
    }
    startSeconds = endSeconds = undefined;
  }

  return {
    push({ pts, signals, discontinuityBefore, previousEndSeconds }, emit) {
      const at = (name: string, index: number): number => signals[name]?.[index] ?? Number.NaN;
      if (discontinuityBefore && previousSeconds !== undefined) stopAt(previousEndSeconds ?? previousSeconds, emit);
      for (const [index, seconds] of pts.entries()) {
        previousSeconds = seconds;
        const blueSpread = at("color.blueSpread", index);
        const redSpread = at("color.redSpread", index);
        const spread = spreadOf(blueSpread, redSpread);
        const lumaSpread = at("color.lumaSpread", index);
        const shadow = at("exposure.shadow", index);
        const median = at("exposure.median", index);
        const highlight = at("exposure.highlight", index);
        // Black has no colour to lose: what was lost before it is still lost.
        if (!(at("exposure.toneRatio", index) >= fewestTones) || Number.isNaN(spread + lumaSpread + shadow + median + highlight))
          continue;
        take({ seconds, spread, otherSpread: blueSpread + redSpread - spread, shadow, median, highlight }, lumaSpread, emit);
      }
    },
    end(seconds, emit) {
      stopAt(seconds, emit);
    },
  };
}
