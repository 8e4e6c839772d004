import type { SignalBlock } from "./signal-block.js";

/** A stretch of the picture between two cuts. */
export interface Shot {
  readonly startSeconds: number;
  readonly endSeconds: number;
}

/** Finds shots while the signals come; holds a few samples at most, so that a stream may last for ever. */
export interface Shots {
  /** Takes the next block of lane `picture`; the others are passed over. */
  push(block: SignalBlock): void;
  /** The media ended: the last shot ends there. */
  end(endSeconds: number): void;
}

/** `scene.score` of a cut, at least. */
const minimumScore = 20;

/** A cut stands out: the score is so many times that of the samples around it, so many on each side. */
const minimumContrast = 2.5;
const neighbours = 2;

/** Two cuts that follow each other within this time are a flash, a frame of damage or a wipe: neither is a cut. */
const flashSeconds = 0.2;

interface Score {
  readonly seconds: number;
  readonly score: number;
}

/**
 * Cuts a picture into shots by `scene.score`, as PySceneDetect's AdaptiveDetector does: a cut stands out from the
 * samples around it, which fast motion does not. Gradual transitions are part of the shot that they end.
 * A jump in media time ends a shot as well.
 * @param emit receives each shot once it is known where it ends, in order and without gaps between
 */
export function openShots(emit: (shot: Shot) => void): Shots {
  let startSeconds: number | undefined;
  let scores: Score[] = [];
  /** A cut that is one if no other follows it at once. */
  let pendingSeconds: number | undefined;
  let isFlash = false;
  let lastSeconds = 0;

  function cutAt(seconds: number): void {
    if (startSeconds !== undefined && seconds > startSeconds) emit({ startSeconds, endSeconds: seconds });
    startSeconds = seconds;
  }

  function settle(seconds: number): void {
    if (pendingSeconds === undefined || seconds - pendingSeconds <= flashSeconds) return;
    if (!isFlash) cutAt(pendingSeconds);
    pendingSeconds = undefined;
    isFlash = false;
  }

  /** Judges the score that has as many on both sides of it as are asked for, or all that there are. */
  function judge(index: number): void {
    const present = scores[index];
    if (present === undefined) return;
    settle(present.seconds);
    if (!(present.score >= minimumScore)) return;
    const around = scores.slice(Math.max(0, index - neighbours), index + neighbours + 1).filter((one) => one !== present);
    const mean = around.reduce((sum, { score }) => sum + score, 0) / Math.max(1, around.length);
    if (present.score < minimumContrast * mean) return;
    if (pendingSeconds === undefined) pendingSeconds = present.seconds;
    else isFlash = true;
  }

  function finish(endSeconds: number): void {
    for (let index = Math.max(0, scores.length - neighbours); index < scores.length; index++) judge(index);
    settle(Number.POSITIVE_INFINITY);
    if (startSeconds !== undefined) cutAt(Math.max(endSeconds, lastSeconds));
    startSeconds = pendingSeconds = undefined;
    isFlash = false;
    scores = [];
  }

  return {
    push({ lane, pts, signals, discontinuityBefore, previousEndSeconds }) {
      const column = signals["scene.score"];
      if (lane.name !== "picture" || column === undefined) return;
      if (discontinuityBefore) finish(previousEndSeconds ?? lastSeconds);
      for (const [index, seconds] of pts.entries()) {
        startSeconds ??= seconds;
        lastSeconds = seconds;
        const score = column[index] ?? Number.NaN;
        scores.push({ seconds, score: Number.isNaN(score) ? 0 : score });
        if (scores.length > 2 * neighbours + 1) scores.shift();
        if (scores.length > neighbours) judge(scores.length - 1 - neighbours);
      }
    },
    end: finish,
  };
}
