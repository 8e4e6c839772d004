import { readdirSync, readFileSync } from "node:fs";

/** What /proc counts processor time in: USER_HZ, which is 100 on every platform of Linux that node runs on. */
const ticksPerSecond = 100;

/**
 * Processor time in seconds of this process: its threads, its children that have ended, and those that run. Of the children
 * of children only the ended ones count; ours have none that live long. Undefined where there is no Linux to ask (proc(5)).
 */
export function processCpuSeconds(): number | undefined {
  try {
    const threads = readdirSync("/proc/self/task");
    const children = threads.flatMap((thread) => words(`/proc/self/task/${thread}/children`));
    return ["self", ...children].reduce((sum, process) => sum + ticksOf(process), 0) / ticksPerSecond;
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}

/** Of one that ended while we looked, nothing: it is among the ended ones the next time. */
function ticksOf(process: string): number {
  try {
    const stat = readFileSync(`/proc/${process}/stat`, "utf8");
    // The second field may hold spaces and brackets: read on from its last one. utime, stime, cutime and cstime are 14 to 17.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0);
  } catch (error) {
    if (isGone(error)) return 0;
    throw error;
  }
}

/** Numbers in a file; none where the thread has ended. */
function words(file: string): string[] {
  try {
    return readFileSync(file, "utf8")
      .split(" ")
      .filter((text) => text.trim() !== "");
  } catch (error) {
    if (isGone(error)) return [];
    throw error;
  }
}

function isGone(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ESRCH");
}
