import { execFile } from "node:child_process";

/** What a program said, once it ended well. */
export interface ProgramOutput {
  readonly stdout: string;
  readonly stderr: string;
}

/** No single step of the harness takes longer. */
const deadlineMilliseconds = 10 * 60_000;

/**
 * Runs ffmpeg or ffprobe to its end.
 * @throws Error with the whole command line and the last lines it said, when it fails
 */
export function runProgram(program: "ffmpeg" | "ffprobe", programArguments: readonly string[]): Promise<ProgramOutput> {
  return new Promise((resolve, reject) => {
    const options = { maxBuffer: 1 << 28, timeout: deadlineMilliseconds };
    execFile(program, programArguments, options, (error, stdout, stderr) => {
      if (error === null) return resolve({ stdout, stderr });
      reject(failed(program, programArguments, stderr, error));
    });
  });
}

/** What ffmpeg writes to its standard output. @throws Error as `runProgram` does */
export function ffmpegBytes(programArguments: readonly string[]): Promise<Uint8Array> {
  const words = ["-hide_banner", "-nostdin", "-loglevel", "error", ...programArguments];
  return new Promise((resolve, reject) => {
    const options = { maxBuffer: 1 << 30, timeout: deadlineMilliseconds, encoding: "buffer" } as const;
    execFile("ffmpeg", words, options, (error, stdout, stderr) => {
      if (error === null) return resolve(stdout);
      reject(failed("ffmpeg", words, stderr.toString(), error));
    });
  });
}

function failed(program: string, words: readonly string[], said: string, cause: Error): Error {
  const command = [program, ...words.map(quoted)].join(" ");
  return new Error(`${command}\n${said.trim().split("\n").slice(-6).join("\n")}`, { cause });
}

/** A word as a shell would take it, so that a failed command can be tried by hand. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** Runs ffmpeg with its usual preamble. Writes over what is there. */
export function ffmpeg(programArguments: readonly string[]): Promise<ProgramOutput> {
  return runProgram("ffmpeg", ["-hide_banner", "-nostdin", "-y", "-loglevel", "error", ...programArguments]);
}

/** What ffprobe says of a file. `Output` is what the asked entries look like. */
export async function ffprobeJson<Output>(programArguments: readonly string[]): Promise<Output> {
  const { stdout } = await runProgram("ffprobe", ["-v", "error", "-of", "json", ...programArguments]);
  return JSON.parse(stdout) as Output;
}
