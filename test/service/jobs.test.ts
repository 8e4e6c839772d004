import { writeFile } from "node:fs/promises";
import { GetObjectCommand } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readSignalFile } from "../../src/analyzers/index.js";
import { metricTable } from "../../src/metrics.js";
import type { Alert } from "../../src/notifier/alert.js";
import { eventually, openWorld, type ReceivedAlert, type RunningService, type World } from "../support/service.js";
import { faultyClip, faultyFrames, soundClip, tailOf } from "./clips.js";

let world: World;
let service: RunningService;
beforeAll(async () => {
  world = await openWorld();
  service = await world.start();
});
afterAll(() => world.close());

describe("a job message with an s3:// source", () => {
  const id = "film-1";
  let source: string;
  let whileHeld: readonly ReceivedAlert[];
  let all: readonly Alert[];

  beforeAll(async () => {
    const file = await faultyClip();
    source = await world.upload("incoming/film one+1.mp4", file);
    world.s3Gate.hold(`/${world.bucket}/incoming/film%20one%2B1.mp4`, await tailOf(file));
    await world.send({ version: 1, id, source, labels: { show: "Morning" } });
    await world.waitForAlert(id, "framewatch.defect.resolved", 2);
    whileHeld = [...(await world.alerts())];
    world.s3Gate.release();
    await world.waitForAlert(id, "framewatch.job.completed");
    all = (await world.alerts()).map(({ alert }) => alert).filter(({ data }) => data.jobId === id);
  }, 120_000);

  it("alerts defects while the media is still being read, with the attributes that subscriptions filter by", () => {
    const opened = whileHeld.filter(({ alert }) => alert.type === "framewatch.defect.opened");
    expect(opened.map(({ alert }) => alert.data.defect?.type).sort()).toEqual(["black", "silence"]);
    for (const { alert, attributes } of opened) {
      expect(alert.data.defect).not.toHaveProperty("endSeconds");
      expect(attributes).toEqual({ event: alert.type, severity: "warning", defect: alert.data.defect?.type });
      expect(alert).toMatchObject({ subject: source, data: { jobId: id, source, labels: { show: "Morning" } } });
    }
    expect(whileHeld.map(({ alert }) => alert.type)).not.toContain("framewatch.job.completed");
  });

  it("counts its alerts, resolves what it opened, and completes last", async () => {
    expect(all.map(({ data }) => data.sequence)).toEqual(all.map((_, index) => index + 1));
    expect(new Set(all.map((alert) => alert.id)).size).toBe(all.length);
    const defectIds = [...new Set(all.flatMap(({ data }) => data.defect?.id ?? []))];
    const lives = defectIds.map((defectId) => all.filter(({ data }) => data.defect?.id === defectId).map(({ type }) => type));
    expect(lives).toEqual(Array(2).fill(["framewatch.defect.opened", "framewatch.defect.resolved"]));
    const completed = all.at(-1);
    expect(completed).toMatchObject({
      type: "framewatch.job.completed",
      data: { verdict: "warn", counts: { black: 1, silence: 1 }, reportUrl: `${world.output}${id}/report.json` },
    });
    for (const { type, time } of all.slice(0, -1)) {
      if (type === "framewatch.defect.opened") expect(Date.parse(time)).toBeLessThan(Date.parse(completed?.time ?? ""));
    }
    const [last] = (await world.alerts()).filter(({ alert }) => alert.type === "framewatch.job.completed");
    expect(last?.attributes).toEqual({ event: "framewatch.job.completed", verdict: "warn" });
    const link = await fetch(completed?.data.reportLink ?? "");
    expect(await link.json()).toMatchObject({ job: { id } });
  });

  it("leaves report, page, signals and evidence in the output, and no finished segments", async () => {
    const report = await world.report(id);
    expect(report).toMatchObject({
      job: { id, source, labels: { show: "Morning" } },
      verdict: "warn",
      media: { complete: true, video: { frames: faultyFrames }, audio: [{ channels: 1 }] },
      performance: { frames: faultyFrames },
      error: null,
    });
    expect(report?.defects.map(({ type, startSeconds, endSeconds }) => [type, startSeconds, endSeconds])).toEqual([
      ["black", expect.closeTo(2, 1), expect.closeTo(5, 1)],
      ["silence", expect.closeTo(3, 1), expect.closeTo(6, 1)],
    ]);
    const thumbnail = report?.defects[0]?.evidence?.thumbnail ?? "";
    const keys = await world.keys(id);
    expect(keys).toEqual(expect.arrayContaining(["report.json", "report.html", thumbnail]));
    expect(keys.filter((key) => /^signals\/.*\.signals$/.test(key)).length).toBeGreaterThan(1);
    await eventually("the finished segments are gone", async () => (await world.finishedSegments(id)).length === 0 || undefined);
  });

  it("carries the model's outputs as signals of the report", async () => {
    const report = await world.report(id);
    expect(report?.models).toEqual([
      expect.objectContaining({ name: "picture-detail", provider: "cpu", sha256: expect.stringMatching(/^[0-9a-f]{64}$/) }),
    ]);
    const key = (await world.keys(id)).find((name) => name.startsWith("signals/models"));
    const { Body } = await world.aws.s3.send(new GetObjectCommand({ Bucket: world.bucket, Key: `reports/${id}/${key}` }));
    const file = `${world.workDir}/models.signals`;
    await writeFile(file, (await Body?.transformToByteArray()) ?? new Uint8Array());
    const values: number[] = [];
    for await (const block of (await readSignalFile(file)).blocks())
      values.push(...(block.signals["detail.spatialInformation"] ?? []));
    const measured = values.filter((value) => !Number.isNaN(value));
    expect(measured.length).toBeGreaterThan(20);
    expect(Math.max(...measured)).toBeGreaterThan(Math.min(...measured));
  });

  it("is deleted from the queue", () => world.queueIsEmpty());

  it("leaves a sample in every metric that a file can give", async () => {
    // Set once a second.
    await eventually(
      "jobs_running is 0 again",
      async () => (await service.metrics()).get("framewatch_jobs_running") === 0 || undefined,
    );
    const samples = await service.metrics();
    const names = [...samples.keys()];
    const liveOnly = [
      "alerts_held_back_total",
      "stream_defect_active",
      "stream_quality_score",
      "stream_loudness_lufs",
      "stream_up",
    ];
    for (const { name, kind } of Object.values(metricTable)) {
      const sample = `framewatch_${name}${kind === "histogram" ? "_count" : ""}`;
      const found = names.filter((key) => key === sample || key.startsWith(`${sample}{`));
      expect(found.length > 0, name).toBe(!liveOnly.includes(name));
      if (kind === "histogram")
        expect(
          found.reduce((sum, key) => sum + (samples.get(key) ?? 0), 0),
          name,
        ).toBeGreaterThan(0);
    }
    expect(samples.get('framewatch_jobs_total{outcome="completed"}')).toBe(1);
    expect(samples.get("framewatch_frames_analyzed_total")).toBe(faultyFrames);
    expect(samples.get("framewatch_audio_seconds_analyzed_total")).toBeCloseTo(24, 0);
    expect(samples.get('framewatch_defects_total{type="black",severity="warning"}')).toBe(1);
    expect(samples.get('framewatch_alerts_total{sink="sns",outcome="accepted"}')).toBe(5);
    expect(samples.get("framewatch_real_time_factor")).toBeGreaterThan(0);
    expect(names.filter((name) => name.includes(id) || name.includes(world.bucket))).toEqual([]);
  });

  it("finds the service alive and ready", async () => {
    expect(await (await fetch(`${service.url}/healthz`)).json()).toMatchObject({ alive: true });
    const ready = await fetch(`${service.url}/readyz`);
    expect([ready.status, await ready.json()]).toEqual([
      200,
      { ready: true, checks: expect.objectContaining({ queue: "ok", ffmpeg: "ok", models: "ok" }) },
    ]);
  });

  it("shows no secret and no warning in the log", () => {
    expect(service.log.filter(({ level }) => level === "warn" || level === "error")).toEqual([]);
    expect(JSON.stringify(service.log)).not.toMatch(/X-Amz-|Credential=/);
  });
});

