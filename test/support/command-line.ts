import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const program = fileURLToPath(new URL("../../bin/framewatch.js", import.meta.url));

/** How a `framewatch` command ended. */
export interface CommandEnd {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  readonly cwd: string;
  readonly environment?: Readonly<Record<string, string>>;
}

/** A `framewatch` command that runs in a process of its own, with an environment that holds no setting but those given. */
export interface Command {
  readonly child: ChildProcess;
  readonly end: Promise<CommandEnd>;
  /** What it has written to standard error so far. */
  stderr(): string;
}

export function startCommand(words: readonly string[], { cwd, environment = {} }: CommandOptions): Command {
  const { PATH = "", TMPDIR = "" } = process.env;
  const child = spawn(process.execPath, [program, ...words], {
    cwd,
    env: { PATH, TMPDIR, HOME: cwd, AWS_EC2_METADATA_DISABLED: "true", ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const said = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name].setEncoding("utf8").on("data", (text: string) => {
      said[name] += text;
    });
  }
  const end = once(child, "close").then(([code]): CommandEnd => ({ code: code as number | null, ...said }));
  return { child, end, stderr: () => said.stderr };
}

/** Runs `framewatch` with these words to its end. */
export function runCommand(words: readonly string[], options: CommandOptions): Promise<CommandEnd> {
  return startCommand(words, options).end;
}

/** Command lines of all processes of this machine that hold the text. */
export function commandLinesWith(text: string): string[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
      } catch {
        // It ended while we looked at it.
        return [];
      }
    })
    .filter((line) => line.includes(text));
}
