import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { claimJob } from "../../src/ingest/job-claim.js";
import { type Claim, type DoneClaim, holdClaim, type JobStateParts, openJobState } from "../../src/ingest/job-state.js";
import { openLog } from "../../src/log.js";
import { openStore } from "../../src/open-store.js";

let folder: string;
let count = 0;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "framewatch-job-state-"));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

beforeEach(() => {
  count += 1;
});

function claim(more: Partial<JobStateParts> = {}, signal = new AbortController().signal): Promise<Claim | DoneClaim> {
  const state = openJobState({
    store: openStore(path.join(folder, `job-${count}`)),
    job: { id: `job-${count}`, source: "s3://media/film.mp4", policyHash: "p1", profile: "full" },
    force: false,
    log: openLog("error"),
    ...more,
  });
  return state.claim(signal);
}

function owned(claimed: Claim | DoneClaim): Claim {
  if (claimed.kind !== "owner") throw new Error("the job is done already");
  return claimed;
}

it("gives a job to one of many who ask at once, and its end to all the others", async () => {
  const asked = Array.from({ length: 5 }, () => claim());
  const owner = owned(await Promise.race(asked));
  const mark = await owner.done({ verdict: "warn" });
  await owner.release();
  const answers = await Promise.all(asked);
  expect(answers.filter(({ kind }) => kind === "owner")).toHaveLength(1);
  for (const answer of answers.filter(({ kind }) => kind === "done")) expect(answer).toMatchObject({ run: 1, done: mark });
});

it("gives a job that was given back to who waits for it, with the same run", async () => {
  const first = owned(await claim());
  const second = claim();
  await first.release();
  const owner = owned(await second);
  expect(owner.run).toBe(1);
  await owner.release();
});

it("stops waiting with the signal, by its reason", async () => {
  const owner = owned(await claim());
  const stop = new AbortController();
  const waiting = claim({}, stop.signal);
  stop.abort(new Error("the process stops"));
  await expect(waiting).rejects.toThrow("the process stops");
  await owner.release();
});

it("does not give a done job back", async () => {
  const owner = owned(await claim());
  await owner.done({ verdict: "pass" });
  await owner.release();
  const again = await claim();
  expect(again.kind).toBe("done");
  await again.release();
  const forced = owned(await claim({ force: true, request: "message-1" }));
  expect(forced.run).toBe(2);
  await forced.release();
});

it("refuses a done id with another policy", async () => {
  const owner = owned(await claim());
  await owner.done({ verdict: "pass" });
  await owner.release();
  const other = { id: `job-${count}`, source: "s3://media/film.mp4", policyHash: "p2", profile: "full" } as const;
  await expect(claim({ job: other })).rejects.toMatchObject({ code: "id-conflict" });
});

it("is found lost by a check when the process stood still for too long", async () => {
  const store = openStore(path.join(folder, `job-${count}`));
  const asked = { source: "udp://239.0.0.1:5000", policyHash: "p1", profile: "full", force: false, by: "host:1" } as const;
  const answer = await claimJob({ store, id: "channel", ...asked, now: Date.now });
  if (answer.kind !== "owner") throw new Error("held");
  const times = { beat: 100, stale: 300 };
  const claimed = holdClaim(
    answer.owner,
    "channel",
    openLog("error", () => undefined),
    performance.now(),
    times,
  );
  claimed.check();
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 400);
  expect(() => claimed.check()).toThrow(expect.objectContaining({ code: "lease-lost" }));
  expect(claimed.signal.aborted).toBe(true);
  await claimed.release();
});

it("can be ended while the output is away", async () => {
  const owner = owned(await claim());
  await rm(path.join(folder, `job-${count}`), { recursive: true });
  await owner.release();
  expect(owner.signal.aborted).toBe(false);
});
