import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { type FauxqsServer, startFauxqs } from "fauxqs";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { type ClaimAnswer, claimJob, type ClaimRequest, keepBeating, type Ownership } from "../../src/ingest/job-claim.js";
import { openStore } from "../../src/open-store.js";

let folder: string;
let aws: FauxqsServer;
let count = 0;
let now: number;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "framewatch-job-claim-"));
  aws = await startFauxqs({ port: 0, logger: false });
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: `http://127.0.0.1:${aws.port}`,
    AWS_REGION: "eu-central-1",
    AWS_ACCESS_KEY_ID: "test",
    AWS_SECRET_ACCESS_KEY: "test",
  });
  await new S3Client({ forcePathStyle: true }).send(new CreateBucketCommand({ Bucket: "reports" }));
});

afterAll(async () => {
  await aws.stop();
  await rm(folder, { recursive: true, force: true });
});

beforeEach(() => {
  count += 1;
  now = 1_700_000_000_000;
});

function claimIn(place: string, more: Partial<ClaimRequest> = {}) {
  return claimJob({
    store: openStore(place).under(`job-${count}/`),
    id: `job-${count}`,
    source: "s3://media/film.mp4?secret",
    sourceVersion: "etag",
    policyHash: "p1",
    profile: "full",
    force: false,
    by: "host:1",
    now: () => now,
    ...more,
  });
}

function owned(claim: ClaimAnswer): Ownership {
  if (claim.kind !== "owner") throw new Error(`the job is ${claim.kind}`);
  return claim.owner;
}

