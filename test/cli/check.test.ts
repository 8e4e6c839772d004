import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Report, reportSchema } from "../../src/notifier/report/schema.js";
import { h264, makeClip, movingPicture, warble } from "../media/make.js";
import { commandLinesWith, type CommandEnd, type CommandOptions, runCommand, startCommand } from "../support/command-line.js";
import { eventually } from "../support/service.js";

let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "cli-check-"));
  const good = await makeClip({
    inputs: [movingPicture({ seconds: 3 }), warble({ seconds: 3 })],
    options: [...h264, "-c:a", "aac"],
    extension: "mp4",
  });
  const black = await makeClip({
    inputs: [`${movingPicture({ seconds: 1 })},format=yuv420p[a];color=black:s=160x90:r=25:d=3,format=yuv420p[b];[a][b]concat`],
    options: [...h264],
    extension: "mp4",
  });
  copyFileSync(good, path.join(folder, "good.mp4"));
  copyFileSync(black, path.join(folder, "black.mp4"));
  writeFileSync(path.join(folder, "text.mp4"), "this is no film\n");
});
afterAll(() => rmSync(folder, { recursive: true }));

/**
 * `framewatch check` without the models: they add to the start of each of these many processes. What it says of its
 * progress, which depends on how fast the machine is, is left out of standard error.
 */
async function check(words: readonly string[], options: Partial<CommandOptions> = {}): Promise<CommandEnd> {
  const end = await runCommand(["check", "--no-models", ...words], { cwd: folder, ...options });
  return { ...end, stderr: end.stderr.replaceAll(/^\{"input":.*"doneRatio":.*\n/gm, "") };
}

function reportIn({ stdout }: CommandEnd): Report {
  return reportSchema.parse(JSON.parse(stdout));
}

describe("framewatch check", () => {
  it("prints a summary and writes each report into a folder of its own", async () => {
    const { code, stdout, stderr } = await check(["good.mp4", "black.mp4", "--out", "reports/of today"]);
    expect(stderr).toBe("");
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^PASS {2}good\.mp4\n {2}\S+, 3\.0 s, 160x90 h264, aac mono, [\d.]+ x real time\n {2}\d+ kbit\/s, 25 frames\/s(, keyframes [^\n]+)?\n {2}no defects\n {2}report: file:\S+\n/,
    );
    expect(stdout).toMatch(
      /^WARN {2}black\.mp4\n.*\n.*\n {2}0:00:01\.000 – 0:00:04\.000 {2}warning {3}black \(duration 3 s, mean dark ratio 1\)\n/m,
    );

    const ids = readdirSync(path.join(folder, "reports/of today"));
    expect(ids).toHaveLength(2);
    for (const id of ids) {
      const files = readdirSync(path.join(folder, "reports/of today", id));
      expect(files).toEqual(expect.arrayContaining(["report.html", "report.json", "signals"]));
      const report = reportSchema.parse(
        JSON.parse(readFileSync(path.join(folder, "reports/of today", id, "report.json"), "utf8")),
      );
      expect(report.job.id).toBe(id);
      if (report.job.source === "black.mp4") expect(files).toContain("evidence");
    }
  });

  it("writes into ./framewatch-reports where nothing else is said", async () => {
    const cwd = path.join(folder, "elsewhere");
    mkdirSync(cwd);
    const { code, stdout } = await check(["../good.mp4"], { cwd });
    expect(code).toBe(0);
    expect(readdirSync(cwd)).toEqual(["framewatch-reports"]);
    const url = /report: (\S+)/.exec(stdout)?.[1] ?? "";
    expect(readFileSync(new URL(url), "utf8")).toMatch(/^<!doctype html>/i);
  });

  it("prints report.json alone with --json, and leaves no file behind", async () => {
    const before = readdirSync(folder);
    const end = await check(["black.mp4", "--json"]);
    expect(end).toMatchObject({ code: 0, stderr: "" });
    expect(reportIn(end)).toMatchObject({
      verdict: "warn",
      error: null,
      defects: [{ type: "black", startSeconds: 1, endSeconds: 4 }],
    });
    expect(readdirSync(folder)).toEqual(before);
  });

  it("gives the worst exit code of several inputs, and looks at all of them whatever is wrong with one", async () => {
    const { code, stdout, stderr } = await check(["text.mp4", folder, "rtmp://studio/live/one", "good.mp4", "--out", "several"]);
    expect(code).toBe(3);
    expect(stdout.match(/^[A-Z]+ {2}/gm)).toEqual(["ERROR  ", "ERROR  ", "PASS  "]);
    expect(stderr.trimEnd().split("\n")).toEqual([
      expect.stringMatching(/^framewatch: text\.mp4: /),
      expect.stringContaining("no regular file"),
      expect.stringContaining("`framewatch watch rtmp://studio/live/one`"),
    ]);
  });

  it("fails by a policy file", async () => {
    writeFileSync(path.join(folder, "strict.yaml"), "version: 1\nname: strict\ndetectors:\n  black: { severity: error }\n");
    const end = await check(["black.mp4", "--json", "--policy", "strict.yaml"]);
    expect(end.code).toBe(1);
    expect(reportIn(end)).toMatchObject({ verdict: "fail", job: { policy: "strict" } });
  });

  it("looks at a part, for the defects that are asked for", async () => {
    const end = await check(["black.mp4", "--json", "--start", "2.5", "--duration", "1", "--only", "black,decode-error"]);
    expect(end.code).toBe(0);
    expect(reportIn(end)).toMatchObject({ verdict: "pass", defects: [], media: { video: { frames: 25 } } });
  });

  it("holds nothing against a whole film whose last keyframe lies far before its end", async () => {
    const end = await check(["black.mp4", "--json", "--profile", "keyframes"]);
    expect(reportIn(end)).toMatchObject({
      verdict: "warn",
      job: { profile: "keyframes" },
      media: { complete: true },
      defects: [{ type: "black", endSeconds: 4 }],
    });
  });

  it("takes profile fast", async () => {
    const end = await check(["good.mp4", "--json", "--profile", "fast"]);
    expect(end.code).toBe(0);
    expect(reportIn(end).job.profile).toBe("fast");
  });
});

