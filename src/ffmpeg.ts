import { spawn, spawnSync } from "node:child_process";
import { accessSync, constants } from "node:fs";
import path from "node:path";
import type { Readable, Writable } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import { getEnvironmentData, setEnvironmentData } from "node:worker_threads";
import ffmpeg from "fluent-ffmpeg";
import { FramewatchError, isError } from "./errors.js";
import { readLines } from "./pipes.js";

/** The programs that read foreign media. */
export type Program = "ffmpeg" | "ffprobe";

export interface ChildRequest {
  readonly program: Program;
  readonly arguments: readonly string[];
  /** Beyond PATH, which is all that the child otherwise gets: no credential of ours is ever in its reach. */
  readonly environment?: Readonly<Record<string, string>>;
  /** How many pipes the child writes to: `pipe:3`, `pipe:4` … in its arguments, `pipes[0]`, `pipes[1]` … here. */
  readonly pipes?: number;
  /** How many pipes the child reads from: the numbers after those of `pipes`; `inputs[0]` … here. */
  readonly inputs?: number;
  /** Receives each line of stderr; always drained, whether given or not. */
  readonly line?: (line: string) => void;
  /**
   * It gives way to whoever else computes, where the system has that: it has less of the processor (`nice -n 5`), or what
   * everybody else leaves of it (`chrt --idle`, see sched(7)).
   */
  readonly givesWay?: "partly" | "entirely";
  /** Stops the child when it aborts. */
  readonly signal: AbortSignal;
}

export interface ChildExit {
  /** Exit status; absent when a signal ended the child. It is no evidence that media was read to its end. */
  readonly code?: number;
  readonly signal?: NodeJS.Signals;
}

export interface FfmpegChild {
  readonly pid: number;
  readonly stdout: Readable;
  readonly pipes: readonly Readable[];
  /** Each ends what the child reads from it when it is ended. Whoever asks for them listens for their errors. */
  readonly inputs: readonly Writable[];
  /** The last lines of stderr, oldest first, at most 50. */
  readonly lastLines: readonly string[];
  /** Settles when the child is reaped and its stderr is read to the end. Never rejects. */
  readonly exit: Promise<ChildExit>;
  /** Sends TERM, after `graceSeconds` (default 2; 0: at once) KILL; settles when the child is reaped. */
  stop(graceSeconds?: number): Promise<void>;
}

const keptLines = 50;
/**
 * The arguments of one ffmpeg run, built by fluent-ffmpeg: the builder alone is used. Its own spawn can set neither
 * environment nor descriptors, and its questions about formats fail with ffmpeg 7 and later.
 */
export function ffmpegArguments(build: (command: ffmpeg.FfmpegCommand) => void): string[] {
  const command = ffmpeg();
  build(command);
  return command._getArguments();
}

/**
 * Starts ffmpeg or ffprobe: no shell, no standard input, an environment of PATH and what is given, limits on
 * descriptors and core dumps, first in line for the kernel's out-of-memory killer, and killed when the thread
 * that started it ends (Linux; elsewhere a killed parent leaves the child to end by itself).
 *
 * @throws FramewatchError `program-missing`
 */
export function startChild(request: ChildRequest): FfmpegChild {
  const pipes = request.pipes ?? 0;
  const manner = request.givesWay === undefined ? [] : givingWay(request.givesWay);
  const [program = "", ...prefix] = [...manner, ...confinement(), findProgram(request.program)];
  const child = spawn(program, [...prefix, ...request.arguments], {
    env: { PATH: process.env["PATH"] ?? "", ...request.environment },
    stdio: ["ignore", "pipe", "pipe", ...Array.from({ length: pipes + (request.inputs ?? 0) }, () => "pipe" as const)],
  });

  const lastLines: string[] = [];
  const stderrEnded = readLines(child.stderr as Readable, (line) => {
    lastLines.push(line);
    if (lastLines.length > keptLines) lastLines.shift();
    request.line?.(line);
  });
  const exited = new Promise<ChildExit>((resolve) => {
    child.once("error", (error) => {
      lastLines.push(error.message);
      if (child.pid === undefined) resolve({ code: 127 });
    });
    child.once("exit", (code, signal) => resolve(code === null ? (signal === null ? {} : { signal }) : { code }));
  });

  let stopping: Promise<void> | undefined;
  async function stop(graceSeconds = 2): Promise<void> {
    if (graceSeconds === 0) child.kill("SIGKILL");
    stopping ??= (async () => {
      if (graceSeconds > 0) {
        child.kill("SIGTERM");
        const grace = new AbortController();
        await Promise.race([exited, delay(graceSeconds * 1000, undefined, { signal: grace.signal }).catch(() => undefined)]);
        grace.abort();
      }
      child.kill("SIGKILL");
      await exited;
    })();
    return stopping;
  }

  const abort = () => void stop();
  if (request.signal.aborted) abort();
  else request.signal.addEventListener("abort", abort, { once: true });

  return {
    pid: child.pid ?? 0,
    stdout: child.stdout as Readable,
    pipes: child.stdio.slice(3, 3 + pipes) as Readable[],
    inputs: child.stdio.slice(3 + pipes) as Writable[],
    lastLines,
    exit: exited.then(async (exit) => {
      request.signal.removeEventListener("abort", abort);
      await stderrEnded;
      return exit;
    }),
    stop,
  };
}

