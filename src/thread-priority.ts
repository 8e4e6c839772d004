import { spawnSync } from "node:child_process";
import { readlinkSync } from "node:fs";
import path from "node:path";
import { findProgram } from "./ffmpeg.js";

/**
 * Tells the kernel that the calling thread, and the children that it starts from now on, compute rather than answer
 * (Linux, `SCHED_BATCH`, see sched(7)): their share of the processor stays, but waking up they wait for whoever runs.
 * A reader that interrupts its writer at the first bytes of each write costs both most of their system time.
 * Where that cannot be had (another system, no util-linux), nothing changes.
 */
export function computeInBatches(): void {
  setPolicy("--batch");
}

/**
 * Lets everybody else go first, for good: the calling thread, and the children that it starts from now on (Linux,
 * `SCHED_IDLE`). They get what others leave of the processor, and three thousandths of it where they leave nothing. Niceness
 * alone is not enough: who wakes up as a batch waits for whoever runs, however nice that is, and is not moved to another core
 * for it; only from those who are idle in this sense the kernel takes the core at once.
 */
export function giveWay(): void {
  setPolicy("--idle");
}

function setPolicy(policy: "--batch" | "--idle"): void {
  try {
    spawnSync(findProgram("chrt"), [policy, "--pid", "0", `${callingThread()}`], { stdio: "ignore", timeout: 5000 });
  } catch {
    // All are equal then, and it is only slower.
  }
}

/** The kernel's number of it. @throws where there is no /proc, or no such thing in it */
function callingThread(): number {
  return Number(path.basename(readlinkSync("/proc/thread-self")));
}
