/** At most so many within a rolling time. */
export interface AlertLimit {
  /** One more may go out at this moment. */
  allows(atMilliseconds: number): boolean;
  /** One goes out. @returns when the next may, where this was the last */
  take(atMilliseconds: number): number | undefined;
  /** When those went out that still count, in milliseconds of the wall clock. */
  recent(atMilliseconds: number): number[];
}

/** @param sent when alerts went out before, in milliseconds of the wall clock */
export function openAlertLimit(most: number, windowMilliseconds: number, sent: readonly number[] = []): AlertLimit {
  let times = [...sent];
  function recent(at: number): number[] {
    times = times.filter((time) => at - time <= windowMilliseconds);
    return times;
  }
  return {
    allows: (at) => recent(at).length < most,
    take(at) {
      times = [...recent(at), at];
      const [oldest = at] = times;
      return times.length < most ? undefined : oldest + windowMilliseconds + 1;
    },
    recent: (at) => [...recent(at)],
  };
}
