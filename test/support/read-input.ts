import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import type { MediaInput } from "../../src/ingest/index.js";

/** Runs a program with nothing in its environment but PATH and what is given. */
export async function runProgram(
  program: string,
  programArguments: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }> {
  const child = spawn(program, programArguments, {
    env: { PATH: process.env["PATH"], ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
  return { code: code as number | null, stdout, stderr };
}

/** Lets the real ffmpeg read an input to its end; `frames` is how many pictures it decoded. */
export async function readInput(input: MediaInput): Promise<{ readonly frames: number; readonly stderr: string }> {
  const { stdout, stderr } = await runProgram(
    "ffmpeg",
    [
      "-hide_banner",
      "-nostdin",
      "-v",
      "warning",
      ...input.inputOptions,
      "-i",
      input.url,
      "-map",
      "0:v?",
      "-f",
      "framecrc",
      "-c:v",
      "rawvideo",
      "-",
    ],
    input.environment,
  );
  return { frames: stdout.split("\n").filter((line) => /^\d+,/.test(line)).length, stderr };
}

/** The bytes of a short clip of a moving picture, by ffmpeg's own generator. */
export async function renderClip(name: string, outputOptions: readonly string[] = [], seconds = 1): Promise<Buffer> {
  const folder = await mkdtemp(join(tmpdir(), "framewatch-clip-"));
  try {
    const path = join(folder, name);
    const { code, stderr } = await runProgram("ffmpeg", [
      "-v",
      "error",
      "-nostdin",
      "-f",
      "lavfi",
      "-i",
      `testsrc2=size=160x90:rate=25:duration=${seconds}`,
      "-c:v",
      "libx264",
      "-preset",
      "ultrafast",
      "-pix_fmt",
      "yuv420p",
      ...outputOptions,
      path,
    ]);
    if (code !== 0) throw new Error(`ffmpeg made no clip: ${stderr}`);
    return await readFile(path);
  } finally {
    await rm(folder, { recursive: true });
  }
}
