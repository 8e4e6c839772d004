/** The sum of the last so many values. */
export interface MovingSum {
  /** @returns the sum of the last values, this one among them; of all, where there are not so many yet */
  add(value: number): number;
  /** Begins anew, as after a gap. */
  clear(): void;
}

/**
 * Nothing is ever subtracted, so that a sum of quiet values is exact right after loud ones: each time that as many values
 * have come as count, their sums from each one to the last are made, and those that come are added to them.
 */
export function openMovingSum(length: number): MovingSum {
  const values = new Float64Array(length);
  /** At n: what lies from n to the end of the values, as they were when it was made. */
  const older = new Float64Array(length + 1);
  // In an array: numbers that a closure holds are boxed at each change.
  const newer = new Float64Array(1);
  let at = 0;

  return {
    add(value) {
      if (at === length) {
        for (let n = length - 1; n >= 0; n--) older[n] = (older[n + 1] ?? 0) + (values[n] ?? 0);
        newer[0] = at = 0;
      }
      values[at++] = value;
      newer[0] = (newer[0] ?? 0) + value;
      return newer[0] + (older[at] ?? 0);
    },
    clear() {
      older.fill(0);
      newer[0] = at = 0;
    },
  };
}