describe.each([
  ["a folder", () => path.join(folder, "output")],
  ["S3", () => "s3://reports/output/"],
])("a job whose state lies in %s", (_, place) => {
  const claim = (more: Partial<ClaimRequest> = {}) => claimIn(place(), more);

  it("belongs to exactly one of many processes that ask at once, and the others hear so", async () => {
    const claims = await Promise.all(Array.from({ length: 8 }, (__, index) => claim({ by: `host:${index}` })));
    const winner = claims.findIndex(({ kind }) => kind === "owner");
    expect(claims.filter(({ kind }) => kind === "owner")).toHaveLength(1);
    expect(claims.filter(({ kind }) => kind === "held")).toHaveLength(7);
    expect(await claim()).toEqual({ kind: "held", by: `host:${winner}` });
  });

  it("stays with an owner that beats, and goes on with the same run under another when it falls silent", async () => {
    const first = owned(await claim());
    expect(first.run).toBe(1);
    now += 45_000;
    expect(await first.beat()).toBe(true);
    now += 45_000;
    expect((await claim()).kind).toBe("held");
    now += 10_000;
    const second = owned(await claim({ by: "host:2" }));
    expect(second.run).toBe(1);
    expect([await first.stillOwner(), await first.beat()]).toEqual([false, false]);
    expect([await second.stillOwner(), await second.beat()]).toEqual([true, true]);
  });

  it("is free at once when its owner gives it back", async () => {
    await owned(await claim()).release();
    expect(owned(await claim()).run).toBe(1);
  });

  it("is answered from its mark when it is done", async () => {
    const mark = await owned(await claim()).markDone({ verdict: "pass" });
    expect(await claim()).toEqual({ kind: "done", mark });
    expect(mark).toMatchObject({ version: 1, id: `job-${count}`, run: 1, verdict: "pass" });
    expect(JSON.stringify(mark)).not.toContain("secret");
  });

  it("keeps the mark of the first who finished a run", async () => {
    const first = owned(await claim());
    now += 60_000;
    const second = owned(await claim());
    const mark = await second.markDone({ verdict: "pass" });
    expect(await first.markDone({ verdict: "fail" })).toEqual(mark);
    expect(await claim()).toEqual({ kind: "done", mark });
  });

  it("gets a new run by force, once per message, and its mark then replaces the old one", async () => {
    await owned(await claim()).markDone({ verdict: "pass" });
    const again = owned(await claim({ force: true, request: "message-1" }));
    expect(again.run).toBe(2);
    expect((await claim({ force: true, request: "message-1" })).kind).toBe("held");
    const mark = await again.markDone({ verdict: "fail" });
    expect(mark).toMatchObject({ run: 2, verdict: "fail" });
    expect(await claim({ force: true, request: "message-1" })).toEqual({ kind: "done", mark });
    expect(await claim()).toEqual({ kind: "done", mark });
    expect(owned(await claim({ force: true, request: "message-2" })).run).toBe(3);
  });

  it("goes on with a run by force whose owner fell silent", async () => {
    await owned(await claim()).markDone({ verdict: "pass" });
    owned(await claim({ force: true, request: "message-1" }));
    now += 60_000;
    expect(owned(await claim({ force: true, request: "message-1" })).run).toBe(2);
  });

  it.each([
    ["source", { source: "s3://media/other.mp4" }],
    ["policy", { policyHash: "p2" }],
    ["profile", { profile: "fast" }],
  ] as const)("refuses a done id with another %s", async (what, other) => {
    await owned(await claim()).markDone({ verdict: "pass" });
    const refused = { code: "id-conflict", message: expect.stringContaining(`another ${what}`) };
    await expect(claim(other)).rejects.toMatchObject(refused);
  });

  it.each([
    ["with another source", { source: "s3://media/other.mp4" }],
    ["when its source was replaced", { sourceVersion: "another etag" }],
  ])("begins a new run %s before it was done", async (__, other) => {
    await owned(await claim()).release();
    expect(owned(await claim(other)).run).toBe(2);
  });

  it("lets a channel that is done come back with another policy, as a new run", async () => {
    await owned(await claim()).markDone({ verdict: "pass" });
    const changed = { policyHash: "p2", mayChange: true, force: true, request: "message-2" };
    expect(owned(await claim(changed)).run).toBe(2);
  });

  it("finds its newest owner among many", async () => {
    for (let owners = 0; owners < 21; owners += 1) await owned(await claim()).release();
    const last = owned(await claim({ by: "host:last" }));
    expect(await claim()).toEqual({ kind: "held", by: "host:last" });
    expect(await last.stillOwner()).toBe(true);
  });

  it("begins anew where a mark cannot be read", async () => {
    const store = openStore(place()).under(`job-${count}/`);
    await store.put(".state/done.json", '{"version": 2', "application/json");
    const mark = await owned(await claim()).markDone({ verdict: "pass" });
    expect(await claim()).toEqual({ kind: "done", mark });
  });
});

describe("an owner's heart", () => {
  const times = { beat: 20, stale: 200 };

  it("beats until its signal aborts", async () => {
    let beats = 0;
    const owner = owned(await claimIn(path.join(folder, "beating"), { now: () => (beats += 1) }));
    const stop = new AbortController();
    const beating = keepBeating(owner, stop.signal, () => expect.unreachable(), times);
    await vi.waitUntil(() => beats >= 4);
    stop.abort();
    await beating;
  });

  it("tells when another process has taken the job over", async () => {
    const place = path.join(folder, "overtaken");
    const owner = owned(await claimIn(place));
    now += 60_000;
    owned(await claimIn(place));
    const lost = vi.fn();
    await keepBeating(owner, new AbortController().signal, lost, times);
    expect(lost).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ code: "lease-lost" }));
  });

  it("tells, with the cause, when the store has been away for so long that another may have", async () => {
    const place = path.join(folder, "away");
    const owner = owned(await claimIn(place));
    await rm(place, { recursive: true });
    await writeFile(place, "no folder");
    const lost = vi.fn();
    await keepBeating(owner, new AbortController().signal, lost, times);
    const cause = expect.objectContaining({ code: "store-unavailable" });
    expect(lost).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ code: "lease-lost", cause }));
  });
});
