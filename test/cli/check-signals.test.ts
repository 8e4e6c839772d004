import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Report, reportSchema } from "../../src/notifier/report/schema.js";
import { h264, makeClip, movingPicture, warble } from "../media/make.js";
import { type CommandEnd, runCommand } from "../support/command-line.js";

let folder: string;
let report: Report;
let signals: string;

function check(...words: string[]): Promise<CommandEnd> {
  return runCommand(["check", "--no-models", ...words], { cwd: folder });
}
function reportIn({ stdout }: CommandEnd): Report {
  return reportSchema.parse(JSON.parse(stdout));
}

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "cli-signals-"));
  const film = await makeClip({
    inputs: [
      `${movingPicture({ seconds: 2 })},format=yuv420p[a];color=black:s=160x90:r=25:d=3,format=yuv420p[b];[a][b]concat`,
      warble({ seconds: 5 }),
    ],
    options: [...h264, "-c:a", "aac"],
    extension: "mp4",
  });
  report = reportIn(await check(film, "--json", "--out", "reports"));
  signals = path.join("reports", report.job.id, "signals");
});
afterAll(() => rmSync(folder, { recursive: true }));

describe("framewatch check --signals", () => {
  it("finds by the same policy what was found when the media was decoded, defect by defect", async () => {
    const again = reportIn(await check("--signals", signals, "--json"));
    expect(report.defects.map(({ type }) => type)).toContain("black");
    const withoutEvidence = report.defects.map(({ evidence: _, ...defect }) => defect);
    expect(again.defects.map(({ evidence: _, ...defect }) => defect)).toEqual(withoutEvidence);
    expect(again).toMatchObject({ verdict: report.verdict, media: report.media, loudness: report.loudness });
    expect(again.job).toMatchObject({ source: report.job.source, policyHash: report.job.policyHash });
  });

  it("judges by another policy, and writes a report of its own where one is asked for", async () => {
    writeFileSync(
      path.join(folder, "strict.yaml"),
      "version: 1\nname: strict\ndetectors:\n  black: { severity: critical, parameters: { minimumSeconds: 3.5 } }\n  silence: { enabled: false }\n",
    );
    const lenient = reportIn(await check("--signals", signals, "--policy", "strict.yaml", "--json"));
    expect(lenient.defects.filter(({ type }) => type === "black")).toEqual([]);

    writeFileSync(
      path.join(folder, "short.yaml"),
      "version: 1\nname: short\ndetectors:\n  black: { severity: critical, parameters: { minimumSeconds: 1 } }\n",
    );
    const end = await check("--signals", signals, "--policy", "short.yaml", "--out", "again");
    expect(end).toMatchObject({ code: 1, stderr: "" });
    expect(end.stdout).toMatch(/^FAIL {2}.*\n(.*\n){2,3} .*critical {2}black/);
    const [id = ""] = readdirSync(path.join(folder, "again"));
    expect(id).toMatch(new RegExp(`^${report.job.id}-[0-9a-f]{8}$`));
    expect(readdirSync(path.join(folder, "again", id)).sort()).toEqual(["report.html", "report.json", "signals"]);
  });

  it("looks only for what is asked for", async () => {
    const only = reportIn(await check("--signals", signals, "--only", "freeze", "--json"));
    expect(only.defects.every(({ type }) => type === "freeze")).toBe(true);
  });

  it("refuses an input beside it, a folder without signals, and signals that are damaged", async () => {
    expect(await check("film.mp4", "--signals", signals)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("--signals"),
    });
    expect(await check("--signals", folder)).toMatchObject({ code: 2, stderr: expect.stringContaining("no signals in") });
    expect(await check("--signals", "nowhere")).toMatchObject({ code: 2, stderr: expect.stringContaining("nowhere") });
    const damaged = mkdtempSync(path.join(folder, "damaged-"));
    writeFileSync(path.join(damaged, "picture-0.signals"), "{}\nnothing");
    const end = await check("--signals", damaged);
    expect(end.stderr).toContain("picture-0.signals");
    expect(end.code).not.toBe(0);
  });

  it("asks for an input where neither is given", async () => {
    expect(await check()).toMatchObject({ code: 2, stderr: expect.stringContaining("at least one file or URL") });
  });
});
