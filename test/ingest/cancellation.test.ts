import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { once } from "node:events";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { liveLookMilliseconds, requestCancel, watchCancel } from "../../src/ingest/cancellation.js";
import { openLog } from "../../src/log.js";
import { openStore } from "../../src/open-store.js";
import type { Store } from "../../src/store.js";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "framewatch-cancellation-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

it("ends a job that was asked for before, and none that was asked for later", async () => {
  const store = openStore(path.join(folder, "job"));
  const log = openLog("error");
  const earlier = watchCancel(store, 1_000, log, 20);
  await requestCancel(store, 2_000);
  if (!earlier.signal.aborted) await once(earlier.signal, "abort");
  expect(earlier.signal.reason).toMatchObject({ code: "cancelled" });
  await earlier.close();

  let looks = 0;
  const counted: Store = { ...store, get: (key) => ((looks += 1), store.get(key)) };
  const later = watchCancel(counted, 3_000, log, 20);
  await vi.waitUntil(() => looks >= 3);
  expect(later.signal.aborted).toBe(false);
  await later.close();
});

it("is noticed at once by a job of the process that was asked, however seldom it looks", async () => {
  const store = openStore(path.join(folder, "here"));
  const watch = watchCancel(store, 1_000, openLog("error"), 3_600_000);
  await requestCancel(openStore(folder).under("here/"), 2_000);
  if (!watch.signal.aborted) await once(watch.signal, "abort");
  await watch.close();
});

it("is noticed by a live job of another process within three seconds, for less than a million looks a month", () => {
  expect(liveLookMilliseconds).toBeLessThan(3_000);
  expect((31 * 86_400_000) / liveLookMilliseconds).toBeLessThan(1_000_000);
});
