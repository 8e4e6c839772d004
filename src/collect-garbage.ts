import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

let collect: (() => void) | undefined;

/** Of short jobs, one after the other, it would be half the work (measured: 160 ms of 310 ms). */
const restOfFilesMilliseconds = 10_000;
/** A stream has no end at which to do it; what it stops meanwhile, it stops for a twentieth of a second. */
const restOfStreamsMilliseconds = 60_000;
let collected = performance.now();

/**
 * Frees what this thread has thrown away, unless that was done a moment ago. V8 lets garbage double the heap of each
 * thread before it collects, so that a process grows by the hour though it keeps nothing. Call it where a piece of work
 * ends, and now and then where none does (`live`): it takes some hundredths of a second. The function that does it exists in
 * contexts that are made after its flag was set.
 */
export function collectGarbage({ live = false } = {}): void {
  if (performance.now() - collected < (live ? restOfStreamsMilliseconds : restOfFilesMilliseconds)) return;
  if (collect === undefined) {
    setFlagsFromString("--expose-gc");
    collect = runInNewContext("gc") as () => void;
  }
  collect();
  collected = performance.now();
}
