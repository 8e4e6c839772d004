import type { DefectHandle, Emit, Judging, Region, Values } from "./detector.js";
import type { SignalBlock } from "./signal-block.js";

/**
 * Times that differ by less are equal, in seconds: 60 frames of 30000/1001 fps are 2 s to nobody's floating point,
 * and source clocks tick no finer than this.
 */
const toleranceSeconds = 1e-6;

/** What is known of the present hold: the samples for which the condition held, bridged interruptions left out. */
export interface Held {
  /** How many samples held so far; 0 while the first one is being judged. */
  readonly samples: number;
  /** How long it has held, from its start to the moment that is being judged. */
  readonly durationSeconds: number;
  /** Sum, mean, smallest and largest value of the rule's signal over those samples. */
  readonly sum: number;
  readonly mean: number;
  readonly minimum: number;
  readonly maximum: number;
}

/** The sample that is being judged. */
export interface Sample {
  readonly seconds: number;
  /** The value of another signal of the same lane at this sample; NaN where it was not measured. */
  other(signal: string): number;
  readonly held: Held;
}

/** A condition on a signal, and for how long it must hold to be a defect. */
export interface SustainedRule {
  readonly signal: string;
  /** Called once for each measured sample, in order. A sample that was not measured (NaN) fails without being asked about. */
  holds(value: number, sample: Sample): boolean;
  /**
   * Once the fault is open, a sample that fails `holds` goes on with it where it passes this: the easier limit of a
   * hysteresis, so that a value which wavers about its threshold is one fault and not forty.
   */
  keeps?(value: number, sample: Sample): boolean;
  /** Shortest time that counts; 0 opens at the first sample that holds. A function is asked again and again while it holds. */
  readonly minimumSeconds: number | (() => number);
  /**
   * A sample that fails `holds` before the fault is open may tell of another, surer one: where it passes this, what held so far
   * is forgotten, and the sample is judged anew.
   */
  givesWay?(value: number, sample: Sample): boolean;
  /** What else must be true for it to be a fault, once it has held so long; asked at each sample until it opens. */
  opens?(held: Held): boolean;
  /**
   * Interruptions to look over: no longer than `seconds`, and every sample of theirs passes `allows`, where that is given.
   * A sample that was not measured ends the hold, unless `unmeasured` says that it is looked over too.
   */
  readonly bridge?: { readonly seconds: number; allows?(value: number): boolean; readonly unmeasured?: boolean };
  /** The fault begins at the sample before the first that holds: the signal compares each sample with the one before it. */
  readonly startsAtSampleBefore?: boolean;
  /**
   * The signal looks back over some time, and tells of the fault late: how much earlier it began, asked when it opens. It
   * begins no earlier than the lane, a discontinuity or the end of the fault before it.
   */
  earlierSeconds?(held: Held): number;
  /**
   * A single sample that passes this and lasts `minimumSeconds` is a fault too, whatever its value: the signal compares
   * it with the sample before, and says nothing of how long it is shown itself.
   */
  holdsAlone?(sample: Pick<Sample, "other">): boolean;
  /** What the defect says it measured, beside `durationSeconds`. */
  measured?(held: Held): Values;
  readonly threshold: Values;
  /** How sure such a defect is, 0..1; 1 where absent. A function is asked when it opens. */
  readonly confidence?: number | (() => number);
  /** Where in the picture it is, asked when it opens; all of the picture where absent. */
  region?(): Region | undefined;
  /** Which form of the defect it is. */
  readonly kind?: string;
}

/**
 * 'A condition held for a time', for all detectors.
 *
 * A sample lasts until the next one, the last one until the end of the media, none across a discontinuity. The
 * defect opens as soon as the time is reached while the condition still holds (exactly reached counts), and ends at
 * the first sample that fails. A hold that is interrupted by a bridge opens only after the bridge.
 */
