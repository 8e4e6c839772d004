import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Alert, Report } from "../../src/notifier/index.js";

/** What such a process is told, see job-process.mjs. */
export interface JobProcessTask {
  readonly redisUrl: string;
  readonly workDir: string;
  /** Absent: it only helps others. */
  readonly job?: { readonly request: unknown; readonly folder: string; readonly cores: number };
}

export interface JobProcessEnd {
  readonly report?: Report;
  readonly alerts: readonly Alert[];
  /** Frames that this process has analysed. */
  readonly frames: number;
}

/** A process of the fleet with one place for a segment, so that it cannot take all of a job's at once. */
export interface JobProcess {
  /** Resolves when it has joined the fleet, and its job, if it has one, has begun. */
  readonly ready: Promise<void>;
  /** Resolves when its job is done, or after `stop`. Rejects when it died. */
  readonly end: Promise<JobProcessEnd>;
  /** Tells a process that only helps to end. */
  stop(): void;
  /** True while it decodes: an ffmpeg child of its own runs. */
  isDecoding(): boolean;
  /** Kills it, and it alone, as a crash would. */
  kill(): Promise<void>;
}

const script = fileURLToPath(new URL("job-process.mjs", import.meta.url));

export function startJobProcess(task: JobProcessTask): JobProcess {
  const child = fork(script, { stdio: ["ignore", "inherit", "inherit", "ipc"] });
  const exited = once(child, "exit");
  const ready = messageOf<{ ready: true }>(child, exited, (message) => "ready" in message).then(() => {});
  const end = messageOf<JobProcessEnd>(child, exited, (message) => "frames" in message);
  for (const promise of [ready, end]) promise.catch(() => {});
  child.send(task);
  return {
    ready,
    end,
    stop: () => void child.send("stop"),
    isDecoding: () => descendants(child.pid ?? 0).some((pid) => nameOf(pid) === "ffmpeg"),
    async kill() {
      if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
      await exited;
    },
  };
}

async function messageOf<Message>(
  child: ChildProcess,
  exited: Promise<unknown>,
  wanted: (message: object) => boolean,
): Promise<Message> {
  const heard = new Promise<Message>((resolve) => {
    child.on("message", (message) => {
      if (typeof message === "object" && message !== null && wanted(message)) resolve(message as Message);
    });
  });
  const died = exited.then(() => {
    throw new Error("the process ended without a word");
  });
  return Promise.race([heard, died]);
}

function descendants(pid: number): number[] {
  try {
    const children = readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
      readFileSync(`/proc/${pid}/task/${thread}/children`, "utf8")
        .split(" ")
        .filter((text) => text !== "")
        .map(Number),
    );
    return children.flatMap((child) => [child, ...descendants(child)]);
  } catch {
    // It ended while we looked at it.
    return [];
  }
}

function nameOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, "utf8").trim();
  } catch {
    return "";
  }
}
