import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, it } from "vitest";
import { reportSchema } from "../../src/notifier/report/schema.js";
import { runCommand } from "../support/command-line.js";

it("framewatch demo finds and tells each planted defect once, and says on the way how far it is", {
  timeout: 300_000,
}, async () => {
  const folder = mkdtempSync(path.join(tmpdir(), "cli-demo-"));
  try {
    const { code, stdout, stderr } = await runCommand(["demo", "--out", "report"], { cwd: folder });
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: expect.stringContaining("All 4 planted defects were found and alerted exactly once."),
    });
    const told = [...stdout.matchAll(/^ +\d+ {2}framewatch\.(\S+) +(.*)$/gm)].map(([, event, what]) => `${event} ${what}`);
    for (const what of ["warning black", "warning silence", "warning freeze", "error (decode-error|block-corruption)"])
      for (const event of ["opened", "resolved"])
        expect(told.filter((line) => new RegExp(`^defect.${event} ${what}$`).test(line))).toHaveLength(1);
    expect(told.at(-1)).toBe("job.completed verdict fail");

    const report = reportSchema.parse(JSON.parse(readFileSync(path.join(folder, "report/report.json"), "utf8")));
    const steps = stderr
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(steps.length).toBeGreaterThan(0);
    for (const step of steps) {
      expect(step).toMatchObject({ input: "demo.mp4", framesPerSecond: expect.any(Number), realTimeFactor: expect.any(Number) });
      expect(step.frames).toBeLessThanOrEqual(report.media?.video?.frames ?? 0);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});
