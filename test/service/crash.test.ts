import { readdir, rm } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { childrenOf, eventually, isRunning, openWorld, type RunningService, type World } from "../support/service.js";
import { faultyClip, faultyFrames, tailOf } from "./clips.js";

const id = "crashed";

let world: World;
let successor: RunningService;
let childrenAtDeath: number[];
let finishedAtDeath: string[];
let alertsAtDeath: number;

beforeAll(async () => {
  world = await openWorld();
  const file = await faultyClip();
  const source = await world.upload("film.mp4", file);
  world.s3Gate.hold(`/${world.bucket}/film.mp4`, await tailOf(file));
  const victim = await world.start();
  await world.send({ id, source });
  await world.waitForAlert(id, "framewatch.defect.resolved", 2);
  finishedAtDeath = await eventually("a segment is finished", async () => {
    const keys = await world.finishedSegments(id);
    return keys.length > 0 ? keys : undefined;
  });
  childrenAtDeath = childrenOf(victim.pid);
  // The process alone: nothing tells its children.
  victim.signal("SIGKILL");
  await victim.exit;
  alertsAtDeath = (await world.alerts()).length;
  for (const name of await readdir(world.workDir)) await rm(path.join(world.workDir, name), { recursive: true });
  world.s3Gate.release();
  successor = await world.start();
}, 120_000);
afterAll(() => world.close());

describe("a service that is killed in mid-job", () => {
  it("leaves no ffmpeg behind", async () => {
    expect(childrenAtDeath.length).toBeGreaterThan(0);
    await eventually("the children are gone", () => childrenAtDeath.every((pid) => !isRunning(pid)) || undefined, 10_000);
  });

  it("has its job finished by the next one, when the message comes back, from the stored segments", async () => {
    // The message stays hidden for what is left of its 60 s.
    await world.waitForAlert(id, "framewatch.job.completed");
    await world.queueIsEmpty();
    const analysed = (await successor.metrics()).get("framewatch_frames_analyzed_total") ?? 0;
    expect(analysed).toBeGreaterThan(0);
    const finishedPictures = finishedAtDeath.filter((key) => key.endsWith("-picture.signals")).length;
    // At least four seconds each.
    expect(analysed).toBeLessThanOrEqual(faultyFrames - finishedPictures * 4 * 25);
  }, 150_000);

  it("gives one report, loses no alert, and repeats at most one, under the same id", async () => {
    const alerts = (await world.alerts()).map(({ alert }) => alert).filter(({ data }) => data.jobId === id);
    const ids = new Set(alerts.map((alert) => alert.id));
    expect(alertsAtDeath).toBeGreaterThanOrEqual(4);
    expect(ids.size).toBe(5);
    expect(alerts.length - ids.size).toBeLessThanOrEqual(1);
    expect(alerts.at(-1)?.type).toBe("framewatch.job.completed");
    expect(await world.report(id)).toMatchObject({
      verdict: "warn",
      media: { complete: true, video: { frames: faultyFrames } },
      defects: [{ type: "black" }, { type: "silence" }],
    });
    expect((await world.keys(id)).filter((key) => key.endsWith("report.json"))).toEqual(["report.json"]);
    expect(world.aws.count(world.queue.deadLetterUrl).visible).toBe(0);
  });
});
