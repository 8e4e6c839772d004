import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { MediaInfo } from "../../src/decoder/index.js";
import { FramewatchError } from "../../src/errors.js";
import { openRunHere } from "../../src/ingest/run-here.js";
import { type Fleet, openFleet } from "../../src/ingest/run-on-fleet.js";
import { type Analyse, rankOf, type RunHooks, type SegmentRunner, type SegmentTask } from "../../src/ingest/segment-runner.js";
import { openSlots } from "../../src/ingest/slots.js";
import { openLog } from "../../src/log.js";
import { openStore } from "../../src/open-store.js";
import { type RedisServer, startRedis } from "../support/redis.js";

const media: MediaInfo = {
  container: "mov",
  durationSeconds: 60,
  durationDeclared: true,
  originSeconds: 0,
  seekable: true,
  audio: [],
};
const times = { lock: 1_000, stalled: 500, look: 200, away: 1_500, command: 1_000 };
const log = openLog("error");

let redis: RedisServer;
let folder: string;
let testNumber = 0;
const open: { close(): Promise<void> }[] = [];
const processes: ChildProcess[] = [];

beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.stop());

beforeEach(async () => {
  testNumber += 1;
  await redis.wipe();
  folder = await mkdtemp(path.join(tmpdir(), "framewatch-runner-"));
});

afterEach(async () => {
  for (const child of processes.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    const ended = once(child, "exit");
    child.kill("SIGKILL");
    await ended;
  }
  await Promise.all(open.splice(0).map((one) => one.close()));
  await rm(folder, { recursive: true, force: true });
});

/** The tasks of one job, whose picture is cut into `count` segments. */
function tasksOf(count: number, more: Partial<SegmentTask> = {}): SegmentTask[] {
  return Array.from({ length: count }, (_, index) => ({
    version: 1,
    jobId: `job-${testNumber}`,
    run: 1,
    source: "s3://media/film.mp4",
    media,
    profile: "full",
    models: false,
    ignoredRegions: [],
    segment: { index, what: "picture", startSeconds: index * 4, endSeconds: index * 4 + 4, runInSeconds: 0 },
    output: openStore(path.join(folder, "output")).url,
    key: `.state/run-1/plan/${index}.signals`,
    priority: "normal",
    ...more,
  }));
}

/** Writes a file that depends on the segment alone, after `before` has let it. */
function analyseAfter(before: (task: SegmentTask, signal: AbortSignal) => Promise<void> | void): Analyse<number> {
  return async (task, signal, onBlock) => {
    await before(task, signal);
    signal.throwIfAborted();
    onBlock(task.segment.index);
    const file = path.join(folder, "work", `${task.segment.index}-${Math.random()}`);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, `signals of ${task.segment.index}`);
    return file;
  };
}

function runHere(analyse: Analyse<number>, places = 2): SegmentRunner<number> {
  const runner = openRunHere({ analyse, openStore, slots: openSlots(places), log });
  open.push(runner);
  return runner;
}

function joinFleet(analyse: Analyse<number>, places = 2, more: Partial<Parameters<typeof openFleet>[0]> = {}): Fleet<number> {
  const fleet = openFleet({
    analyse,
    openStore,
    slots: openSlots(places),
    log,
    redisUrl: redis.url,
    software: "test",
    times,
    ...more,
  });
  open.push(fleet);
  return fleet;
}

/** Runs the tasks and gives what was handed over, by the segment's index. */
async function outcomesOf(runner: SegmentRunner<number>, tasks: SegmentTask[], hooks: Partial<RunHooks<number>> = {}) {
  const outcomes: Record<number, string> = {};
  await runner.run(tasks, {
    signal: new AbortController().signal,
    folder: path.join(folder, "fetched"),
    ...hooks,
    async onFinished(task, file) {
      expect(outcomes[task.segment.index]).toBeUndefined();
      outcomes[task.segment.index] = await readFile(file, "utf8");
    },
  });
  return outcomes;
}

