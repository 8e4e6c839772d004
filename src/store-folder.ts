import { randomUUID } from "node:crypto";
import { constants } from "node:fs";
import { access, copyFile, link, mkdir, open, readFile, rename, rm, stat } from "node:fs/promises";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { FramewatchError } from "./errors.js";
import { checkedKey, checkedPrefix, type Store, type StoreBody } from "./store.js";

/** A change takes some milliseconds: who holds a lock for so long has died. */
const abandonedMilliseconds = 10_000;

/**
 * A store in a local (or mounted) folder. Objects appear whole: they are written beside their name and then renamed, or
 * linked for `create`, so that one of many processes wins; the file system must know hard links.
 */
export function openFolderStore(folder: string): Store {
  const root = path.resolve(folder);
  const fileOf = (key: string) => path.join(root, ...checkedKey(key).split("/"));
  return {
    url: `${pathToFileURL(root).href.replace(/\/$/, "")}/`,

    async put(key, body) {
      const file = fileOf(key);
      await reporting(`cannot write ${file}`, () => writeWhole(file, body, (written) => rename(written, file)));
    },

    async create(key, body) {
      const file = fileOf(key);
      return reporting(`cannot write ${file}`, async () => {
        if (await exists(file)) return false;
        return writeWhole(file, body, async (written) => {
          const created = await link(written, file).then(() => true, whenCode("EEXIST", false));
          await rm(written, { force: true });
          return created;
        });
      });
    },

    async update(key, change) {
      const file = fileOf(key);
      const unlock = await reporting(`cannot lock ${file}`, () => lock(file));
      try {
        const bytes = await reporting(`cannot read ${file}`, () => readFile(file).catch(whenCode("ENOENT", undefined)));
        const next = change(bytes);
        if (next === undefined) return;
        await reporting(`cannot write ${file}`, () => writeWhole(file, next, (written) => rename(written, file)));
      } finally {
        await unlock();
      }
    },

    async get(key) {
      const file = fileOf(key);
      return reporting(`cannot read ${file}`, () => readFile(file).catch(whenCode("ENOENT", undefined)));
    },

    async has(key) {
      const file = fileOf(key);
      return reporting(`cannot read ${file}`, () => exists(file));
    },

    async download(key, target) {
      const file = fileOf(key);
      return reporting(`cannot copy ${file} to ${target}`, async () => {
        if (!(await exists(file))) return false;
        await mkdir(path.dirname(target), { recursive: true });
        return copyFile(file, target, constants.COPYFILE_FICLONE).then(() => true, whenCode("ENOENT", false));
      });
    },

    async remove(key) {
      const file = fileOf(key);
      await reporting(`cannot remove ${file}`, () => rm(file, { force: true }));
    },

    link: async () => undefined,
    under: (prefix) => openFolderStore(path.join(root, checkedPrefix(prefix))),
  };
}

/** Who changes a file has it for itself: all others wait. What a process that died has left does not hold them up for long. */
async function lock(file: string): Promise<() => Promise<void>> {
  const held = path.join(path.dirname(file), `.${path.basename(file)}.lock`);
  await mkdir(path.dirname(file), { recursive: true });
  const release = (): Promise<void> => rm(held, { force: true });
  for (;;) {
    const handle = await open(held, "wx").catch(whenCode("EEXIST", undefined));
    if (handle !== undefined) {
      await handle.close();
      return release;
    }
    const since = await stat(held).then(({ mtimeMs }) => mtimeMs, whenCode("ENOENT", Date.now()));
    if (Date.now() - since > abandonedMilliseconds) await release();
    await pause(5 + Math.random() * 20);
  }
}

/** Writes to a file of another name in the same folder, makes sure it is on the disk, then lets `place` give it its name. */
async function writeWhole<T>(file: string, body: StoreBody, place: (written: string) => Promise<T>): Promise<T> {
  const written = path.join(path.dirname(file), `.${randomUUID()}.part`);
  await mkdir(path.dirname(file), { recursive: true });
  try {
    const fromFile = typeof body === "object" && "file" in body;
    if (fromFile) await copyFile(body.file, written, constants.COPYFILE_FICLONE);
    const handle = await open(written, fromFile ? "r+" : "wx");
    try {
      if (!fromFile) await handle.writeFile(body);
      await handle.sync();
    } finally {
      await handle.close();
    }
    return await place(written);
  } catch (error) {
    await rm(written, { force: true });
    throw error;
  }
}

const exists = (file: string): Promise<boolean> => access(file).then(() => true, whenCode("ENOENT", false));

/** Turns one error code of the file system into a value; others stay errors. */
function whenCode<T>(code: string, value: T): (error: NodeJS.ErrnoException) => T {
  return (error) => {
    if (error.code !== code) throw error;
    return value;
  };
}

async function reporting<T>(what: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (cause) {
    throw new FramewatchError("store-unavailable", `${what}: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
  }
}
