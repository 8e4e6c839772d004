import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";

/** Runs a program to its end. Gives wall seconds, and the largest resident memory of the process itself in bytes. */
export async function timeChild(program, options, environment = {}) {
  const started = performance.now();
  const child = spawn(program, options, { stdio: ["ignore", "ignore", "pipe"], env: { ...process.env, ...environment } });
  let errors = "";
  child.stderr.on("data", (text) => {
    errors = (errors + text).slice(-4000);
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
  return { wallSeconds: (performance.now() - started) / 1000, peakBytes };
}

function peakOf(pid) {
  try {
    const line = readFileSync(`/proc/${pid}/status`, "utf8").match(/VmHWM:\s+(\d+) kB/);
    return line ? Number(line[1]) * 1024 : 0;
  } catch {
    return 0; // it has just ended
  }
}

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}