const complete = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [index, `signals of ${index}`]));

async function until(holds: () => boolean): Promise<void> {
  for (const deadline = Date.now() + 20_000; !holds(); await pause(20)) {
    if (Date.now() > deadline) throw new Error(`it never came to this: ${holds}`);
  }
}

/** A promise that somebody else resolves. */
function gate(): { readonly opened: Promise<void>; open(): void } {
  let release = () => {};
  const opened = new Promise<void>((resolve) => {
    release = resolve;
  });
  return { opened, open: () => release() };
}

const untilAborted = (signal: AbortSignal) =>
  new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });

describe.each([
  ["in this process", runHere],
  ["on the fleet", joinFleet],
] as const)("segments run %s", (_, openRunner) => {
  it("are all finished, stored and handed over, their blocks heard on the way", async () => {
    const blocks: number[] = [];
    const tasks = tasksOf(7);
    const outcomes = await outcomesOf(openRunner(analyseAfter(() => {})), tasks, { onBlock: (__, block) => blocks.push(block) });
    expect(outcomes).toEqual(complete(7));
    expect(blocks.sort()).toEqual([0, 1, 2, 3, 4, 5, 6]);
    for (const { output, key, segment } of tasks) {
      expect((await openStore(output).get(key))?.toString()).toBe(`signals of ${segment.index}`);
    }
  });

  it("are not run again when they were finished before", async () => {
    const [, done, ...rest] = tasksOf(4);
    await openStore(done?.output ?? "").put(done?.key ?? "", "signals of 1", "application/octet-stream");
    const analysed: number[] = [];
    const runner = openRunner(analyseAfter(({ segment }) => void analysed.push(segment.index)));
    expect(await outcomesOf(runner, tasksOf(4))).toEqual(complete(4));
    expect(analysed.sort()).toEqual([0, 2, 3]);
    expect(rest).toHaveLength(2);
  });

  it("run no more at a time than there are places", async () => {
    let now = 0;
    let most = 0;
    await outcomesOf(
      openRunner(
        analyseAfter(async () => {
          most = Math.max(most, (now += 1));
          await pause(10);
          now -= 1;
        }),
        2,
      ),
      tasksOf(9),
    );
    expect(most).toBe(2);
  });

  it("may be many, and node finds nothing to warn of", async () => {
    const warnings: Error[] = [];
    const warn = (warning: Error) => void warnings.push(warning);
    process.on("warning", warn);
    try {
      const analyse = analyseAfter((_task, signal) => {
        signal.addEventListener("abort", () => undefined, { once: true });
      });
      expect(await outcomesOf(openRunner(analyse), tasksOf(40))).toEqual(complete(40));
      // Warnings come in a later tick.
      await pause(0);
    } finally {
      process.off("warning", warn);
    }
    expect(warnings).toEqual([]);
  });

  it("are tried again after a failure that may pass", async () => {
    let failures = 0;
    const runner = openRunner(
      analyseAfter(({ segment }) => {
        if (segment.index === 1 && (failures += 1) <= 2) throw new Error("the worker stumbled");
      }),
    );
    expect(await outcomesOf(runner, tasksOf(3))).toEqual(complete(3));
    expect(failures).toBe(3);
  });

  it("fail the job with the last reason when one fails four times, and end the others", async () => {
    let attempts = 0;
    let ended = false;
    const runner = openRunner(
      analyseAfter(async ({ segment }, signal) => {
        if (segment.index === 0) {
          attempts += 1;
          throw new Error(`stumbled ${attempts}`);
        }
        await untilAborted(signal);
        ended = true;
      }),
    );
    await expect(outcomesOf(runner, tasksOf(2))).rejects.toMatchObject({
      code: "segment-failed",
      message: expect.stringContaining("stumbled 4"),
    });
    await until(() => ended);
    expect(attempts).toBe(4);
  });

  it("fail the job at once by an error of the media, as that error", async () => {
    let attempts = 0;
    const runner = openRunner(
      analyseAfter(() => {
        attempts += 1;
        throw new FramewatchError("media-unreadable", "no picture in it");
      }),
    );
    await expect(outcomesOf(runner, tasksOf(1))).rejects.toMatchObject({ code: "media-unreadable", message: "no picture in it" });
    expect(attempts).toBe(1);
  });

  it("leave the job to the queue when a service stays away", async () => {
    const runner = openRunner(
      analyseAfter(() => {
        throw new FramewatchError("store-unavailable", "no bucket");
      }),
    );
    await expect(outcomesOf(runner, tasksOf(1))).rejects.toMatchObject({ code: "store-unavailable" });
  });

  it("end with the signal, and nothing of them runs afterwards", async () => {
    let running = 0;
    const stop = new AbortController();
    const runner = openRunner(
      analyseAfter(async (__, signal) => {
        running += 1;
        await untilAborted(signal);
        await pause(50);
        running -= 1;
      }),
    );
    const outcomes = outcomesOf(runner, tasksOf(5), { signal: stop.signal });
    await Promise.all([
      expect(outcomes).rejects.toMatchObject({ code: "cancelled" }),
      until(() => running === 2).then(() => stop.abort(new FramewatchError("cancelled", "the job was cancelled"))),
    ]);
    expect(running).toBe(0);
  });

  it("end as interrupted when the process stops", async () => {
    let running = 0;
    const runner = openRunner(
      analyseAfter(async (__, signal) => {
        running += 1;
        await untilAborted(signal);
        running -= 1;
      }),
    );
    const outcomes = outcomesOf(runner, tasksOf(5));
    await Promise.all([
      expect(outcomes).rejects.toMatchObject({ code: "interrupted" }),
      until(() => running === 2).then(() => runner.close()),
    ]);
    expect(running).toBe(0);
  });

  it("fail with what the one who takes them over throws", async () => {
    const hooks = { signal: new AbortController().signal, folder, onFinished: () => Promise.reject(new Error("cannot judge")) };
    await expect(openRunner(analyseAfter(() => {})).run(tasksOf(2), hooks)).rejects.toThrow("cannot judge");
  });

  it("are no work at all when there are none", async () => {
    expect(await outcomesOf(openRunner(analyseAfter(() => {})), [])).toEqual({});
  });
});

