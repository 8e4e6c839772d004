import { allowedUntil } from "./allowed-window.js";
import { besideEachOther } from "./beside.js";
import type { Defect, DefectEvent, Severity } from "./defect.js";
import type { DefectHandle, DetectorDefinition, Emit, Region } from "./detector.js";
import type { JudgePlan } from "./judge.js";
import type { Lane, SignalBlock } from "./signal-block.js";

/** One detector on its lane or lanes. What it says is returned as events. */
export interface RunningDetector {
  push(block: SignalBlock): DefectEvent[];
  end(lane: Lane, endSeconds: number): DefectEvent[];
}

/**
 * Begins a detector, and makes defects of what it says. A defect that begins in a window that the policy allows is told
 * once it outlasts the window, and never if it does not.
 *
 * @param identity the lane that the defects are named after
 */
export function runDetector(
  detector: DetectorDefinition,
  identity: Lane,
  lanes: readonly Lane[],
  {
    policy,
    media,
    profile,
    measuredWidth,
    identify,
  }: Pick<JudgePlan, "policy" | "media" | "profile" | "measuredWidth" | "identify">,
): RunningDetector {
  const rule = policy.detectors[detector.type];
  const severity: Severity = rule?.severity ?? "warning";
  const open = new Map<DefectHandle, Defect>();
  /** Until when an open defect is allowed; it has not been told. */
  const allowed = new Map<DefectHandle, number>();
  const affected = /^(stills|models|manifest|captions)$/.test(identity.name) ? undefined : (identity.name as Defect["affects"]);
  let ordinal = 0;
  let events: DefectEvent[] = [];

  function defectOf(handle: DefectHandle): Defect {
    const defect = open.get(handle);
    if (defect === undefined) throw new Error(`Detector ${detector.type} speaks of a defect that is not open.`);
    return defect;
  }

  /** Detectors know the picture as it was measured, which profile `fast` makes smaller. */
  function inCodedPixels(region: Region): Region {
    const { width: codedWidth = 0, height: codedHeight = 0 } = media.video ?? {};
    if (measuredWidth === undefined || codedWidth <= measuredWidth) return region;
    const scale = codedWidth / measuredWidth;
    const x = Math.round(region.x * scale);
    const y = Math.round(region.y * scale);
    const width = Math.max(1, Math.min(Math.round(region.width * scale), codedWidth - x));
    const height = Math.max(1, Math.min(Math.round(region.height * scale), codedHeight - y));
    return { x, y, width, height };
  }

  function tellIfOutlasted(handle: DefectHandle, nowSeconds: number): void {
    if (nowSeconds <= (allowed.get(handle) ?? Number.POSITIVE_INFINITY)) return;
    allowed.delete(handle);
    events.push({ kind: "opened", defect: defectOf(handle) });
  }

  const emit: Emit = {
    open({ startSeconds, measured, threshold, confidence = 1, region, kind, causes }) {
      const handle = {};
      const defect: Defect = {
        id: identify(detector.type, identity, ordinal++, startSeconds),
        type: detector.type,
        severity,
        medium: detector.medium,
        track: identity.track,
        startSeconds,
        confidence,
        ...(region !== undefined && { region: inCodedPixels(region) }),
        ...(kind !== undefined && { kind }),
        ...(causes !== undefined && { causes }),
        ...(detector.medium === "stream" && affected !== undefined && { affects: affected }),
        measured,
        threshold,
        detector: { name: detector.type, version: detector.version },
      };
      open.set(handle, defect);
      const untilSeconds = allowedUntil(startSeconds, rule?.allowed ?? [], media);
      if (untilSeconds === undefined) events.push({ kind: "opened", defect });
      else allowed.set(handle, untilSeconds);
      return handle;
    },
    update(handle, measured) {
      const defect = { ...defectOf(handle), measured };
      open.set(handle, defect);
      if (!allowed.has(handle)) events.push({ kind: "updated", defect });
    },
    close(handle, endSeconds, measured) {
      tellIfOutlasted(handle, endSeconds);
      if (!allowed.delete(handle)) events.push({ kind: "resolved", defect: { ...defectOf(handle), endSeconds, measured } });
      open.delete(handle);
    },
  };

  const judging = detector.begin(detector.parameters.parse(rule?.parameters ?? {}), media, profile);

  function listen(nowSeconds: number, speak: () => void): DefectEvent[] {
    events = [];
    speak();
    for (const handle of [...allowed.keys()]) tellIfOutlasted(handle, nowSeconds);
    return events;
  }
  if (lanes.length === 1) {
    return {
      push: (block) => listen(block.pts.at(-1) ?? 0, () => judging.push(block, emit)),
      end: (_, endSeconds) => listen(endSeconds, () => judging.end(endSeconds, emit)),
    };
  }
  const beside = besideEachOther(
    lanes.map((lane) => ({ lane, signals: (lane.name === "sound" ? detector.soundSignals : detector.signals) ?? [] })),
    judging,
  );
  return {
    push: (block) => listen(block.pts.at(-1) ?? 0, () => beside.push(block, emit)),
    end: (lane, endSeconds) => listen(endSeconds, () => beside.end(lane, endSeconds, emit)),
  };
}
