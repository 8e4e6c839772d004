import { spawnSync } from "node:child_process";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openWorkFolder } from "../src/work-folder.js";

let root: string;

beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), "work-"));
});

afterEach(() => rm(root, { recursive: true }));

async function leave(name: string): Promise<string> {
  await mkdir(path.join(root, name));
  await writeFile(path.join(root, name, "left.signals"), "signals");
  return name;
}

test("a folder of its own goes when it is closed, and two of one process do not disturb each other", async () => {
  const one = await openWorkFolder(root);
  await writeFile(path.join(one.path, "a"), "a");
  const other = await openWorkFolder(root);
  expect(await readdir(one.path)).toEqual(["a"]);
  await one.close();
  await other.close();
  expect(await readdir(root)).toEqual([]);
});

test("what a killed process of this machine left is cleared away, and nothing else", async () => {
  const dead = spawnSync("true").pid;
  await leave(`framewatch-${hostname()}-${dead}-0`);
  await leave(`framewatch-${hostname()}-${process.pid}-99`);
  const kept = [
    await leave(`framewatch-${hostname()}-${process.ppid}-0`),
    await leave(`framewatch-another-host-${dead}-0`),
    await leave("somebody-elses"),
  ];
  const work = await openWorkFolder(root);
  expect((await readdir(root)).sort()).toEqual([...kept, path.basename(work.path)].sort());
  await work.close();
});

test("a root in which nothing can be written is a wrong setting", async () => {
  await writeFile(path.join(root, "file"), "");
  await expect(openWorkFolder(path.join(root, "file"))).rejects.toMatchObject({ code: "configuration" });
});
