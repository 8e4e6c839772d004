import { readdirSync, readFileSync } from "node:fs";

const ticksPerSecond = 100;

/** A process and all its descendants that run now: `pid`, when it began, and processor seconds of it and of its ended children. */
export function processTree(root) {
  const children = new Map();
  const known = new Map();
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const found = readStat(Number(name));
    if (found === undefined) continue;
    known.set(found.pid, found);
    children.set(found.parent, [...(children.get(found.parent) ?? []), found.pid]);
  }
  const tree = [];
  const visit = (pid) => {
    const found = known.get(pid);
    if (found !== undefined) tree.push(found);
    for (const child of children.get(pid) ?? []) visit(child);
  };
  visit(root);
  return tree;
}

/** Processor seconds that a process and all its descendants have used, those that have ended included. */
export function treeSeconds(root) {
  return processTree(root).reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0);
}

/** Those of the processes that still run. */
export function stillRunning(processes) {
  return processes.filter(({ pid, began }) => readStat(pid)?.began === began);
}

/** Resident memory of one process in bytes, all of it and what is not of files, and how many files it has open. */
export function memoryOf(pid) {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const read = (name) => Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)?.[1] ?? 0) * 1024;
  return { rssBytes: read("VmRSS"), anonymousBytes: read("RssAnon"), files: readdirSync(`/proc/${pid}/fd`).length };
}

/** A process that is only left to be reaped runs no more. */
function readStat(pid) {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    if (/^[ZX]/.test(fields[0])) return undefined;
    const [user, system, childrenUser, childrenSystem] = fields.slice(11, 15).map(Number);
    return {
      pid,
      name: text.slice(text.indexOf("(") + 1, text.lastIndexOf(")")),
      parent: Number(fields[1]),
      began: fields[19],
      cpuSeconds: (user + system + childrenUser + childrenSystem) / ticksPerSecond,
    };
  } catch {
    return undefined; // it has just ended
  }
}
