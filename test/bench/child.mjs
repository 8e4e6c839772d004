import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";

/** The shell tells what the program and all its children took; node cannot. */
const script = '"$@" 3>&-; code=$?; times >&3; exit $code';

/**
 * Runs a program to its end. Gives wall seconds, processor seconds of it and all its children, and the largest resident
 * memory of the process itself in bytes.
 */
export async function timeChild(program, options, environment = {}) {
  const started = performance.now();
  const child = spawn("sh", ["-c", script, "sh", program, ...options], {
    stdio: ["ignore", "ignore", "pipe", "pipe"],
    env: { ...process.env, ...environment },
  });
  let errors = "";
  let times = "";
  child.stderr.on("data", (text) => {
    errors = (errors + text).slice(-4000);
  });
  child.stdio[3].on("data", (text) => {
    times += text;
  });
  let peakBytes = 0;
  const watch = setInterval(() => {
    peakBytes = Math.max(peakBytes, peakOf(child.pid));
  }, 50);
  const code = await new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
  clearInterval(watch);
  if (code !== 0 && code !== 1) throw new Error(`${program} ${options.join(" ")} ended with ${code}: ${errors}`);
  return { wallSeconds: (performance.now() - started) / 1000, cpuSeconds: secondsIn(times), peakBytes };
}

/** The children's line of `times`, user and system: `0m1.25s 0m0.07s`. */
function secondsIn(times) {
  const [, ofChildren = ""] = times.split("\n");
  return [...ofChildren.matchAll(/(\d+)m([\d.]+)s/g)].reduce(
    (sum, [, minutes, seconds]) => sum + 60 * minutes + Number(seconds),
    0,
  );
}

function peakOf(shell) {
  try {
    const [program] = readFileSync(`/proc/${shell}/task/${shell}/children`, "utf8").split(" ");
    const line = readFileSync(`/proc/${program}/status`, "utf8").match(/VmHWM:\s+(\d+) kB/);
    return line ? Number(line[1]) * 1024 : 0;
  } catch {
    return 0; // it has just ended
  }
}

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}
