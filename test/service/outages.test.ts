import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Alert } from "../../src/notifier/index.js";
import { eventually, openWorld, type RunningService, type World } from "../support/service.js";
import { faultyClip, faultyFrames, tailOf } from "./clips.js";

let world: World;
let service: RunningService;
let file: string;
beforeAll(async () => {
  world = await openWorld();
  file = await faultyClip();
  service = await world.start();
});
afterAll(() => world.close());

const ofJob = async (id: string) => (await world.alerts()).map(({ alert }) => alert).filter(({ data }) => data.jobId === id);

describe("while SNS is away", () => {
  it("a job goes on, and its alerts come out in order when SNS is back, none lost, none twice", async () => {
    const id = "without-sns";
    await world.snsGate.shut();
    await world.send({ id, source: await world.upload("film.mp4", file) });
    await eventually(
      "all defect alerts are written down",
      async () => (await world.keys(id)).includes(".state/outbox/000004.json") || undefined,
    );
    await eventually(
      "publishing has failed",
      () => service.log.some(({ job, sink }) => job === id && sink === "sns") || undefined,
    );
    expect(await ofJob(id)).toEqual([]);
    expect(await world.report(id)).toBeUndefined();
    await world.snsGate.open();
    await world.waitForAlert(id, "framewatch.job.completed");
    const alerts = await ofJob(id);
    expect(alerts.map(({ data }) => data.sequence)).toEqual([1, 2, 3, 4, 5]);
    expect(await world.report(id)).toMatchObject({ verdict: "warn" });
    await world.queueIsEmpty();
    const samples = await service.metrics();
    expect(samples.get('framewatch_alerts_total{sink="sns",outcome="failed"}')).toBeGreaterThan(0);
    expect(samples.get('framewatch_jobs_total{outcome="completed"}')).toBe(1);
    expect(samples.get('framewatch_jobs_total{outcome="failed"}')).toBeUndefined();
  }, 120_000);
});

describe("while the webhook is away", () => {
  it("a job is reported and told by SNS as ever; the webhook gets the same, in order, when it is back", async () => {
    const id = "without-webhook";
    const posted: Alert[] = [];
    let isAway = true;
    const receiver = createServer(async (request, response) => {
      const alert = JSON.parse(await text(request)) as Alert;
      if (!isAway) posted.push(alert);
      response.writeHead(isAway ? 503 : 204).end();
    }).listen(0, "127.0.0.1");
    await once(receiver, "listening");
    const queue = world.aws.queue();
    const both = await world.start({
      FRAMEWATCH_QUEUE_URL: queue.url,
      FRAMEWATCH_WEBHOOK_URL: `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`,
      FRAMEWATCH_WEBHOOK_SECRET: `whsec_${Buffer.alloc(32, 1).toString("base64")}`,
    });
    await world.aws.send(queue.url, JSON.stringify({ id, source: await world.upload("hooked.mp4", file) }));
    await world.waitForAlert(id, "framewatch.job.completed");
    expect(await world.report(id)).toMatchObject({ verdict: "warn" });
    expect(world.aws.count(queue.url).inFlight, "the message stays until all have all").toBe(1);
    // SNS tells us of an alert before it tells the service that it has it.
    const waiting = await eventually("SNS has all", async () => {
      const samples = await both.metrics();
      return samples.get('framewatch_alerts_waiting{sink="sns"}') === 0 ? samples : undefined;
    });
    expect(waiting.get('framewatch_alerts_waiting{sink="webhook"}')).toBe(5);
    isAway = false;
    await eventually("the message is gone", () => world.aws.count(queue.url).inFlight === 0 || undefined);
    expect(posted).toEqual(await ofJob(id));
    expect(posted.map(({ data }) => data.sequence)).toEqual([1, 2, 3, 4, 5]);
    both.signal("SIGTERM");
    await both.exit;
    receiver.closeAllConnections();
    receiver.close();
    await once(receiver, "close");
  }, 120_000);
});

describe("while S3 is away", () => {
  it("a job's message stays, and the job is done when S3 is back, from its stored segments, as if nothing had been", async () => {
    const id = "without-s3";
    const framesBefore = (await service.metrics()).get("framewatch_frames_analyzed_total") ?? 0;
    const source = await world.upload("other.mp4", file);
    world.s3Gate.hold(`/${world.bucket}/other.mp4`, await tailOf(file));
    await world.send({ id, source });
    await world.waitForAlert(id, "framewatch.defect.resolved", 2);
    await eventually("a segment is finished", async () => (await world.finishedSegments(id)).length > 0 || undefined);
    await world.s3Gate.shut();
    world.s3Gate.release();
    await eventually(
      "the message is given back",
      () => service.log.some(({ msg }) => msg?.startsWith("a message was not finished")) || undefined,
    );
    expect(await (await fetch(`${service.url}/healthz`)).json()).toMatchObject({ alive: true });
    await world.s3Gate.open();
    await world.waitForAlert(id, "framewatch.job.completed");
    await world.queueIsEmpty();
    const alerts = await ofJob(id);
    expect(new Set(alerts.map((alert) => alert.id)).size).toBe(5);
    expect(alerts.map(({ type }) => type)).not.toContain("framewatch.job.failed");
    expect(await world.report(id)).toMatchObject({
      verdict: "warn",
      media: { complete: true, video: { frames: faultyFrames } },
      defects: [{ type: "black" }, { type: "silence" }],
      error: null,
    });
    expect((await service.metrics()).get("framewatch_frames_analyzed_total")).toBeLessThan(framesBefore + 2 * faultyFrames);
    expect(world.aws.count(world.queue.deadLetterUrl).visible).toBe(0);
  }, 150_000);
});
