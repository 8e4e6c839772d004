import type { MediaInfo } from "../decoder/index.js";
import { FramewatchError } from "../errors.js";
import { suggestion } from "../suggestion.js";
import type { DefectEvent } from "./defect.js";
import { defectTypesNotBuilt } from "./defect-types.js";
import type { DetectorDefinition } from "./detector.js";
import { detectors } from "./detectors/index.js";
import type { MeasuringProfile } from "./pipeline.js";
import type { Policy } from "./policy.js";
import { runDetector, type RunningDetector } from "./run-detector.js";
import { laneKey, type Lane, type LaneSignals, type SignalBlock } from "./signal-block.js";

/** What to judge, and by which rules. */
export interface JudgePlan {
  readonly policy: Policy;
  readonly media: MediaInfo;
  /** What is measured; see `planLanes`. */
  readonly lanes: readonly LaneSignals[];
  readonly profile: MeasuringProfile;
  /** Greatest width of the pictures that are measured, in pixels, where wider ones are scaled down to it. */
  readonly measuredWidth?: number;
  /** Defect types to look for; all that the policy enables when absent. */
  readonly only?: readonly string[];
  /** Gives the id of the `ordinal`-th defect (from 0) of a detector on a lane; must be the same whenever the media is judged again. */
  identify(detector: string, lane: Lane, ordinal: number, startSeconds: number): string;
}

/** A detector that does not run, and why, for people. */
export interface DetectorOff {
  readonly type: string;
  readonly reason: string;
}

/** Runs all detectors over the signals of one source. Cheap, ordered, exact: the same signals give the same defects. */
export interface Judge {
  /** Detectors that are built and asked for but cannot run, or that the policy switches off. */
  readonly off: readonly DetectorOff[];
  /** At least one detector has seen at least one sample. */
  readonly judged: boolean;
  /** Judges the next block of its lane. @returns what became known by it, in the order in which it did */
  push(block: SignalBlock): DefectEvent[];
  /** The lane ended at `endSeconds`: what is open on it ends there. */
  end(lane: Lane, endSeconds: number): DefectEvent[];
}

/**
 * The detectors that a policy and `--only` ask for.
 * @throws FramewatchError `usage` when `only` names what is no defect type, or one that no detector finds yet
 */
export function chosenDetectors(policy: Policy, only?: readonly string[]): readonly DetectorDefinition[] {
  const built: readonly string[] = detectors.map(({ type }) => type);
  const asked = only ?? built;
  for (const type of asked) {
    if (built.includes(type)) continue;
    const fault = defectTypesNotBuilt.some((notBuilt) => notBuilt === type)
      ? `No detector finds "${type}" yet.`
      : `There is no defect type "${type}".${suggestion(type, built)}`;
    throw new FramewatchError("usage", `${fault} There are: ${built.join(", ")}.`);
  }
  return detectors.filter(({ type }) => policy.detectors[type]?.enabled === true && asked.includes(type));
}

/** The signals that judging by this policy reads: what has to be measured. @throws FramewatchError `usage`, see `chosenDetectors` */
export function wantedSignals(policy: Policy, only?: readonly string[]): ReadonlySet<string> {
  return new Set(chosenDetectors(policy, only).flatMap(({ signals, soundSignals = [] }) => [...signals, ...soundSignals]));
}

/**
 * Begins every chosen detector once on each lane that provides all its signals.
 * @throws FramewatchError `usage` see `chosenDetectors`
 */
export function openJudge(plan: JudgePlan): Judge {
  const { policy, lanes } = plan;
  const chosen = chosenDetectors(policy, plan.only);
  const running = new Map<string, RunningDetector[]>();
  const off: DetectorOff[] = [];
  let judged = false;

  for (const { type } of detectors) {
    if (policy.detectors[type]?.enabled === false) off.push({ type, reason: `Policy ${policy.name} switches it off.` });
  }
  function run(detector: DetectorDefinition, identity: Lane, lanesOfIt: readonly Lane[]): void {
    const one = runDetector(detector, identity, lanesOfIt, plan);
    for (const lane of lanesOfIt) running.set(laneKey(lane), [...(running.get(laneKey(lane)) ?? []), one]);
  }

  for (const detector of chosen) {
    const fitting = lanesWith(lanes, detector.signals);
    if (detector.soundSignals === undefined) {
      for (const lane of fitting) run(detector, lane, [lane]);
      if (fitting.length === 0) off.push({ type: detector.type, reason: reasonForNoLane(detector, plan) });
      continue;
    }
    const [picture] = fitting;
    const sounds = picture === undefined ? [] : lanesWith(lanes, detector.soundSignals);
    for (const sound of sounds) if (picture !== undefined) run(detector, sound, [picture, sound]);
    if (sounds.length === 0) off.push({ type: detector.type, reason: reasonForNoLane(detector, plan) });
  }

  return {
    off,
    get judged() {
      return judged;
    },
    push(block) {
      const onLane = running.get(laneKey(block.lane)) ?? [];
      judged ||= onLane.length > 0 && block.pts.length > 0;
      return onLane.flatMap((one) => one.push(block));
    },
    end(lane, endSeconds) {
      return (running.get(laneKey(lane)) ?? []).flatMap((one) => one.end(lane, endSeconds));
    },
  };
}

function lanesWith(lanes: readonly LaneSignals[], names: readonly string[]): Lane[] {
  return lanes.filter(({ signals }) => names.every((name) => signals.includes(name))).map(({ lane }) => lane);
}

function reasonForNoLane(detector: DetectorDefinition, { lanes, media, profile }: JudgePlan): string {
  const needsBoth = detector.soundSignals !== undefined;
  if ((detector.medium === "video" || needsBoth) && media.video === undefined) return "The media has no picture.";
  if ((detector.medium === "audio" || needsBoth) && media.audio.length === 0) return "The media has no sound.";
  if (detector.signals.every((signal) => signal.startsWith("manifest."))) return "The source is no HLS playlist.";
  if (detector.signals.every((signal) => signal.startsWith("transport."))) {
    return media.container === "mpegts"
      ? "Packets of a source that is read over the network are not watched."
      : "The media is no MPEG transport stream.";
  }
  const missing = [...detector.signals, ...(detector.soundSignals ?? [])].filter(
    (signal) => !lanes.some(({ signals }) => signals.includes(signal)),
  );
  if (missing.length === 0) return `No lane has all of ${detector.signals.join(", ")}.`;
  return `Not measured in profile ${profile}: ${missing.join(", ")}.`;
}
