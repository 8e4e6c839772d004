import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Alert } from "../../src/notifier/alert.js";
import type { Report } from "../../src/notifier/report/schema.js";
import { eventually, openWorld, type RunningService, type World } from "../support/service.js";
import { faultyClip, faultyFrames, soundClip, tailOf } from "./clips.js";

let world: World;
let services: readonly [RunningService, RunningService];
let file: string;
let source: string;
beforeAll(async () => {
  world = await openWorld();
  file = await faultyClip();
  source = await world.upload("film.mp4", file);
  // One slot each: of two messages each process gets one.
  const one = { FRAMEWATCH_CONCURRENCY: "1" };
  services = await Promise.all([world.start(one), world.start(one)]);
});
afterAll(() => world.close());

const framesSoFar = async (): Promise<number> => {
  const samples = await Promise.all(services.map((service) => service.metrics()));
  return samples.reduce((sum, each) => sum + (each.get("framewatch_frames_analyzed_total") ?? 0), 0);
};

async function alertsOf(id: string): Promise<Alert[]> {
  return (await world.alerts()).map(({ alert }) => alert).filter(({ data }) => data.jobId === id);
}

/** How often each alert was published, by kind of alert. */
async function timesPublished(id: string): Promise<Record<string, number[]>> {
  const byType: Record<string, Map<string, number>> = {};
  for (const { type, id: alertId } of await alertsOf(id)) {
    const times = (byType[type] ??= new Map());
    times.set(alertId, (times.get(alertId) ?? 0) + 1);
  }
  return Object.fromEntries(Object.entries(byType).map(([type, times]) => [type, [...times.values()]]));
}

describe("a job that comes twice", () => {
  const message = () => ({ id: "twice", source });

  it("at once to two processes gives one analysis, one report and one set of alerts", async () => {
    world.s3Gate.hold(`/${world.bucket}/film.mp4`, await tailOf(file));
    await world.send(message());
    await world.send(message());
    await eventually(
      "one of the processes waits for the other",
      () => services.some(({ log }) => log.some(({ msg }) => msg?.includes("waiting for it"))) || undefined,
    );
    world.s3Gate.release();
    await world.waitForAlert("twice", "framewatch.job.completed", 2);
    await world.queueIsEmpty();
    expect(await framesSoFar()).toBe(faultyFrames);
    expect(await timesPublished("twice")).toEqual({
      "framewatch.defect.opened": [1, 1],
      "framewatch.defect.resolved": [1, 1],
      "framewatch.job.completed": [2],
    });
    expect(await world.report("twice")).toMatchObject({ verdict: "warn", defects: [{ type: "black" }, { type: "silence" }] });
  }, 120_000);

  it("one after the other is not analysed again, and completes again with the same alert id", async () => {
    const report = await world.report("twice");
    await world.send(message());
    await world.waitForAlert("twice", "framewatch.job.completed", 3);
    await world.queueIsEmpty();
    expect(await framesSoFar()).toBe(faultyFrames);
    expect(await timesPublished("twice")).toMatchObject({ "framewatch.defect.opened": [1, 1], "framewatch.job.completed": [3] });
    expect(await world.report("twice")).toEqual(report);
  }, 120_000);

  it("is analysed anew where it is forced, with alerts of its own", async () => {
    await world.send({ ...message(), force: true });
    await eventually("the second run completes", async () => {
      const completed = (await alertsOf("twice")).filter(({ type }) => type === "framewatch.job.completed");
      return new Set(completed.map(({ id }) => id)).size === 2 || undefined;
    });
    await world.queueIsEmpty();
    expect(await framesSoFar()).toBe(2 * faultyFrames);
    expect(await timesPublished("twice")).toEqual({
      "framewatch.defect.opened": [1, 1, 1, 1],
      "framewatch.defect.resolved": [1, 1, 1, 1],
      "framewatch.job.completed": [3, 1],
    });
    expect(await world.report("twice")).toMatchObject({ job: { run: 2 }, verdict: "warn" });
  }, 120_000);

  it("without an id is known by its source, and a replaced source is another job", async () => {
    await world.send({ source });
    await world.send({ source });
    const ofSource = async () =>
      (await world.alerts())
        .map(({ alert }) => alert)
        .filter(({ type, data }) => type === "framewatch.job.completed" && data.source === source && data.jobId !== "twice");
    await eventually("it completes twice", async () => (await ofSource()).length === 2 || undefined);
    expect(new Set((await ofSource()).map(({ data }) => data.jobId)).size).toBe(1);
    expect(await framesSoFar()).toBe(3 * faultyFrames);
  }, 120_000);
});

describe("a source that is replaced while a job reads it", () => {
  it("spoils that job, and the job of the new one reads the new one", async () => {
    const name = await world.upload("replaced.mp4", file);
    world.s3Gate.hold(`/${world.bucket}/replaced.mp4`, await tailOf(file));
    await world.send({ id: "old", source: name });
    await world.waitForAlert("old", "framewatch.defect.opened");
    await world.upload("replaced.mp4", await soundClip());
    await world.send({ id: "new", source: name });
    world.s3Gate.release();
    await world.waitForAlert("new", "framewatch.job.completed");
    expect(await world.report("new")).toMatchObject({ verdict: "pass", media: { video: { frames: 50 } } });
    await world.queueIsEmpty();
    expect(await world.report("old")).toSatisfy(({ verdict }: Report) => verdict === "fail" || verdict === "error");
    expect(JSON.stringify(await world.report("old"))).toContain("was replaced while it was read");
  }, 120_000);
});
