import type { VideoFrame } from "../../decoder/index.js";

/** Stills each second of media time, at most. */
const stillsPerSecond = 12.5;

/** Media times are compared with the grid at this tolerance, in grid steps: 0.1 + 0.2 must not miss 0.3. */
const gridTolerance = 1e-6;

/** Says which frames are stills. */
export interface StillClock {
  /** Asked once of each frame, in order. */
  isDue(frame: VideoFrame): boolean;
}

/**
 * The first frame at or after each multiple of 0.08 s is a still, by media time only: where the media is cut into segments
 * makes no difference, as the run-in tells whether an earlier frame has served that multiple. So is the first frame of
 * all, and the first after a discontinuity.
 */
export function openStillClock(): StillClock {
  let previousStep: number | undefined;
  return {
    isDue({ pts, discontinuityBefore }) {
      const step = Math.floor(pts * stillsPerSecond + gridTolerance);
      const due = discontinuityBefore || step !== previousStep;
      previousStep = step;
      return due;
    },
  };
}