/**
 * Runs a child to its end and gives what it wrote to standard output, at most `maximumBytes` (default 16 MiB).
 *
 * @throws FramewatchError `program-missing`; the signal's reason when it aborts
 */
export async function runChild(
  request: Omit<ChildRequest, "pipes" | "inputs"> & { readonly maximumBytes?: number },
): Promise<ChildExit & { readonly stdout: Buffer; readonly lastLines: readonly string[] }> {
  const child = startChild(request);
  const maximumBytes = request.maximumBytes ?? 16 * 1024 * 1024;
  const chunks: Buffer[] = [];
  let bytes = 0;
  child.stdout.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= maximumBytes) chunks.push(chunk);
    else void child.stop(0);
  });
  const stdoutEnded = new Promise<void>((resolve) => child.stdout.once("close", resolve));
  const exit = await child.exit;
  await stdoutEnded;
  throwIfAborted(request.signal);
  return { ...exit, stdout: Buffer.concat(chunks), lastLines: child.lastLines };
}

/** Throws the signal's reason as a `FramewatchError` if it has aborted: `interrupted` where the reason is something else. */
export function throwIfAborted(signal: AbortSignal): void {
  if (!signal.aborted) return;
  const reason: unknown = signal.reason;
  if (reason instanceof FramewatchError) throw reason;
  throw new FramewatchError("interrupted", "The work on the media was stopped.", { cause: reason });
}

const foundPrograms = new Map<string, string>();

/** Where a program lies. @throws FramewatchError `program-missing` */
export function findProgram(name: string): string {
  const searched = process.env["PATH"] ?? "";
  const key = `${searched} ${name}`;
  const known = foundPrograms.get(key);
  if (known !== undefined) return known;
  for (const folder of searched.split(path.delimiter)) {
    const file = path.join(folder, name);
    try {
      accessSync(file, constants.X_OK);
      foundPrograms.set(key, file);
      return file;
    } catch {
      // Not in this folder.
    }
  }
  throw new FramewatchError("program-missing", `${name} is not installed, or not in PATH.`);
}

/** Each starts the child with less. */
const wrappers = [
  ["choom", "-n", "800", "--"],
  ["prlimit", "--core=0", "--nofile=256"],
  ["setpriv", "--no-new-privs", "--pdeathsig", "KILL", "--"],
];

let confining = getEnvironmentData("framewatch.confinement") as readonly string[] | undefined;

/** The programs, of util-linux, that start the child with less: each where it is there and works. Threads inherit what was found. */
function confinement(): readonly string[] {
  confining ??= works(wrappers.flat()) ? wrappers.flat() : wrappers.filter(works).flat();
  setEnvironmentData("framewatch.confinement", confining);
  return confining;
}

const manners = { partly: ["nice", "-n", "5"], entirely: ["chrt", "--idle", "0"] };
const knownManners = new Map<keyof typeof manners, readonly string[]>();

/** The program that starts the child with less of the processor than others that want it, where it is there and works. */
function givingWay(how: keyof typeof manners): readonly string[] {
  const wrapper = knownManners.get(how) ?? (works(manners[how]) ? manners[how] : []);
  knownManners.set(how, wrapper);
  return wrapper;
}

function works([name = "", ...rest]: readonly string[]): boolean {
  try {
    return spawnSync(findProgram(name), [...rest, findProgram("true")], { stdio: "ignore", timeout: 5000 }).status === 0;
  } catch (error) {
    if (isError(error, "program-missing")) return false;
    throw error;
  }
}
