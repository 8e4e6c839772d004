import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

let collect: (() => void) | undefined;

/** No thread collects more often: of short jobs, one after the other, it would be half the work (measured: 160 ms of 310 ms). */
const restMilliseconds = 10_000;
let collected = performance.now();

/**
 * Frees what this thread has thrown away, unless that was done some seconds ago. V8 lets garbage double the heap of each
 * thread before it collects, so that a process grows by the hour though it keeps nothing. Call it where a piece of work
 * ends: it takes some hundredths of a second. The function that does it exists in contexts that are made after its flag was
 * set.
 */
export function collectGarbage(): void {
  if (performance.now() - collected < restMilliseconds) return;
  if (collect === undefined) {
    setFlagsFromString("--expose-gc");
    collect = runInNewContext("gc") as () => void;
  }
  collect();
  collected = performance.now();
}
