import { describe, expect, it } from "vitest";
import { z } from "zod";
import { identifyJob, identifyLive, jobIdentity, jobJsonSchema, parseJob, streamOf } from "../../src/ingest/job.js";

const source = "s3://media/film.mp4";

describe("a job message", () => {
  it("needs a source only", () => {
    expect(parseJob({ source })).toEqual({
      source,
      policy: "default",
      profile: "full",
      priority: "normal",
      maxDurationSeconds: 0,
      force: false,
      labels: {},
    });
  });

  it("may hold every field of the contract", () => {
    const { version, ...request } = {
      version: 1,
      id: "job-1",
      source,
      mode: "live",
      stream: "Channel 1",
      policy: { detectors: {} },
      profile: "fast",
      reference: "s3://media/master.mp4",
      priority: "high",
      output: "s3://reports/mine/",
      maxDurationSeconds: 12.5,
      force: true,
      labels: { customer: "ü" },
      continuation: { epoch: 2, request: "message-1", askedAtMilliseconds: 1_700_000_000_000 },
    };
    expect(parseJob({ version, ...request })).toEqual(request);
  });

  it("cannot be changed afterwards", () => {
    const job = parseJob({ source, labels: { a: "b" } });
    expect(Object.isFrozen(job) && Object.isFrozen(job.labels)).toBe(true);
  });

  it.each<[string, unknown, RegExp]>([
    ["an unknown field", { source, prioritty: "high" }, /unknown field "prioritty"/],
    ["several unknown fields", { source, a: 1, b: 2 }, /unknown field "a"; unknown field "b"/],
    ["an unknown version", { source, version: 2 }, /version 2 is unknown/],
    ["a version that cannot be shown", { source, version: { toString: "1" } }, /version: must be/],
    ["no source", { id: "a" }, /source/],
    ["an id that is no file name", { source, id: "../other" }, /id: must be/],
    ["an id with a line break", { source, id: "a\n" }, /id: must be/],
    ["a negative duration", { source, maxDurationSeconds: -1 }, /maxDurationSeconds/],
    ["an endless duration", { source, maxDurationSeconds: Number.POSITIVE_INFINITY }, /maxDurationSeconds/],
    ["a policy that is a path", { source, policy: "/etc/passwd" }, /policy: must be/],
    ["a label that is no text", { source, labels: { a: 1 } }, /labels\.a/],
    [
      "labels that no alert can carry",
      { source, labels: Object.fromEntries([..."abcdefghijklmnopqrst"].map((k) => [k, "x".repeat(1000)])) },
      /16 KiB/,
    ],
    [
      "a continuation of nothing",
      { source, continuation: { epoch: 2, request: "message-1", askedAtMilliseconds: 0 } },
      /continuation: needs the id/,
    ],
    ["a first continuation", { source, id: "a", continuation: { epoch: 1, request: "m", askedAtMilliseconds: 0 } }, /epoch/],
    ["half a surrogate pair", { source: "s3://media/\ud800" }, /source: holds characters/],
    ["an array", [source], /message/],
  ])("is rejected by name with %s", (_name, message, reason) => {
    expect(() => parseJob(message)).toThrow(
      expect.objectContaining({ code: "job-invalid", message: expect.stringMatching(reason) }),
    );
  });

  it("never shows its values in the reason", () => {
    expect(() => parseJob({ source, profile: "hunter2", mode: "hunter2", output: 3 })).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining("hunter2") }),
    );
  });
});

describe("the identity of a job", () => {
  const parts = { source, version: '"etag"', policyHash: "p", profile: "full" } as const;

  it("is the given id, where one is given", () => {
    expect(identifyJob(parseJob({ source, id: "mine" }), parts)).toMatchObject({ id: "mine", idGiven: true });
  });

  it("is otherwise the same for the same source, version, policy and profile", () => {
    const job = identifyJob(parseJob({ source, labels: { a: "b" } }), parts);
    expect(job).toMatchObject({ id: jobIdentity(parts), idGiven: false });
    expect(job.id).toMatch(/^[0-9a-f]{32}$/);
  });

  it("differs where any of these differs", () => {
    const ids = [
      parts,
      { ...parts, source: "x" },
      { ...parts, version: "x" },
      { ...parts, version: undefined },
      { ...parts, policyHash: "x" },
      { ...parts, profile: "fast" as const },
    ].map(jobIdentity);
    expect(new Set(ids).size).toBe(ids.length);
  });
});

describe("the identity of a live job", () => {
  const live = (more: object = {}) =>
    identifyLive(parseJob({ source: "https://cdn.example/one/live.m3u8?token=1", ...more }), "p");

  it("holds the stream, and neither a version nor what the stream is called by default", () => {
    expect(live().id).toMatch(/^[0-9a-f]{32}$/);
    expect(live()).toMatchObject({ stream: "cdn.example/one/live.m3u8", idGiven: false });
    expect(live({ stream: "cdn.example/one/live.m3u8" }).id).toBe(live().id);
    expect(live({ stream: "One" }).id).not.toBe(live().id);
    expect(live({ id: "mine" })).toMatchObject({ id: "mine", idGiven: true });
  });

  it("is not that of the same source as a file", () => {
    const request = parseJob({ source: "https://cdn.example/one/live.m3u8" });
    expect(identifyLive(request, "p").id).not.toBe(identifyJob(request, { policyHash: "p" }).id);
  });
});

describe("the name of a stream", () => {
  it.each([
    ["udp://239.0.0.1:5000?fifo_size=1", "239.0.0.1:5000"],
    ["srt://user:secret@ingest.example:9000?passphrase=secret", "ingest.example:9000"],
    ["rtmp://ingest.example/live/one", "ingest.example/live/one"],
  ])("of %s is %s", (from, name) => {
    expect(streamOf({ source: from })).toBe(name);
    expect(streamOf({ source: from, stream: "One" })).toBe("One");
  });
});

describe("the JSON Schema of jobs", () => {
  it("takes what the service takes", () => {
    const schema = z.fromJSONSchema(jobJsonSchema());
    expect(schema.safeParse({ source }).success).toBe(true);
    expect(schema.safeParse({ action: "cancel", id: "a" }).success).toBe(true);
    expect(schema.safeParse({ source, other: 1 }).success).toBe(false);
    expect(schema.safeParse({ source, version: 2 }).success).toBe(false);
  });
});
