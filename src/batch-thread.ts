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
  try {
    const thread = path.basename(readlinkSync("/proc/thread-self"));
    spawnSync(findProgram("chrt"), ["--batch", "--pid", "0", thread], { stdio: "ignore", timeout: 5000 });
  } catch {
    // It is only slower.
  }
}
