import { describe, expect, it } from "vitest";
import { identifyLive, parseJob } from "../../src/ingest/job.js";
import { askedAtOf, continuationBody, liveMessageOf, relate } from "../../src/ingest/live-message.js";

const job = identifyLive(parseJob({ source: "udp://239.0.0.1:5000?pkt_size=1316", labels: { a: "b" }, profile: "fast" }), "p1");
const first = { messageId: "m1", sentAtMilliseconds: 1_000 };

describe("the continuation of a live job", () => {
  const request = parseJob(JSON.parse(continuationBody(job, "m1", 2, askedAtOf(job, first))));

  it("is the same job, by its id, with all that was asked for", () => {
    expect(identifyLive(request, "p1")).toMatchObject({ id: job.id, stream: job.stream, labels: { a: "b" }, profile: "fast" });
    expect(request.mode).toBe("live");
  });

  it("remembers which message asked for the job, and when", () => {
    const next = { messageId: "m2", sentAtMilliseconds: 50_000 };
    expect(liveMessageOf(job, first)).toEqual({ request: "m1", epoch: 1, messageId: "m1" });
    expect(liveMessageOf(request, next)).toEqual({ request: "m1", epoch: 2, messageId: "m2" });
    expect(askedAtOf(request, next)).toBe(1_000);
  });
});

describe("a message of a job that runs", () => {
  const running = { request: "m1", epoch: 2, messageId: "m2" };
  it.each([
    ["a newer one", { request: "m1", epoch: 3, messageId: "m3" }, running, "follows"],
    ["the awaited one", running, { request: "m1", epoch: 2 }, "follows"],
    ["the same one, received again", running, running, "follows"],
    ["a copy of the one in hand", { ...running, messageId: "copy" }, running, "superseded"],
    ["an older one", { request: "m1", epoch: 1, messageId: "m1" }, running, "superseded"],
    [
      "an older one while the newest is awaited",
      { request: "m1", epoch: 1, messageId: "m1" },
      { request: "m1", epoch: 2 },
      "superseded",
    ],
    ["one of another request", { request: "x", epoch: 9, messageId: "x" }, running, "other"],
  ] as const)("relates to it as %s", (_, message, known, relation) => {
    expect(relate(message, known)).toBe(relation);
  });
});
