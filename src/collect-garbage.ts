import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

let collect: (() => void) | undefined;

/**
 * Frees what this thread has thrown away, at once. V8 lets garbage double the heap of each thread before it collects, so
 * that a process grows by the hour though it keeps nothing. Call it where a piece of work of many seconds ends: it takes some
 * hundredths of a second. The function that does it exists in contexts that are made after its flag was set.
 */
export function collectGarbage(): void {
  if (collect === undefined) {
    setFlagsFromString("--expose-gc");
    collect = runInNewContext("gc") as () => void;
  }
  collect();
}
