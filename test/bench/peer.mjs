import { spawn } from "node:child_process";

/** Runs a program to its end, or kills it after `deadlineSeconds`. */
export async function runProgram(program, options, deadlineSeconds) {
  const started = performance.now();
  const child = spawn(program, options, { stdio: ["ignore", "pipe", "pipe"] });
  const texts = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"]) {
    child[name].setEncoding("utf8").on("data", (text) => {
      texts[name] += text;
    });
  }
  let timedOut = false;
  const deadline = setTimeout(() => {
    timedOut = true;
    child.kill("SIGKILL");
  }, deadlineSeconds * 1000);
  const code = await new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
  clearTimeout(deadline);
  return { ...texts, code, timedOut, seconds: (performance.now() - started) / 1000 };
}

/**
 * What ffmpeg alone says of a file: its number of frames, its messages about the media, and what blackdetect, freezedetect
 * and silencedetect (first sound track) find with our parameters. Undefined when there is nothing to ask, or no answer in time.
 */
export async function ffmpegVerdict(file, media) {
  if (media === undefined) return undefined;
  const picture = media.video === undefined ? [] : ["-map", "0:V:0", "-vf", "blackdetect=d=2,freezedetect=d=2:n=0.001"];
  const sound = media.audio.length === 0 ? [] : ["-map", "0:a:0", "-af", "silencedetect=n=0.001:d=2"];
  const { stderr, timedOut } = await runProgram(
    "ffmpeg",
    [
      "-hide_banner",
      "-nostdin",
      "-loglevel",
      "repeat+level+info",
      "-threads",
      "1",
      "-noautorotate",
      "-i",
      file,
      ...picture,
      ...sound,
      "-fps_mode",
      "passthrough",
      "-f",
      "null",
      "-",
    ],
    300,
  );
  if (timedOut) return undefined;
  const numbers = (pattern) => [...stderr.matchAll(pattern)].map(([, number]) => Number(number));
  const pairs = (starts, ends) => starts.map((start, n) => [start, ends[n]]);
  const frames = numbers(/frame= *(\d+)/g).at(-1);
  return {
    ...(media.video === undefined || frames === undefined ? {} : { frames }),
    errors: [...stderr.matchAll(/^(?!\[null @).*\[(?:error|fatal)\] .*$/gm)].map(([line]) => line.replace(/ @ 0x[0-9a-f]+/g, "")),
    found: {
      black: pairs(numbers(/black_start:(\S+)/g), numbers(/black_end:(\S+)/g)),
      freeze: pairs(numbers(/freeze_start: (\S+)/g), numbers(/freeze_end: (\S+)/g)),
      silence: pairs(numbers(/silence_start: (\S+)/g), numbers(/silence_end: (\S+)/g)),
    },
  };
}
