import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { openStore } from "../src/open-store.js";
import { damagedStream, mp4 } from "./media/film.js";
import { type ClipRecipe, makeClip } from "./media/make.js";
import { type Analysed, analysedIn } from "./support/analysed.js";
import { type JobProcess, startJobProcess } from "./support/job-process.js";
import { type RedisServer, startRedis } from "./support/redis.js";

let redis: RedisServer;
let folder: string;
const processes: JobProcess[] = [];

beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.stop());

beforeEach(async () => {
  await redis.wipe();
  folder = await mkdtemp(path.join(tmpdir(), "framewatch-fleet-"));
});
afterEach(async () => {
  await Promise.all(processes.splice(0).map((one) => one.kill()));
  await rm(folder, { recursive: true });
});

function start(job?: { readonly file: string; readonly cores: number; readonly output: string }): JobProcess {
  const workDir = path.join(folder, "work");
  const started = startJobProcess({
    redisUrl: redis.url,
    workDir,
    ...(job === undefined
      ? {}
      : { job: { request: { version: 1, id: "film", source: job.file }, folder: job.output, cores: job.cores } }),
  });
  processes.push(started);
  return started;
}

/** Analyses a film in 4 pieces, in which so many other processes help; `meanwhile` happens once the job has begun. */
async function onFleet(
  recipe: ClipRecipe,
  helpers: number,
  meanwhile?: (helpers: readonly JobProcess[], output: string) => Promise<void>,
): Promise<{ readonly analysed: Analysed; readonly frames: readonly number[] }> {
  const file = await makeClip(recipe);
  const output = path.join(folder, `by ${helpers + 1}`);
  const others = Array.from({ length: helpers }, () => start());
  await Promise.all(others.map(({ ready }) => ready));
  const owner = start({ file, cores: 6, output });
  await owner.ready;
  await meanwhile?.(others, output);
  const { alerts, frames } = await owner.end;
  const ends = await Promise.all(meanwhile === undefined ? others.map((other) => (other.stop(), other.end)) : []);
  return {
    analysed: await analysedIn(openStore(path.join(output, "film")), alerts),
    frames: [frames, ...ends.map((end) => end.frames)],
  };
}

const uncutPasses = new Map<ClipRecipe, Promise<Analysed>>();

/** The same job by one process that cuts nothing; of each film once. */
function uncut(recipe: ClipRecipe): Promise<Analysed> {
  const pass = uncutPasses.get(recipe) ?? analyseUncut(recipe);
  uncutPasses.set(recipe, pass);
  return pass;
}

async function analyseUncut(recipe: ClipRecipe): Promise<Analysed> {
  const output = path.join(folder, "uncut");
  const { alerts } = await start({ file: await makeClip(recipe), cores: 1, output }).end;
  return analysedIn(openStore(path.join(output, "film")), alerts);
}

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + 30_000; !(await holds()); await pause(5)) {
    if (Date.now() > deadline) throw new Error(`it never came to this: ${holds}`);
  }
}

/** Frames that each process has analysed, over all films: on a busy machine one may take all of a short film. */
const shares = [0, 0];

test.each([
  ["an MP4 with open groups of pictures", mp4],
  ["a damaged transport stream", damagedStream],
])(
  "two processes that share %s give the report of one uncut pass",
  async (_, recipe) => {
    const { analysed, frames } = await onFleet(recipe, 1);
    expect(analysed).toEqual(await uncut(recipe));
    for (const [index, ofOne] of frames.entries()) shares[index] = (shares[index] ?? 0) + ofOne;
  },
  120_000,
);

test("two processes share the work", () => {
  for (const share of shares) expect(share).toBeGreaterThan(0);
});

test("a Redis that forgets everything in mid-job makes no difference", async () => {
  const { analysed } = await onFleet(mp4, 1, async (_, output) => {
    await until(async () => {
      const files = await readdir(path.join(output, "film", ".state"), { recursive: true }).catch(() => []);
      return files.some((name) => name.endsWith(".signals"));
    });
    await redis.wipe();
  });
  expect(analysed).toEqual(await uncut(mp4));
}, 120_000);

test("two processes that are killed in mid-segment make no difference", async () => {
  const { analysed } = await onFleet(mp4, 2, async (helpers) => {
    for (const helper of helpers) {
      await until(() => helper.isDecoding());
      await helper.kill();
    }
  });
  expect(analysed).toEqual(await uncut(mp4));
}, 120_000);