describe("an S3 event notification", () => {
  const record = (eventName: string, key: string) => ({
    eventVersion: "2.1",
    eventSource: "aws:s3",
    eventName,
    s3: { bucket: { name: world.bucket }, object: { key, size: 1, eTag: "00" } },
  });
  const completedSources = async () =>
    (await world.alerts()).filter(({ alert }) => alert.type === "framewatch.job.completed").map(({ alert }) => alert.data.source);

  it("becomes a job for each record, with encoded keys, in the envelopes of SNS and EventBridge", async () => {
    const clip = await soundClip();
    const sources = await Promise.all(["in/a b+c.mp4", "in/größe 100%.mp4", "in/d+e.mp4"].map((key) => world.upload(key, clip)));
    const two = {
      Records: [record("ObjectCreated:Put", "in/a+b%2Bc.mp4"), record("ObjectCreated:Copy", "in/gr%C3%B6%C3%9Fe+100%25.mp4")],
    };
    await world.send({
      Type: "Notification",
      TopicArn: "arn:aws:sns:us-east-1:123456789012:uploads",
      Message: JSON.stringify(two),
    });
    await world.send({
      "version": "0",
      "id": "17793124-05d4-b198-2fde-7ededc63b103",
      "detail-type": "Object Created",
      "source": "aws.s3",
      "detail": { version: "0", bucket: { name: world.bucket }, object: { key: "in/d+e.mp4", size: 1 } },
    });
    for (const source of sources) {
      await eventually(`${source} is done`, async () => (await completedSources()).includes(source) || undefined);
    }
    await world.queueIsEmpty();
  }, 120_000);

  it("is dropped in silence where it is a test, tells of a removal, or of what we wrote ourselves", async () => {
    const before = (await world.alerts()).length;
    await world.send({ Service: "Amazon S3", Event: "s3:TestEvent", Time: "2026-01-01T00:00:00.000Z", Bucket: world.bucket });
    await world.send({ Records: [record("ObjectRemoved:Delete", "in/d%2Be.mp4")] });
    await world.send({ Records: [record("ObjectCreated:Put", "reports/film-1/report.json")] });
    await world.queueIsEmpty();
    expect((await world.alerts()).length).toBe(before);
    expect(service.log.filter(({ msg }) => msg === "a message was ignored").length).toBe(3);
    expect(world.aws.count(world.queue.deadLetterUrl).visible).toBe(0);
  });
});
