import { spawn } from "node:child_process";
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { expect, test } from "vitest";
import { ffmpegArguments, runChild, startChild } from "../src/ffmpeg.js";

const forEver = new AbortController().signal;
const endless = ["-v", "error", "-f", "lavfi", "-re", "-i", "testsrc2=s=64x64", "-f", "null", "-"];

async function isRunning(pid: number): Promise<boolean> {
  try {
    return !/^State:\s+Z/m.test(await readFile(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}

/** Waits until something holds; a test that waits in vain fails by its deadline. */
async function until(holds: () => Promise<boolean>, what: string): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`Waited in vain: ${what}`);
    await pause(20);
  }
}

/** Calls `work` with a program named `ffmpeg` first in PATH. */
async function withProgram(script: string, work: () => Promise<void>): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), "framewatch-program-"));
  const before = process.env["PATH"];
  try {
    await writeFile(path.join(folder, "ffmpeg"), script);
    await chmod(path.join(folder, "ffmpeg"), 0o755);
    process.env["PATH"] = `${folder}:${before}`;
    await work();
  } finally {
    process.env["PATH"] = before;
    await rm(folder, { recursive: true });
  }
}

test.skipIf(process.platform !== "linux")(
  "a child that gives way has less of the processor or what others leave of it, and is the same process",
  async () => {
    // `nice` is the 19th field, `policy` the 41st, `state` the 3rd, see proc_pid_stat(5); SCHED_IDLE is 5.
    const ways = { partly: (fields: string[]) => Number(fields[16]) > 0, entirely: (fields: string[]) => fields[38] === "5" };
    for (const givesWay of ["partly", "entirely"] as const) {
      const child = startChild({ program: "ffmpeg", arguments: endless, givesWay, signal: forEver });
      const hasGivenWay = async () => {
        const stat = await readFile(`/proc/${child.pid}/stat`, "utf8");
        return stat.includes("(ffmpeg)") && ways[givesWay](stat.slice(stat.lastIndexOf(")") + 2).split(" "));
      };
      await until(hasGivenWay, `ffmpeg gives way ${givesWay}`);
      await child.stop(0);
      expect(await isRunning(child.pid)).toBe(false);
    }
  },
);

test("passes every argument as it is, however odd", () => {
  const args = ffmpegArguments((command) => {
    command
      .input("/clips/a film; rm -rf $HOME.mp4")
      .inputOptions("-ss", "1")
      .output("pipe:3")
      .outputOptions("-vf", "drawtext=text=two words", "-f", "rawvideo");
  });
  expect(args).toEqual([
    "-ss",
    "1",
    "-i",
    "/clips/a film; rm -rf $HOME.mp4",
    "-vf",
    "drawtext=text=two words",
    "-f",
    "rawvideo",
    "pipe:3",
  ]);
});

test("gives a child no environment but PATH and what it is told", async () => {
  process.env["AWS_SECRET_ACCESS_KEY"] = "not for children";
  try {
    const child = startChild({
      program: "ffmpeg",
      arguments: endless,
      environment: { http_proxy: "http://127.0.0.1:9" },
      signal: forEver,
    });
    // Before it becomes ffmpeg the child is the programs that confine it.
    await until(
      async () => (await readFile(`/proc/${child.pid}/comm`, "utf8")).trim() === "ffmpeg",
      "the child to become ffmpeg",
    );
    const environment = (await readFile(`/proc/${child.pid}/environ`, "utf8")).split("\0").filter((entry) => entry !== "");
    const limits = await readFile(`/proc/${child.pid}/limits`, "utf8");
    await child.stop(0);
    expect(environment.map((entry) => entry.split("=")[0]).sort()).toEqual(["PATH", "http_proxy"]);
    expect(limits).toMatch(/Max open files +256/);
  } finally {
    delete process.env["AWS_SECRET_ACCESS_KEY"];
  }
});

test("says which program is missing", () => {
  const before = process.env["PATH"];
  process.env["PATH"] = "/nowhere";
  try {
    expect(() => startChild({ program: "ffmpeg", arguments: [], signal: forEver })).toThrow(
      expect.objectContaining({ code: "program-missing" }),
    );
  } finally {
    process.env["PATH"] = before;
  }
});

test("kills a child that does not listen to TERM, and reaps it", async () => {
  await withProgram("#!/bin/bash\ntrap '' TERM\necho ready >&2\nwhile true; do sleep 0.05; done\n", async () => {
    let ready = false;
    const child = startChild({
      program: "ffmpeg",
      arguments: [],
      signal: forEver,
      line: () => {
        ready = true;
      },
    });
    await until(async () => ready, "the child to start");
    await child.stop(0.2);
    expect(await child.exit).toEqual({ signal: "SIGKILL" });
    expect(await isRunning(child.pid)).toBe(false);
  });
});

test("stops the child when the signal aborts, and drains a child that talks without end", async () => {
  const stop = new AbortController();
  let lines = 0;
  const child = startChild({
    program: "ffmpeg",
    signal: stop.signal,
    arguments: ["-v", "info", "-f", "lavfi", "-i", "testsrc2=s=16x16,showinfo", "-f", "null", "-"],
    line() {
      lines++;
      if (lines === 20_000) stop.abort();
    },
  });
  await child.exit;
  expect(lines).toBeGreaterThanOrEqual(20_000);
  expect(child.lastLines.length).toBeLessThanOrEqual(50);
});

test("gives what a child wrote, and its last words when it failed", async () => {
  const good = await runChild({
    program: "ffprobe",
    arguments: ["-v", "error", "-show_entries", "format=format_name", "-of", "csv", "-f", "lavfi", "testsrc2=d=1"],
    signal: forEver,
  });
  expect(good).toMatchObject({ code: 0 });
  expect(good.stdout.toString()).toBe("format,lavfi\n");
  const bad = await runChild({ program: "ffprobe", arguments: ["-v", "error", "/nowhere.mp4"], signal: forEver });
  expect(bad.code).toBe(1);
  expect(bad.lastLines.join()).toContain("No such file");
});

test.runIf(process.platform === "linux")("leaves no child behind when the process is killed with SIGKILL", async () => {
  // Waits on a connection that never answers: nothing but the parent's death can end it.
  const parent = spawn(
    process.execPath,
    [
      "--input-type=module",
      "-e",
      `
    import { createServer } from "node:net";
    import { startChild } from ${JSON.stringify(new URL("../dist/ffmpeg.js", import.meta.url).href)};
    const server = createServer(() => undefined).listen(0, "127.0.0.1", () => {
      const child = startChild({
        program: "ffmpeg", signal: new AbortController().signal,
        arguments: ["-v", "error", "-i", "http://127.0.0.1:" + server.address().port + "/a.mp4", "-f", "null", "-"],
      });
      console.log(child.pid);
    });
  `,
    ],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  const pid = await new Promise<number>((resolve) => parent.stdout.once("data", (data: Buffer) => resolve(Number(data))));
  expect(await isRunning(pid)).toBe(true);
  // The programs that confine the child come first; only then is it bound to its parent.
  await until(async () => (await readFile(`/proc/${pid}/comm`, "utf8")).trim() === "ffmpeg", "the child to become ffmpeg");
  parent.kill("SIGKILL");
  await until(async () => !(await isRunning(pid)), "the child to die with its parent");
});
