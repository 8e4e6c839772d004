import { mkdtemp, rm } from "node:fs/promises";
import path from "node:path";
import type { Report } from "../../src/notifier/index.js";
import type { Analysis } from "./analyse.js";
import { deliver, type Delivery } from "./deliver.js";
import { type Encoding, encodingFor, ownEncoding } from "./encodings.js";
import { listenTo } from "./listen.js";
import { lookAt } from "./look.js";
import type { CleanClip, Planter, Served, Span, Strength } from "./planter.js";
import type { PreparedClip } from "./prepare.js";
import { fraction, shuffled } from "./random.js";
import { overlaps, type Raised, type Score, score } from "./score.js";

/** One clip with one defect planted into it, and how it was judged. */
export interface TrialResult {
  readonly clip: string;
  readonly encoding: string;
  readonly frameRate: number;
  readonly span: Span;
  readonly score: Score;
}

export interface TrialRoom {
  readonly analysis: Analysis;
  readonly clips: readonly PreparedClip[];
  /** For files that may vanish. */
  readonly folder: string;
  /** Hears of each file with a planted defect while it is there. */
  readonly analysed?: (planted: { readonly type: string; readonly name: string }, file: string, report: Report) => Promise<void>;
}

/** Seconds of clean picture before a fault, so that what follows stands out from something. */
const leadSeconds = 2;
/** And after it, so that its end is seen. */
const tailSeconds = 1;

/** Plants and judges; remembers what each clip raises by itself. */
export function openTrials({ analysis, clips, folder, analysed }: TrialRoom) {
  const baselines = new Map<string, Promise<readonly Raised[]>>();
  let files = 0;

  /** What is raised in a clip that is delivered so, on the clip's own clock. */
  async function raise(delivery: Delivery, policy: Planter["policy"], type?: string): Promise<readonly Raised[]> {
    const own = await mkdtemp(path.join(folder, "delivery-"));
    let served: Served | undefined;
    try {
      const delivered = await deliver(delivery, own, `${files++}`);
      const { file, offsetSeconds } = delivered;
      served = delivered.served;
      const report = await analysis.analyse(served?.source ?? file, policy, served?.watchSeconds);
      if (type !== undefined) await analysed?.({ type, name: `${type} in ${delivery.clip.name}` }, file, report);
      return report.defects.map(({ type, causes, startSeconds, endSeconds }) => ({
        type,
        ...(causes === undefined ? {} : { causes }),
        startSeconds: startSeconds - offsetSeconds,
        ...(endSeconds === undefined ? {} : { endSeconds: endSeconds - offsetSeconds }),
      }));
    } finally {
      await served?.close();
      await rm(own, { recursive: true, force: true });
    }
  }

  function baselineOf(clip: PreparedClip, encoding: Encoding, policy: Planter["policy"]): Promise<readonly Raised[]> {
    const key = JSON.stringify([clip.name, encoding.arguments, policy]);
    const known = baselines.get(key) ?? raise({ clip, encoding }, policy);
    baselines.set(key, known);
    return known;
  }

  /** Plants into one clip; undefined when nobody would see or hear it there, or the clip itself has it where it would be. */
  async function tryClip(
    planter: Planter,
    strength: Strength,
    clip: PreparedClip,
    turn: number,
  ): Promise<TrialResult | undefined> {
    const { type, policy, alsoRaises = [] } = planter;
    const encoding = strength.encode === undefined ? encodingFor(turn, clip) : ownEncoding(strength.encode);
    const seed = [type, strength.name, clip.name].join("/");
    const span = chooseSpan(strength, clip, seed);
    if ((await strength.isSeen?.(lookAt(clip, span), span, clip)) === false) return undefined;
    if ((await strength.isHeard?.(listenTo(clip), span, clip)) === false) return undefined;
    const expected = strength.expected?.(span, clip) ?? [span];
    const baseline = await baselineOf(clip, encoding, policy);
    if (baseline.some((defect) => defect.type === type && expected.some((one) => overlaps(defect, one)))) return undefined;
    const raised = await raise({ clip, encoding, planted: { strength, span, seed } }, policy, type);
    return {
      clip: clip.name,
      encoding: encoding.name,
      frameRate: clip.frameRate,
      span,
      score: score({ type, alsoRaises, expected, raised, baseline }),
    };
  }

  /** Up to `limit` trials of a strength, each in a clip of its own. A step that fails is told to `fault`, and counts for nothing. */
  async function tryStrength(
    planter: Planter,
    strength: Strength,
    limit: number,
    fault: (text: string) => void,
  ): Promise<TrialResult[]> {
    const fit = shuffled(
      clips.filter((clip) => isFit(planter, strength, clip)),
      planter.type,
      strength.name,
    );
    const results: TrialResult[] = [];
    for (const clip of fit) {
      if (results.length >= limit) break;
      try {
        const result = await tryClip(planter, strength, clip, results.length + turnOf(planter, strength));
        if (result !== undefined) results.push(result);
      } catch (error) {
        fault(`${planter.type}, ${strength.name}, ${clip.name}: ${error instanceof Error ? error.message : String(error)}`);
        break;
      }
    }
    return results;
  }

  return { tryStrength };
}

export type Trials = ReturnType<typeof openTrials>;

function isFit({ needs }: Planter, { lastsSeconds }: Strength, { durationSeconds, hasSound }: CleanClip): boolean {
  const needed = lastsSeconds === Infinity ? 0 : leadSeconds + lastsSeconds + tailSeconds;
  return durationSeconds >= needed && (needs === "picture" || hasSound);
}

/** Strengths begin with codecs of their own, so that few clips still meet all of them. */
function turnOf({ strengths }: Planter, strength: Strength): number {
  return strengths.indexOf(strength);
}

/** When the fault lasts: from frame to frame. */
function chooseSpan({ lastsSeconds }: Strength, { durationSeconds, frameRate }: CleanClip, seed: string): Span {
  if (lastsSeconds === Infinity) return { startSeconds: 0, endSeconds: durationSeconds };
  const onFrame = (seconds: number) => Math.round(seconds * frameRate) / frameRate;
  const room = durationSeconds - tailSeconds - lastsSeconds - leadSeconds;
  const startSeconds = onFrame(leadSeconds + room * fraction("begin", seed));
  return { startSeconds, endSeconds: onFrame(startSeconds + lastsSeconds) };
}
