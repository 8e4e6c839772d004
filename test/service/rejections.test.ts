import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually, openWorld, type RunningService, type World } from "../support/service.js";
import { soundClip } from "./clips.js";

let world: World;
let service: RunningService;
beforeAll(async () => {
  world = await openWorld();
  service = await world.start();
});
afterAll(() => world.close());

const source = "s3://some-bucket/film.mp4";

describe("a message that can never be a job", () => {
  it.each([
    ["is no JSON", '{"source":', "job-invalid", /no JSON/],
    ["has an unknown field", { id: "with-sauce", source, sauce: 1 }, "job-invalid", /unknown field "sauce"/],
    ["is of an unknown version", { id: "of-version-2", version: 2, source }, "job-invalid", /version 2 is unknown/],
    ["names an unknown policy", { id: "of-no-policy", source, policy: "defualt" }, "job-invalid", /no policy "defualt"/],
    ["reads from the metadata endpoint", { source: "http://169.254.169.254/latest/meta-data/" }, "source-forbidden", /169\.254/],
    ["reads from a private address", { source: "http://user:secret@10.0.0.1/film.mp4" }, "source-forbidden", /10\.0\.0\.1/],
    ["reads a local file", { source: "/etc/hostname" }, "source-forbidden", /FRAMEWATCH_ALLOW_LOCAL/],
    ["reads by a protocol of ffmpeg's", { source: "concat:/etc/hostname|/etc/hosts" }, "source-forbidden", /protocols/],
    ["writes to a place that nobody allowed", { source, output: "s3://elsewhere/reports/" }, "output-forbidden", /output/],
  ])("that %s is alerted once with the reason, copied to the dead-letter queue and deleted", async (_, message, code, reason) => {
    const body = typeof message === "string" ? message : JSON.stringify(message);
    const before = (await world.alerts()).length;
    const countBefore = (await service.metrics()).get('framewatch_jobs_total{outcome="rejected"}') ?? 0;
    await world.send(body);
    const letters = await eventually("a dead letter", async () => {
      const found = await world.deadLetters();
      return found.length > 0 ? found : undefined;
    });
    await world.queueIsEmpty();
    expect(letters).toEqual([
      { body, attributes: { reason: expect.stringMatching(new RegExp(`^${code}: .*${reason.source}`)) } },
    ]);
    const alerts = (await world.alerts()).slice(before).map(({ alert }) => alert);
    expect(alerts).toMatchObject([
      { type: "framewatch.job.rejected", data: { sequence: 0, error: { code, message: expect.stringMatching(reason) } } },
    ]);
    const named = typeof message === "object" && "id" in message ? message.id : expect.stringMatching(/^rejected-[0-9a-f]{32}$/);
    expect(alerts[0]?.data.jobId).toEqual(named);
    expect(JSON.stringify(alerts)).not.toContain("secret");
    expect((await service.metrics()).get('framewatch_jobs_total{outcome="rejected"}')).toBe(countBefore + 1);
  });

  it("that gives the id of a job that is done to another source is a conflict, and leaves that job's report", async () => {
    const clip = await soundClip();
    await world.send({ id: "taken", source: await world.upload("one.mp4", clip) });
    await world.waitForAlert("taken", "framewatch.job.completed");
    const report = await world.report("taken");
    await world.send({ id: "taken", source: await world.upload("two.mp4", clip) });
    const { data } = await world.waitForAlert("taken", "framewatch.job.rejected");
    expect(data.error).toEqual({ code: "id-conflict", message: expect.stringContaining("another source") });
    await world.queueIsEmpty();
    expect(await world.deadLetters()).toMatchObject([{ attributes: { reason: expect.stringMatching(/^id-conflict: /) } }]);
    expect(await world.report("taken")).toEqual(report);
  });
});

describe("media that cannot be read", () => {
  it.each([
    ["is text under a media name", "text.mp4", Buffer.from("no film at all\n".repeat(500)), "media-unreadable"],
    ["is empty", "empty.mp4", Buffer.alloc(0), "media-unreadable"],
    ["is not there", "missing.mp4", undefined, "source-not-found"],
  ])("that %s fails its job, with a report, and its message is deleted", async (_, key, bytes, code) => {
    const id = `unreadable-${key}`;
    const name = bytes === undefined ? `s3://${world.bucket}/${key}` : await world.upload(key, bytes);
    await world.send({ id, source: name });
    const failed = await world.waitForAlert(id, "framewatch.job.failed");
    expect(failed.data).toMatchObject({ verdict: "error", error: { code } });
    await world.queueIsEmpty();
    const report = await world.report(id);
    expect(report).toMatchObject({ verdict: "error", defects: [], error: { code } });
    expect(report).not.toHaveProperty("media");
    expect(await world.deadLetters()).toEqual([]);
  });

  it("fails again under the same alert id when it is sent again", async () => {
    const id = "unreadable-missing.mp4";
    const first = await world.waitForAlert(id, "framewatch.job.failed");
    await world.send({ id, source: `s3://${world.bucket}/missing.mp4` });
    const second = await world.waitForAlert(id, "framewatch.job.failed", 2);
    expect(second.id).toBe(first.id);
  });

  it("becomes a job that completes once it is there", async () => {
    const id = "unreadable-missing.mp4";
    await world.send({ id, source: await world.upload("missing.mp4", await soundClip()) });
    await world.waitForAlert(id, "framewatch.job.completed");
    expect(await world.report(id)).toMatchObject({ verdict: "pass", error: null });
  });

  it("leaves no child behind, and the service alive", async () => {
    await world.queueIsEmpty();
    expect(await (await fetch(`${service.url}/healthz`)).json()).toMatchObject({ alive: true });
    const samples = await service.metrics();
    expect(samples.get('framewatch_jobs_total{outcome="failed"}')).toBe(4);
  });
});