export function sustained(rule: SustainedRule): Judging {
  let startSeconds: number | undefined;
  let interruptedSeconds: number | undefined;
  let previousSeconds: number | undefined;
  let earliestSeconds: number | undefined;
  let previousHoldsAlone = false;
  let open: DefectHandle | undefined;
  let samples = 0;
  let sum = 0;
  let minimum = Number.POSITIVE_INFINITY;
  let maximum = Number.NEGATIVE_INFINITY;

  function heldUntil(seconds: number): Held {
    return { samples, sum, minimum, maximum, mean: sum / samples, durationSeconds: seconds - (startSeconds ?? seconds) };
  }

  function measuredUntil(seconds: number): Values {
    const held = heldUntil(seconds);
    return { durationSeconds: held.durationSeconds, ...rule.measured?.(held) };
  }

  const isLongEnough = (seconds: number): boolean => {
    const minimumSeconds = typeof rule.minimumSeconds === "function" ? rule.minimumSeconds() : rule.minimumSeconds;
    return seconds >= minimumSeconds - toleranceSeconds;
  };

  function openIfDue(now: number, emit: Emit): void {
    if (startSeconds === undefined && previousHoldsAlone && previousSeconds !== undefined) {
      if (isLongEnough(now - previousSeconds)) startSeconds = previousSeconds;
    }
    if (startSeconds === undefined || open !== undefined || interruptedSeconds !== undefined) return;
    if (!isLongEnough(now - startSeconds)) return;
    if (rule.opens?.(heldUntil(now)) === false) return;
    if (rule.earlierSeconds !== undefined) {
      const earlier = startSeconds - Math.max(0, rule.earlierSeconds(heldUntil(now)));
      startSeconds = Math.min(startSeconds, Math.max(earlier, earliestSeconds ?? startSeconds));
    }
    const confidence = typeof rule.confidence === "function" ? rule.confidence() : rule.confidence;
    const region = rule.region?.();
    open = emit.open({
      startSeconds,
      measured: measuredUntil(now),
      threshold: rule.threshold,
      ...(confidence !== undefined && { confidence }),
      ...(region !== undefined && { region }),
      ...(rule.kind !== undefined && { kind: rule.kind }),
    });
  }

  function finish(seconds: number, emit: Emit): void {
    // A source whose time runs backwards without saying so must not give a fault that ends before it began.
    const endSeconds = Math.max(seconds, startSeconds ?? seconds);
    if (open !== undefined) {
      emit.close(open, endSeconds, measuredUntil(endSeconds));
      earliestSeconds = endSeconds;
    }
    startSeconds = interruptedSeconds = open = undefined;
    samples = sum = 0;
    minimum = Number.POSITIVE_INFINITY;
    maximum = Number.NEGATIVE_INFINITY;
  }

  /** Nothing lasts beyond `seconds`: the media ends there, or its time is torn. */
  function stopAt(seconds: number, emit: Emit): void {
    const endSeconds = Math.max(seconds, previousSeconds ?? seconds);
    openIfDue(endSeconds, emit);
    finish(interruptedSeconds ?? endSeconds, emit);
    previousSeconds = earliestSeconds = undefined;
  }

  function take(now: number, value: number, holds: boolean, emit: Emit): void {
    if (!holds) {
      if (startSeconds === undefined) return;
      const allowed = Number.isNaN(value) ? rule.bridge?.unmeasured === true : (rule.bridge?.allows?.(value) ?? true);
      const bridged = rule.bridge !== undefined && allowed;
      interruptedSeconds ??= now;
      if (!bridged) finish(interruptedSeconds, emit);
      return;
    }
    startSeconds ??= rule.startsAtSampleBefore === true ? (previousSeconds ?? now) : now;
    interruptedSeconds = undefined;
    samples++;
    sum += value;
    minimum = Math.min(minimum, value);
    maximum = Math.max(maximum, value);
    openIfDue(now, emit);
  }

  function holds(value: number, sample: Sample, emit: Emit): boolean {
    if (rule.holds(value, sample)) return true;
    if (open !== undefined) return rule.keeps?.(value, sample) === true;
    if (samples === 0 || rule.givesWay?.(value, sample) !== true) return false;
    finish(sample.seconds, emit);
    return rule.holds(value, sample);
  }

  /** The sample that is being judged, one object for all of them, and the block that it is of. */
  let judged: SignalBlock | undefined;
  let index = 0;
  const sample = {
    seconds: 0,
    other: (signal: string): number => (judged === undefined ? Number.NaN : (columnOf(judged, signal)[index] ?? Number.NaN)),
    get held() {
      return heldUntil(this.seconds);
    },
  };

  return {
    push(block: SignalBlock, emit: Emit): void {
      const values = columnOf(block, rule.signal);
      judged = block;
      if (block.discontinuityBefore && previousSeconds !== undefined) stopAt(block.previousEndSeconds ?? previousSeconds, emit);
      for (index = 0; index < values.length; index++) {
        const now = block.pts[index] ?? Number.NaN;
        const value = values[index] ?? Number.NaN;
        earliestSeconds ??= now;
        openIfDue(now, emit);
        if (interruptedSeconds !== undefined && now - interruptedSeconds > (rule.bridge?.seconds ?? 0) + toleranceSeconds) {
          finish(interruptedSeconds, emit);
        }
        sample.seconds = now;
        take(now, value, !Number.isNaN(value) && holds(value, sample, emit), emit);
        previousSeconds = now;
        previousHoldsAlone = rule.holdsAlone?.(sample) === true;
      }
      judged = undefined;
    },

    end(endSeconds: number, emit: Emit): void {
      if (previousSeconds !== undefined) stopAt(endSeconds, emit);
    },
  };
}

function columnOf(block: SignalBlock, signal: string): Float32Array {
  const column = block.signals[signal];
  if (column === undefined) throw new Error(`The lane ${block.lane.name}:${block.lane.track} has no signal ${signal}.`);
  return column;
}

/**
 * Several judgings of one lane as one, for a detector that knows its fault by more than one condition.
 *
 * All of them are told of a sample before any hears of the next one: what they say comes in one order of time, however
 * the signals are cut into blocks. They must not keep a block, because it is used again.
 *
 * @param names the signals that they read
 */
export function sideBySide(names: readonly string[], ...judgings: readonly Judging[]): Judging {
  const pts = new Float64Array(1);
  const columns = names.map((name) => ({ name, one: new Float32Array(1) }));
  const signals = Object.fromEntries(columns.map(({ name, one }) => [name, one]));

  function show(sample: SignalBlock, emit: Emit): void {
    for (const judging of judgings) judging.push(sample, emit);
  }

  return {
    push(block, emit) {
      const { lane, startIndex } = block;
      const plain = { lane, startIndex, pts, signals, discontinuityBefore: false };
      const all = columns.map(({ name, one }) => ({ one, values: columnOf(block, name) }));
      for (let index = 0; index < block.pts.length; index++) {
        pts[0] = block.pts[index] ?? Number.NaN;
        for (const { one, values } of all) one[0] = values[index] ?? Number.NaN;
        plain.startIndex = startIndex + index;
        show(index === 0 ? { ...block, pts, signals } : plain, emit);
      }
    },
    end(endSeconds, emit) {
      for (const judging of judgings) judging.end(endSeconds, emit);
    },
  };
}
