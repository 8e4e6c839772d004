import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { openCapacity } from "../../src/live/capacity.js";
import { processCpuSeconds } from "../../src/live/process-cpu.js";

const live = { mode: "live", state: "running" } as const;
const file = { mode: "file", state: "running" } as const;

/** A process of 8 cores whose jobs are looked at each second. */
function openProcess() {
  const seen: number[] = [];
  let cpuSeconds = 0;
  let atMilliseconds = 0;
  const capacity = openCapacity({ cores: 8, cpuSeconds: () => cpuSeconds, gauge: { set: (streams) => void seen.push(streams) } });
  return {
    seen,
    /** @param cores how many are busy meanwhile */
    run(seconds: number, cores: number, jobs: Parameters<typeof capacity.note>[0]) {
      for (let second = 0; second < seconds; second++) {
        capacity.note(jobs, atMilliseconds);
        atMilliseconds += 1000;
        cpuSeconds += cores;
      }
    },
  };
}

describe("the capacity for live streams", () => {
  it("is what the cores hold at the cost of the present streams, from 20 s on", () => {
    const { run, seen } = openProcess();
    run(19, 1.5, [live, live, live]);
    expect(seen).toEqual([]);
    run(60, 1.5, [live, live, live]);
    expect(new Set(seen)).toEqual(new Set([16]));
  });

  it("is measured anew when a stream comes, and follows what the streams cost over the last minute", () => {
    const { run, seen } = openProcess();
    run(30, 0.5, [live]);
    expect(seen.at(-1)).toBe(16);
    run(30, 2, [live, live]);
    expect(seen.at(-1)).toBe(8);
    run(70, 4, [live, live]);
    expect(seen.at(-1)).toBe(4);
  });

  it.each([
    ["beside a file, which takes what is left", [live, file]],
    ["while a stream is down and costs nothing", [live, { mode: "live", state: "stalled" }]],
    ["without a stream", []],
  ] as const)("stays as it is %s", (_, jobs) => {
    const { run, seen } = openProcess();
    run(60, 8, jobs);
    expect(seen).toEqual([]);
  });

  it("is not made up where processor time cannot be told", () => {
    const seen: number[] = [];
    const capacity = openCapacity({
      cores: 8,
      cpuSeconds: () => undefined,
      gauge: { set: (streams) => void seen.push(streams) },
    });
    for (let at = 0; at < 120_000; at += 1000) capacity.note([live], at);
    expect(seen).toEqual([]);
  });
});

describe.runIf(process.platform === "linux")("the processor time of this process", () => {
  it("holds what its children used", () => {
    const before = processCpuSeconds() ?? Number.NaN;
    execFileSync(process.execPath, ["-e", "const end = process.cpuUsage().user + 1e5; while (process.cpuUsage().user < end);"]);
    expect((processCpuSeconds() ?? Number.NaN) - before).toBeGreaterThan(0.09);
  });
});
