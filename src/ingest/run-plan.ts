import { z } from "zod";
import type { MediaInfo } from "../decoder/index.js";
import type { Store } from "../store.js";
import type { Job } from "./job.js";
import type { PictureShare } from "./picture-share.js";
import type { SegmentTask } from "./segment-runner.js";
import { type PlanFacts, planHash, planSegments, type Segment, segmentKey, type SegmentPlan } from "./segments.js";

/** One run of a job, as far as it decides which segments there are and what is measured in them. */
export interface RunFacts {
  readonly job: Job;
  readonly run: number;
  readonly media: MediaInfo;
  readonly sourceVersion: string | undefined;
  /** The job's part of the store that holds its state. */
  readonly state: Store;
  /** The wanted part of the media, in seconds; to its end where the duration is absent. */
  readonly range: { readonly startSeconds: number; readonly durationSeconds?: number };
  /** The signals wanted; all when undefined. */
  readonly signals: readonly string[] | undefined;
  readonly models: boolean;
  /** Parts of the picture that are not looked at. */
  readonly ignoredRegions: readonly PictureShare[];
  /** Version of what measures: of this program, and of the models. */
  readonly software: string;
  readonly cores: number;
  /** How far the measurers look back, in seconds. */
  readonly runInSeconds: number;
}

/** The segments of one run of a job. */
export interface RunPlan {
  /**
   * The plan of whoever began this run, if there is one: a machine with another number of cores would cut otherwise, and
   * what is finished could not be used.
   * @returns the plan, and where it lies in the job's state
   * @throws FramewatchError `store-unavailable`
   */
  adopt(): Promise<{ readonly plan: SegmentPlan; readonly key: string }>;
  /** The plan in which the picture is one segment. */
  uncut(): SegmentPlan;
  /** A segment of a plan, as whoever analyses it is told. */
  taskOf(plan: SegmentPlan, segment: Segment): SegmentTask;
}

const storedPlan = z.object({
  facts: z.string(),
  segments: z.array(
    z.object({
      index: z.int(),
      what: z.enum(["picture", "sound", "whole"]),
      startSeconds: z.number(),
      endSeconds: z.number().exactOptional(),
      runInSeconds: z.number(),
    }),
  ),
});

export function openRunPlan(run: RunFacts): RunPlan {
  const { job, media, state, signals, models, ignoredRegions, software, sourceVersion, range, cores, runInSeconds } = run;
  const facts: PlanFacts = {
    ...(sourceVersion === undefined ? {} : { sourceVersion }),
    profile: job.profile,
    ...(signals === undefined ? {} : { signals }),
    models,
    ignoredRegions,
    software,
  };
  const plan = (uncutPicture: boolean): SegmentPlan =>
    planSegments({
      ...{ media, profile: job.profile, cores, runInSeconds, ...range, uncutPicture },
      maxDurationSeconds: job.maxDurationSeconds,
    });

  return {
    async adopt() {
      // The uncut plan says which part of the media is wanted, and not how many cores there are.
      const hash = planHash(plan(true), facts);
      const key = `.state/run-${run.run}/plan-${hash}.json`;
      const own = plan(false);
      if (await state.create(key, JSON.stringify({ facts: hash, segments: own }), "application/json")) return { plan: own, key };
      const stored = await state.get(key);
      return { plan: stored === undefined ? own : storedPlan.parse(JSON.parse(stored.toString("utf8"))).segments, key };
    },
    uncut: () => plan(true),
    taskOf: (ofPlan, segment) => ({
      version: 1,
      jobId: job.id,
      run: run.run,
      source: job.source,
      ...(sourceVersion === undefined ? {} : { sourceVersion }),
      media,
      segment,
      profile: job.profile,
      ...(signals === undefined ? {} : { signals }),
      models,
      ignoredRegions,
      output: state.url,
      key: segmentKey(run.run, planHash(ofPlan, facts), segment),
      priority: job.priority,
    }),
  };
}
