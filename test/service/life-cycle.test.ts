import { readdir } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { childrenOf, eventually, isRunning, openWorld, type RunningService, type World } from "../support/service.js";
import { faultyClip, faultyFrames, tailOf } from "./clips.js";

let world: World;
let file: string;
beforeAll(async () => {
  world = await openWorld();
  file = await faultyClip();
});
afterAll(() => world.close());

/** Starts a job that stays where four of its five alerts are out, until the gate is released. */
async function beginHeldJob(id: string): Promise<string> {
  const source = await world.upload(`${id}.mp4`, file);
  world.s3Gate.hold(`/${world.bucket}/${id}.mp4`, await tailOf(file));
  await world.send({ id, source });
  await world.waitForAlert(id, "framewatch.defect.resolved", 2);
  return source;
}

const says = ({ log }: RunningService, id: string, text: string) => log.some(({ job, msg }) => job === id && msg === text);

describe("SIGTERM", () => {
  it("ends an idle service with exit code 0", async () => {
    const service = await world.start();
    service.signal("SIGTERM");
    expect(await service.exit).toEqual({ code: 0, signal: null });
    expect(service.log.map(({ msg }) => msg)).toContain("stopped");
  });

  it("in mid-job gives the job back at once, leaves no child and no file, and another process finishes it", async () => {
    const id = "given-back";
    const service = await world.start();
    await beginHeldJob(id);
    await eventually("a segment is finished", async () => (await world.finishedSegments(id)).length > 0 || undefined);
    const children = childrenOf(service.pid);
    expect(children.length).toBeGreaterThan(0);
    service.signal("SIGTERM");
    expect(await service.exit).toEqual({ code: 0, signal: null });
    expect(service.log.filter(({ msg }) => msg?.startsWith("stopped")).map(({ msg }) => msg)).toEqual(["stopped"]);
    expect(children.filter(isRunning)).toEqual([]);
    expect(await readdir(world.workDir)).toEqual([]);
    expect(world.aws.count(world.queue.url)).toEqual({ visible: 1, inFlight: 0 });

    world.s3Gate.release();
    const successor = await world.start();
    await world.waitForAlert(id, "framewatch.job.completed");
    await world.queueIsEmpty();
    expect((await successor.metrics()).get("framewatch_frames_analyzed_total")).toBeLessThan(faultyFrames);
    const alerts = (await world.alerts()).filter(({ alert }) => alert.data.jobId === id);
    expect(alerts.map(({ alert }) => alert.data.sequence)).toEqual([1, 2, 3, 4, 5]);
    expect(await world.report(id)).toMatchObject({ verdict: "warn", media: { complete: true, video: { frames: faultyFrames } } });
    successor.signal("SIGTERM");
    expect((await successor.exit).code).toBe(0);
  }, 150_000);
});

describe("a cancel message", () => {
  let worker: RunningService;
  let other: RunningService;
  const id = "cancelled-1";
  let source: string;
  beforeAll(async () => {
    // One slot each: while one works on the job, the other gets the message.
    [worker, other] = await Promise.all([
      world.start({ FRAMEWATCH_CONCURRENCY: "1" }),
      world.start({ FRAMEWATCH_CONCURRENCY: "1" }),
    ]);
    source = await beginHeldJob(id);
    if (says(other, id, "job begins")) [worker, other] = [other, worker];
  }, 120_000);

  it("that reaches another process ends the job as failed", async () => {
    await world.send({ version: 1, action: "cancel", id });
    const failed = await world.waitForAlert(id, "framewatch.job.failed");
    expect(failed.data.error?.code).toBe("cancelled");
    expect(says(other, id, "a job is to be cancelled")).toBe(true);
    await world.queueIsEmpty();
    expect(await world.report(id)).toMatchObject({ verdict: "error", error: { code: "cancelled" } });
    expect((await worker.metrics()).get('framewatch_jobs_total{outcome="cancelled"}')).toBe(1);
    expect(childrenOf(worker.pid).filter(isRunning)).toEqual([]);
  }, 120_000);

  it("does not end the same job when it is sent again later", async () => {
    world.s3Gate.release();
    await world.send({ id, source });
    await world.waitForAlert(id, "framewatch.job.completed");
    expect(await world.report(id)).toMatchObject({ verdict: "warn", error: null });
  }, 120_000);

  it("for a job that nobody knows does nothing", async () => {
    await world.send({ action: "cancel", id: "nobody-knows" });
    await world.queueIsEmpty();
    expect((await world.alerts()).filter(({ alert }) => alert.data.jobId === "nobody-knows")).toEqual([]);
  });
});