describe("an input that cannot be read", () => {
  it.each([
    ["text.mp4", "media-unreadable"],
    ["no such.mp4", "source-not-found"],
    [".", "source-unsupported"],
    ["s3://bucket", "source-forbidden"],
    ["http://user:hunter2@127.0.0.1:1/film.mp4?token=hunter2", "source-unreachable"],
  ])("yields a report with the reason, which also stands on standard error in one line: %s", async (input, code) => {
    const end = await check([input, "--json"]);
    expect(end.code).toBe(3);
    const report = reportIn(end);
    expect(report).toMatchObject({ verdict: "error", defects: [], error: { code } });
    expect(report).not.toHaveProperty("media");
    expect(end.stderr).toMatch(/^framewatch: [^\n]+\n$/);
    expect(end.stderr).toContain(report.error?.message);
    expect(end.stdout + end.stderr).not.toContain("hunter2");
  });
});

describe("the names of inputs", () => {
  const names = ["a b ü 日本.mp4", "50%d.mp4", "a:b.mp4", "x#y?z=1.mp4", "http:a.mp4", "[1]*.mp4", 'it\'s "q".mp4'];

  it("are files' names, whatever letters they hold", async () => {
    for (const name of names) copyFileSync(path.join(folder, "good.mp4"), path.join(folder, name));
    const { code, stdout, stderr } = await check([...names, "--only", "black", "--out", "named"]);
    expect(stderr).toBe("");
    expect(code).toBe(0);
    expect(stdout.match(/^PASS {2}.*$/gm)).toEqual(names.map((name) => `PASS  ${name}`));
  });

  it("may begin with a dash, behind ./ or --", async () => {
    copyFileSync(path.join(folder, "good.mp4"), path.join(folder, "-x.mp4"));
    for (const names of [["./-x.mp4"], ["--", "-x.mp4"]]) {
      expect(await check(["--json", "--only", "black", ...names])).toMatchObject({ code: 0, stderr: "" });
    }
    expect(await check(["-x.mp4"])).toMatchObject({ code: 2, stderr: expect.stringContaining("unknown option '-x.mp4'") });
  });
});

describe("kinds of media", () => {
  it("sound alone, pictures alone and stills are normal", async () => {
    const make = (name: string, ...words: string[]): void =>
      void execFileSync("ffmpeg", ["-v", "error", "-nostdin", "-f", "lavfi", "-i", ...words, path.join(folder, name)]);
    make("sound.wav", warble());
    make("picture.mkv", movingPicture(), "-c:v", "mpeg4");
    make("still.png", movingPicture(), "-frames:v", "1");
    make("still.jpg", movingPicture(), "-frames:v", "1");
    const { code, stdout } = await check(["sound.wav", "picture.mkv", "still.png", "still.jpg", "--out", "kinds"]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/sound\.wav\n {2}wav, 2\.0 s, pcm_s16le mono, /);
    expect(stdout).toMatch(/picture\.mkv\n {2}matroska, 2\.0 s, 160x90 mpeg4, /);
    expect(stdout).toMatch(/still\.png\n {2}png_pipe, 160x90 png\n/);
    expect(stdout).toMatch(/still\.jpg\n {2}\w+, 160x90 mjpeg\n/);
  });
});