it("serves live jobs first, then by priority, the sound of each before its picture", async () => {
  const order: string[] = [];
  const first = gate();
  const runner = runHere(
    analyseAfter(async ({ priority, segment }) => {
      order.push(`${priority} ${segment.what}`);
      await first.opened;
    }),
    1,
  );
  const sound = { index: 1, what: "sound", startSeconds: 0, runInSeconds: 0 } as const;
  const jobs = (["low", "normal", "live", "high"] as const).map((priority) => [
    ...tasksOf(1, { priority, key: `${priority}-picture` }),
    ...tasksOf(1, { priority, key: `${priority}-sound`, segment: sound }),
  ]);
  const running = Promise.all(jobs.map((tasks) => outcomesOf(runner, tasks)));
  await until(() => order.length === 1);
  first.open();
  await running;
  expect(order.slice(1)).toEqual([
    "live sound",
    "live picture",
    "high sound",
    "high picture",
    "normal sound",
    "normal picture",
    "low sound",
  ]);
  expect(jobs.flat().map(rankOf).sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
});

describe("the fleet", () => {
  /** Starts another process of the fleet; `events` fills with what it says. */
  async function startProcess(mode: "work" | "hang") {
    const script = path.join(import.meta.dirname, "../support/fleet-process.mjs");
    const child = spawn(process.execPath, [script, redis.url, JSON.stringify(times), mode], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    processes.push(child);
    const events: { event: string; index: number }[] = [];
    createInterface({ input: child.stdout }).on("line", (line) =>
      events.push(JSON.parse(line) as { event: string; index: number }),
    );
    const saw = (event: string) => events.some((one) => one.event === event);
    await until(() => saw("joined"));
    return { child, events, saw };
  }

  async function kill(child: ChildProcess): Promise<void> {
    const ended = once(child, "exit");
    child.kill("SIGKILL");
    await ended;
  }

  it("says in the process where a segment failed why, with the cause", async () => {
    const lines: string[] = [];
    const full = new Error("no space left on device");
    let failures = 0;
    const fleet = joinFleet(
      analyseAfter(() => {
        failures += 1;
        if (failures === 1) throw new FramewatchError("store-unavailable", "The signals cannot be written.", { cause: full });
      }),
      1,
      { log: openLog("warn", (line) => lines.push(line)) },
    );
    expect(await outcomesOf(fleet, tasksOf(2))).toEqual(complete(2));
    expect(lines.filter((line) => line.includes("failed in this process") && line.includes(full.message))).toHaveLength(1);
  });

  it("shares the segments of one job among its processes", async () => {
    const [one, two] = await Promise.all([startProcess("work"), startProcess("work")]);
    let own = 0;
    const fleet = joinFleet(
      analyseAfter(async () => {
        own += 1;
        await until(() => one.saw("finished") && two.saw("finished"));
      }),
      1,
    );
    expect(await outcomesOf(fleet, tasksOf(30))).toEqual(complete(30));
    expect(own).toBeGreaterThan(0);
    expect(own + [...one.events, ...two.events].filter(({ event }) => event === "finished").length).toBe(30);
  });

  it("finishes a segment whose process was killed, twice", async () => {
    const killed = gate();
    const fleet = joinFleet(
      analyseAfter(() => killed.opened),
      1,
    );
    const outcomes = outcomesOf(fleet, tasksOf(2));
    const [first, second] = [await startProcess("hang"), await startProcess("hang")];
    await until(() => first.saw("started") || second.saw("started"));
    const [holder, other] = first.saw("started") ? [first, second] : [second, first];
    await kill(holder.child);
    await until(() => other.saw("started"));
    expect(other.events.at(-1)?.index).toBe(holder.events.at(-1)?.index);
    await kill(other.child);
    killed.open();
    expect(await outcomes).toEqual(complete(2));
  });

  it("gives segments in hand back at once when a process stops", async () => {
    const stuck = joinFleet(
      analyseAfter((_, signal) => untilAborted(signal)),
      1,
      { times: { ...times, lock: 120_000 } },
    );
    const rest = gate();
    let started = 0;
    const owner = joinFleet(
      analyseAfter(async () => {
        started += 1;
        await rest.opened;
      }),
      1,
      { times: { ...times, lock: 120_000 } },
    );
    const outcomes = outcomesOf(owner, tasksOf(3));
    await until(() => started === 1);
    await pause(100);
    await stuck.close();
    rest.open();
    expect(await outcomes).toEqual(complete(3));
  });

  it("stops the segments of a cancelled job in all processes", async () => {
    const other = await startProcess("hang");
    const stop = new AbortController();
    const outcomes = outcomesOf(
      joinFleet(
        analyseAfter((_, signal) => untilAborted(signal)),
        1,
      ),
      tasksOf(5),
      { signal: stop.signal },
    );
    await Promise.all([
      expect(outcomes).rejects.toMatchObject({ code: "cancelled" }),
      until(() => other.saw("started")).then(() => stop.abort(new FramewatchError("cancelled", "the job was cancelled"))),
    ]);
    await until(() => other.saw("aborted"));
    expect(other.events.filter(({ event }) => event === "started")).toHaveLength(1);
  });

  it("lets other processes finish for the successor of an owner that lost its lease", async () => {
    const stop = new AbortController();
    const other = gate();
    let helping = 0;
    joinFleet(
      analyseAfter(() => {
        helping += 1;
        return other.opened;
      }),
      1,
    );
    const owner = joinFleet(
      analyseAfter((_, signal) => untilAborted(signal)),
      1,
    );
    const outcomes = outcomesOf(owner, tasksOf(2), { signal: stop.signal });
    await Promise.all([
      expect(outcomes).rejects.toMatchObject({ code: "lease-lost" }),
      until(() => helping === 1).then(() => stop.abort(new FramewatchError("lease-lost", "somebody else has it"))),
    ]);
    await owner.close();
    other.open();
    expect(
      await outcomesOf(
        joinFleet(
          analyseAfter(() => {}),
          1,
        ),
        tasksOf(2),
      ),
    ).toEqual(complete(2));
  });

  it("takes up a cancelled job that comes again", async () => {
    const stop = new AbortController();
    stop.abort(new FramewatchError("cancelled", "the job was cancelled"));
    const fleet = joinFleet(analyseAfter(() => {}));
    await expect(outcomesOf(fleet, tasksOf(3), { signal: stop.signal })).rejects.toMatchObject({ code: "cancelled" });
    expect(await outcomesOf(fleet, tasksOf(3))).toEqual(complete(3));
  });

  it.each([
    ["is wiped", () => redis.wipe()],
    ["crashes and comes back empty", () => redis.kill().then(() => redis.start())],
  ])("finishes everything when Redis %s in mid-job", async (_, disturb) => {
    const go = gate();
    let started = 0;
    const fleet = joinFleet(
      analyseAfter(async () => {
        started += 1;
        await go.opened;
      }),
      2,
    );
    const outcomes = outcomesOf(fleet, tasksOf(8));
    await until(() => started === 2);
    await disturb();
    go.open();
    expect(await outcomes).toEqual(complete(8));
    await until(() => fleet.isConnected());
  });

  it("goes on in the owner's process when Redis goes away and stays away", async () => {
    const go = gate();
    let started = 0;
    const fleet = joinFleet(
      analyseAfter(async () => {
        started += 1;
        await go.opened;
      }),
      2,
    );
    const outcomes = outcomesOf(fleet, tasksOf(6));
    await until(() => started === 2);
    await redis.kill();
    try {
      go.open();
      expect(await outcomes).toEqual(complete(6));
      expect(fleet.isConnected()).toBe(false);
      await fleet.close();
    } finally {
      await redis.start();
    }
  });

  it("works alone, and closes, when there is no Redis from the start", async () => {
    const fleet = joinFleet(
      analyseAfter(() => {}),
      2,
      { redisUrl: "redis://127.0.0.1:9" },
    );
    expect(await outcomesOf(fleet, tasksOf(5))).toEqual(complete(5));
    expect(fleet.isConnected()).toBe(false);
    await fleet.close();
  });

  it("keeps segments out of Redis that are a whole job, or whose source has a secret in it", async () => {
    const seen: string[] = [];
    const fleet = joinFleet(
      analyseAfter(async () => {
        seen.push(...(await redis.keys(`framewatch:*:job-${testNumber}*`)));
      }),
    );
    const whole = { index: 0, what: "whole", startSeconds: 0, runInSeconds: 0 } as const;
    expect(await outcomesOf(fleet, tasksOf(1, { segment: whole }))).toEqual(complete(1));
    for (const source of ["https://me:secret@example.com/film.mp4", "https://example.com/film.mp4?X-Amz-Signature=secret"]) {
      const key = `${source.length}.signals`;
      expect(await outcomesOf(fleet, tasksOf(1, { source, key }))).toEqual(complete(1));
    }
    expect(seen).toEqual([]);
  });

  it("leaves nothing of a finished job in Redis", async () => {
    const fleet = joinFleet(analyseAfter(() => {}));
    expect(await outcomesOf(fleet, tasksOf(6))).toEqual(complete(6));
    expect(await redis.keys(`framewatch:*:job-${testNumber}*`)).toEqual([]);
  });
});
