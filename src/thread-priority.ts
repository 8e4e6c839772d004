import { spawnSync } from "node:child_process";
import { readlinkSync } from "node:fs";
import { setPriority } from "node:os";
import path from "node:path";
import { findProgram } from "./ffmpeg.js";

/**
 * Tells the kernel that the calling thread, and the children that it starts from now on, compute rather than answer
 * (Linux, `SCHED_BATCH`, see sched(7)): their share of the processor stays, but waking up they wait for whoever runs.
 * A reader that interrupts its writer at the first bytes of each write costs both most of their system time.
 * Where that cannot be had (another system, no util-linux), nothing changes.
 */
export function computeInBatches(): void {
  try {
    spawnSync(findProgram("chrt"), ["--batch", "--pid", "0", `${callingThread()}`], { stdio: "ignore", timeout: 5000 });
  } catch {
    // It is only slower.
  }
}

/** A tenth of the processor where somebody else wants it, all of it where nobody does (Linux, sched(7): a step is a factor of 1.25). */
const nicenessOfWhoGivesWay = 10;

/**
 * Lets everybody else go first: the calling thread, and the children that it starts from now on. For good, as only root
 * may take it back. Where threads have no niceness of their own (another system), nothing changes.
 */
export function giveWay(): void {
  try {
    setPriority(callingThread(), nicenessOfWhoGivesWay);
  } catch {
    // All are equal then.
  }
}

/** The kernel's number of it. @throws where there is no /proc, or no such thing in it */
function callingThread(): number {
  return Number(path.basename(readlinkSync("/proc/thread-self")));
}
