import type { Defect, DefectEvent } from "./defect.js";
import { stall } from "./detectors/stall.js";
import type { Policy } from "./policy.js";
import { type Lane, laneKey } from "./signal-block.js";

/** Media that does not come for so long is told of while it lasts, and the source is connected anew; in seconds. */
export function lostAfterSeconds({ detectors }: Pick<Policy, "detectors">): number {
  return stall.parameters.parse(detectors[stall.type]?.parameters ?? {}).lostSeconds;
}

/**
 * A track that ends so shortly before the rest, of the time that is waited for both, went away with it: picture and sound of
 * one moment do not come at one moment.
 */
const togetherShare = 0.25;

/**
 * Tells a `stall` while a live source gives nothing, or nothing of one of its tracks: no signal comes that a detector could judge. A
 * shorter wait is told by the detector `stall`, at the sample that ends it.
 */
export interface LostInput {
  /** Lanes of picture and sound that are awaited from now on; of others nothing is told any more. */
  expect(lanes: readonly Lane[], nowSeconds: number): DefectEvent[];
  /** Something of a lane came. */
  came(lane: Lane, nowSeconds: number): DefectEvent[];
  /** Looks at the clock. @param reason why the source gives nothing, for people */
  tick(nowSeconds: number, reason: string | undefined): DefectEvent[];
  end(nowSeconds: number): DefectEvent[];
}

/** What is awaited: all of the source, or one of its tracks. */
interface Awaited {
  readonly affects?: "picture" | "sound";
  readonly track: number;
  cameSeconds: number;
  open?: Defect | undefined;
}

/**
 * @param identify gives the next defect an id
 * @param startSeconds when the source was asked for media
 */
export function openLostInput(
  policy: Pick<Policy, "detectors">,
  identify: (detector: string, startSeconds: number) => string,
  startSeconds: number,
): LostInput {
  const rule = policy.detectors[stall.type];
  const lostSeconds = lostAfterSeconds(policy);
  const source: Awaited = { track: 0, cameSeconds: startSeconds };
  let tracks = new Map<string, Awaited>();

  function open(awaited: Awaited, nowSeconds: number, reason: string | undefined): DefectEvent[] {
    const { affects, track, cameSeconds } = awaited;
    const waitSeconds = nowSeconds - cameSeconds;
    if (rule?.enabled !== true || awaited.open !== undefined || waitSeconds < lostSeconds) return [];
    awaited.open = {
      id: identify(stall.type, cameSeconds),
      type: stall.type,
      severity: rule.severity,
      medium: stall.medium,
      track,
      startSeconds: cameSeconds,
      confidence: 1,
      kind: affects === undefined ? "lost" : `${affects}-lost`,
      ...(reason === undefined ? {} : { causes: [reason] }),
      ...(affects === undefined ? {} : { affects }),
      measured: { waitSeconds },
      threshold: { minimumWaitSeconds: lostSeconds },
      detector: { name: stall.type, version: stall.version },
    };
    return [{ kind: "opened", defect: awaited.open }];
  }

  function close(awaited: Awaited, nowSeconds: number): DefectEvent[] {
    if (awaited.open === undefined) return [];
    const { open: told } = awaited;
    awaited.open = undefined;
    const measured = { waitSeconds: nowSeconds - told.startSeconds };
    return [{ kind: "resolved", defect: { ...told, endSeconds: nowSeconds, measured } }];
  }

  const isLost = (): boolean => source.open !== undefined;

  return {
    expect(lanes, nowSeconds) {
      const gone = [...tracks.values()].flatMap((awaited) => close(awaited, nowSeconds));
      tracks = new Map(
        lanes.flatMap((lane) => {
          const { name, track } = lane;
          return name === "picture" || name === "sound"
            ? [[laneKey(lane), { affects: name, track, cameSeconds: nowSeconds }]]
            : [];
        }),
      );
      return gone;
    },

    came(lane, nowSeconds) {
      const awaited = tracks.get(laneKey(lane));
      if (awaited === undefined) return [];
      const back = close(source, nowSeconds);
      // While nothing came at all, no track was late by itself.
      if (back.length > 0) for (const track of tracks.values()) track.cameSeconds = nowSeconds;
      source.cameSeconds = awaited.cameSeconds = nowSeconds;
      return [...back, ...close(awaited, nowSeconds)];
    },

    tick(nowSeconds, reason) {
      const lost = open(source, nowSeconds, reason);
      if (isLost()) return [...[...tracks.values()].flatMap((awaited) => close(awaited, nowSeconds)), ...lost];
      const alone = [...tracks.values()].filter(
        ({ cameSeconds }) => source.cameSeconds - cameSeconds >= togetherShare * lostSeconds,
      );
      return alone.flatMap((awaited) => open(awaited, nowSeconds, undefined));
    },

    end: (nowSeconds) => [source, ...tracks.values()].flatMap((awaited) => close(awaited, nowSeconds)),
  };
}