describe("what is wrong with the command", () => {
  it.each<[readonly string[], RegExp]>([
    [[], /Name at least one file or URL/],
    [["good.mp4", "black.mp4", "--json"], /--json takes one input/],
    [["good.mp4", "--only", "blck"], /no defect type "blck"\. Did you mean "black"\?/],
    [["good.mp4", "--only", ","], /It must name at least one/],
    [["good.mp4", "--policy", "defalt"], /no policy "defalt"\. Did you mean "default"\?/],
    [["good.mp4", "--policy", "./broken.yaml"], /broken\.yaml, line 4, column 12: .*severty.* Did you mean "severity"\?/],
    [["good.mp4", "--profile", "slow"], /Allowed choices are full, fast, keyframes/],
    [["good.mp4", "--start", "soon"], /must be a number of seconds, 0 or more/],
    [["good.mp4", "--start", "100"], /ends at 3\.00 s, so there is nothing from 100 s on/],
    [["good.mp4", "--duration", "0"], /must be more than 0/],
    [["good.mp4", "--reference", "black.mp4"], /unknown option '--reference'/],
    [["good.mp4", "--signals", "folder"], /--signals takes no input/],
    [["--signals", "nowhere"], /nowhere cannot be read/],
  ])("is said, and nothing is written: %j", async (words, said) => {
    writeFileSync(path.join(folder, "broken.yaml"), "version: 1\nname: broken\ndetectors:\n  black: { severty: error }\n");
    const before = readdirSync(folder);
    const { code, stdout, stderr } = await check(words);
    expect(stderr).toMatch(/^framewatch: /);
    expect(stderr).toMatch(said);
    expect(stderr).not.toMatch(/^ {4}at /m);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(readdirSync(folder)).toEqual(before);
  });

  it("is also an output or a work folder that cannot be written", async () => {
    expect(await check(["good.mp4", "--out", "good.mp4/reports"])).toMatchObject({
      code: 4,
      stderr: expect.stringMatching(/^framewatch: good\.mp4: .*cannot write.*\n$/),
    });
    const environment = { FRAMEWATCH_WORK_DIR: path.join(folder, "good.mp4/work") };
    expect(await check(["good.mp4"], { environment })).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("FRAMEWATCH_WORK_DIR is"),
    });
  });
});

describe("a machine without ffmpeg", () => {
  it("is told what is missing, with exit code 4", async () => {
    const empty = path.join(folder, "empty");
    mkdirSync(empty);
    symlinkSync(process.execPath, path.join(empty, "node"));
    const { code, stdout, stderr } = await check(["good.mp4", "--json"], { environment: { PATH: empty } });
    expect({ code, stdout }).toEqual({ code: 4, stdout: "" });
    expect(stderr).toMatch(/^framewatch: ff(mpeg|probe) is not installed.*`framewatch doctor` tells.*\n$/);
  });
});

describe("an interrupted check", () => {
  it("tells its progress as NDJSON until then, leaves no child, and exits with 130", async () => {
    const clip = await makeClip({
      inputs: [movingPicture({ size: "640x360", seconds: 10 })],
      options: [...h264],
      extension: "ts",
    });
    const long = path.join(folder, "long.ts");
    execFileSync("ffmpeg", ["-v", "error", "-nostdin", "-stream_loop", "239", "-i", clip, "-c", "copy", long]);
    const command = startCommand(["check", "--json", long], { cwd: folder });
    const line = await eventually("a line of progress", () => /^\{.*\n/m.exec(command.stderr())?.[0]);
    expect(JSON.parse(line)).toMatchObject({
      input: "long.ts",
      doneRatio: expect.any(Number),
      frames: expect.any(Number),
      framesPerSecond: expect.any(Number),
      realTimeFactor: expect.any(Number),
      defects: expect.any(Number),
    });
    expect(commandLinesWith(long).some((words) => words.includes("ffmpeg"))).toBe(true);
    command.child.kill("SIGINT");
    const { code, stdout, stderr } = await command.end;
    expect({ code, stdout }).toEqual({ code: 130, stdout: "" });
    expect(stderr).toMatch(/^framewatch: Interrupted\.$/m);
    expect(commandLinesWith(long)).toEqual([]);
    rmSync(long);
  });
});
