import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { openLiveState } from "../../src/live/live-state.js";
import { openStore } from "../../src/open-store.js";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "framewatch-live-state-"));
});
afterAll(() => rm(folder, { recursive: true }));

const incidents = (atMilliseconds: number) => ({
  version: 1 as const,
  ...{ atMilliseconds, faults: [], sentMilliseconds: {}, maintenance: [] },
});

it("a stream's state goes over to who opens it, and a process that is slow to stop writes nothing over it", async () => {
  const store = openStore(folder);
  const first = await openLiveState(store, 1, () => 1_000);
  await first.keep(incidents(5_000));
  const second = await openLiveState(store, 1, () => 9_000);
  expect(second).toMatchObject({ startedAtMilliseconds: 1_000, incidents: { atMilliseconds: 5_000 } });
  await expect(first.keep(incidents(10_000))).rejects.toMatchObject({ code: "lease-lost" });
  await second.keep(incidents(11_000));
  expect((await openLiveState(store, 1, () => 0)).incidents).toMatchObject({ atMilliseconds: 11_000 });
  expect((await openLiveState(store, 2, () => 20_000)).startedAtMilliseconds).toBe(20_000);
});
