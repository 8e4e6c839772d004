import { mkdir, readdir, rm } from "node:fs/promises";
import { hostname } from "node:os";
import path from "node:path";
import { FramewatchError } from "./errors.js";

/** A folder for files that may vanish, of one process alone. */
export interface WorkFolder {
  readonly path: string;
  close(): Promise<void>;
}

const open = new Set<string>();
let opened = 0;

/**
 * Makes a folder of this process's own under `root`, and clears away those that processes of this machine left behind when
 * they were killed. Machines may share a root: only this one's folders are touched, told by its name.
 * @throws FramewatchError `configuration` when nothing can be written there
 */
export async function openWorkFolder(root: string): Promise<WorkFolder> {
  const ours = `framewatch-${hostname()}-`;
  const folder = path.join(root, `${ours}${process.pid}-${opened++}`);
  try {
    await mkdir(root, { recursive: true });
    for (const name of await readdir(root)) {
      const pid = name.startsWith(ours) ? Number(name.slice(ours.length).split("-", 1)[0]) : Number.NaN;
      const left = path.join(root, name);
      // A container's processes get the same numbers after a restart: ours, unless it is open, is a dead one's.
      const isDead = pid === process.pid ? !open.has(left) : Number.isInteger(pid) && !isAlive(pid);
      if (isDead) await rm(left, { recursive: true, force: true });
    }
    await mkdir(folder, { recursive: true });
  } catch (cause) {
    throw new FramewatchError(
      "configuration",
      `FRAMEWATCH_WORK_DIR is ${root}, where nothing can be written: ${String(cause)}.`,
      { cause },
    );
  }
  open.add(folder);
  return {
    path: folder,
    async close() {
      open.delete(folder);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it is there, and somebody else's.
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
