import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { access, constants, statfs } from "node:fs/promises";
import { connect } from "node:net";
import { connect as connectTls } from "node:tls";
import type { Config } from "./config.js";
import { redact } from "./log.js";
import type { Store } from "./store.js";

/** One thing that the doctor looked at. `missing` keeps Framewatch from working; `optional` only makes it do less. */
export interface Finding {
  readonly name: string;
  readonly state: "ok" | "missing" | "optional";
  /** What is there, or why it is not. */
  readonly detail: string;
  /** What a person does about it; absent when there is nothing to do. */
  readonly remedy?: string;
}

/** Something to look at. Checks of the rooms are made by the wiring and handed to `examine`. */
export interface DoctorCheck {
  readonly name: string;
  /** Framewatch does not work without it. */
  readonly isNeeded: boolean;
  readonly remedy: string;
  /** Says what is there; throws or rejects with the reason when it is not. */
  look(signal: AbortSignal): Promise<string>;
}

const checkTimeoutMilliseconds = 10_000;
const minimumNode = { major: 20, minor: 19 };
/** `-fps_mode`, on which the decoder relies, came with ffmpeg 5.1. */
const minimumFfmpeg = { major: 5, minor: 1 };
const neededFilters = ["format", "scale", "showinfo", "ashowinfo", "aformat"];
/** Signals of a ten minute file take some tens of MB; several jobs at once and their thumbnails have room in this. */
const neededFreeBytes = 1024 ** 3;
/** BullMQ's own minimum. */
const minimumRedis = { major: 6, minor: 2 };

interface Version {
  readonly major: number;
  readonly minor: number;
}

function isOlder(version: Version, minimum: Version): boolean {
  return version.major < minimum.major || (version.major === minimum.major && version.minor < minimum.minor);
}

function versionIn(text: string, pattern: RegExp): Version | undefined {
  const found = pattern.exec(text);
  return found === null ? undefined : { major: Number(found[1]), minor: Number(found[2] ?? 0) };
}

function run(program: string, programArguments: readonly string[], signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(program, programArguments, { signal, maxBuffer: 8 * 1024 ** 2 }, (error, stdout) => {
      if (error === null) resolve(stdout);
      else reject(error.code === "ENOENT" ? new Error(`${program} is not on the PATH`, { cause: error }) : error);
    });
  });
}

async function lookAtProgram(program: "ffmpeg" | "ffprobe", signal: AbortSignal): Promise<string> {
  const firstLine = (await run(program, ["-version"], signal)).split("\n")[0] ?? "";
  // `ffmpeg version 5.1.9-0+deb12u1`, `n7.1` of some builders, `N-12345-g0123` of a snapshot, which names no version.
  const version = versionIn(firstLine, /version n?(\d+)\.(\d+)/);
  if (version !== undefined && isOlder(version, minimumFfmpeg)) {
    throw new Error(`version ${version.major}.${version.minor} is older than ${minimumFfmpeg.major}.${minimumFfmpeg.minor}`);
  }
  return firstLine.replace(/ Copyright.*/, "");
}

async function lookAtFilters(signal: AbortSignal): Promise<string> {
  const words = new Set((await run("ffmpeg", ["-hide_banner", "-filters"], signal)).split(/\s+/));
  const missing = neededFilters.filter((filter) => !words.has(filter));
  if (missing.length > 0) throw new Error(`this ffmpeg was built without ${missing.join(", ")}`);
  return neededFilters.join(", ");
}

async function lookAtEncoder(encoder: string, signal: AbortSignal): Promise<string> {
  const words = (await run("ffmpeg", ["-hide_banner", "-encoders"], signal)).split(/\s+/);
  if (!words.includes(encoder)) throw new Error(`this ffmpeg was built without ${encoder}`);
  return encoder;
}

/** What live sources and playlists are read by: names of `ffmpeg -protocols` (inputs) and `-demuxers`. */
async function lookAtLiveReaders(signal: AbortSignal): Promise<string> {
  const [protocols, demuxers] = await Promise.all(
    ["-protocols", "-demuxers"].map((list) => run("ffmpeg", ["-hide_banner", list], signal)),
  );
  const inputs = new Set(protocols?.split(/^Output:/m)[0]?.split(/\s+/));
  const formats = new Set(demuxers?.split(/[\s,]+/));
  const missing = [
    ...["srt", "rtmp"].filter((name) => !inputs.has(name)),
    ...["hls", "dash"].filter((name) => !formats.has(name)),
  ];
  if (missing.length > 0) throw new Error(`this ffmpeg was built without ${missing.join(", ")}`);
  return "srt, rtmp, hls, dash";
}

async function lookAtWrapper(program: string, signal: AbortSignal): Promise<string> {
  return (await run(program, ["--version"], signal)).trim();
}

async function lookAtWorkFolder(folder: string): Promise<string> {
  await access(folder, constants.W_OK);
  const { bavail, bsize } = await statfs(folder);
  const freeGib = ((bavail * bsize) / 1024 ** 3).toFixed(1);
  if (bavail * bsize < neededFreeBytes)
    throw new Error(`${folder} has ${freeGib} GiB free, less than ${neededFreeBytes / 1024 ** 3} GiB`);
  return `${folder}, ${freeGib} GiB free`;
}

/** What Redis answers to AUTH (where the URL has a password) and INFO, as it stands on the wire. */
function askRedis(url: URL, signal: AbortSignal): Promise<string> {
  const credentials = [url.username, url.password].filter((part) => part !== "").map(decodeURIComponent);
  const words = credentials.length === 0 ? [] : ["AUTH", ...credentials];
  const authenticate =
    words.length === 0 ? "" : `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join("")}`;
  const endpoint = { host: url.hostname.replace(/^\[|\]$/g, ""), port: Number(url.port || 6379) };
  return new Promise((resolve, reject) => {
    const socket = url.protocol === "rediss:" ? connectTls({ ...endpoint, servername: endpoint.host }) : connect(endpoint);
    let answer = "";
    socket.setEncoding("utf8");
    socket.on("data", (text: string) => {
      answer += text;
    });
    socket.once("error", reject);
    socket.once("close", () => resolve(answer));
    signal.addEventListener("abort", () => socket.destroy(new Error("no answer in time")), { once: true });
    // After QUIT Redis closes the connection, so the end of the answer needs no parsing.
    socket.write(`${authenticate}INFO\r\nQUIT\r\n`);
  });
}

async function lookAtRedis(url: string | undefined, signal: AbortSignal): Promise<string> {
  if (url === undefined) throw new Error("REDIS_URL is not set: segments of a file run in this process alone");
  const answer = await askRedis(new URL(url), signal);
  const refusal = /^-(.*)$/m.exec(answer)?.[1];
  const version = versionIn(answer, /redis_version:(\d+)\.(\d+)/);
  if (version === undefined) throw new Error(refusal?.trim() ?? "what answers there is no Redis");
  if (isOlder(version, minimumRedis))
    throw new Error(`Redis ${version.major}.${version.minor} is older than ${minimumRedis.major}.${minimumRedis.minor}`);
  const policy = /maxmemory_policy:(\S+)/.exec(answer)?.[1];
  if (policy !== undefined && policy !== "noeviction")
    throw new Error(`its maxmemory-policy is ${policy}: it may drop segments; set noeviction`);
  return `Redis ${version.major}.${version.minor} at ${redact(url)}`;
}

/** What can be said of this machine and these settings without any room's help. */
export function machineChecks(config: Config): readonly DoctorCheck[] {
  const ffmpegRemedy =
    "Install ffmpeg 5.1 or later: `apt-get install ffmpeg` on Debian or Ubuntu, `brew install ffmpeg` on macOS.";
  const wrapper = (name: string, why: string): DoctorCheck => ({
    name,
    isNeeded: false,
    remedy: `Install util-linux: ${why}`,
    look: (signal) => lookAtWrapper(name, signal),
  });
  return [
    {
      name: "node",
      isNeeded: true,
      remedy: "Install Node 20.19 or later, best the present long-term release: https://nodejs.org",
      look: async () => {
        const version = versionIn(process.versions.node, /^(\d+)\.(\d+)/);
        if (version === undefined || isOlder(version, minimumNode)) throw new Error(`${process.version} is too old`);
        return process.version;
      },
    },
    { name: "ffmpeg", isNeeded: true, remedy: ffmpegRemedy, look: (signal) => lookAtProgram("ffmpeg", signal) },
    { name: "ffprobe", isNeeded: true, remedy: ffmpegRemedy, look: (signal) => lookAtProgram("ffprobe", signal) },
    {
      name: "ffmpeg filters",
      isNeeded: true,
      remedy: "Take a full build of ffmpeg, such as your distribution's.",
      look: lookAtFilters,
    },
    {
      name: "ffmpeg libx264",
      isNeeded: false,
      remedy: "Take an ffmpeg with libx264: the demo renders its film with it.",
      look: (signal) => lookAtEncoder("libx264", signal),
    },
    {
      name: "ffmpeg for live sources",
      isNeeded: false,
      remedy:
        "Take an ffmpeg with libsrt, and with libxml2 for DASH, such as your distribution's. UDP, HTTP-TS and HLS of MPEG-TS are read without.",
      look: lookAtLiveReaders,
    },
    wrapper("prlimit", "it bounds the memory and time of ffmpeg on hostile media."),
    wrapper("setpriv", "it ends ffmpeg at once when this process is killed."),
    wrapper("choom", "it makes the kernel take ffmpeg first when memory runs out."),
    {
      name: "work folder",
      isNeeded: true,
      remedy: "Free some space, or name another folder by FRAMEWATCH_WORK_DIR.",
      look: () => lookAtWorkFolder(config.workDir),
    },
    {
      name: "Redis",
      isNeeded: config.redisUrl !== undefined,
      remedy: "Set REDIS_URL to a Redis 6.2 or later with maxmemory-policy noeviction, and segments are shared by the fleet.",
      look: (signal) => lookAtRedis(config.redisUrl, signal),
    },
  ];
}

/** Looks whether the output takes an object, gives it back and lets it be removed, as every job needs. */
export function storeCheck(store: Store): DoctorCheck {
  return {
    name: "output",
    isNeeded: true,
    remedy:
      "Set FRAMEWATCH_OUTPUT to a folder that can be written, or to a prefix for which the role has s3:GetObject, s3:PutObject and s3:DeleteObject.",
    look: async () => {
      const key = `.doctor-${randomUUID()}`;
      await store.put(key, "framewatch doctor", "text/plain");
      const content = await store.get(key);
      await store.remove(key);
      if (content?.toString() !== "framewatch doctor") throw new Error(`${store.url} does not give back what was written`);
      return redact(store.url);
    },
  };
}

/** Runs the checks side by side, each for at most 10 s; findings come in the order of the checks. Never rejects. */
export function examine(checks: readonly DoctorCheck[]): Promise<readonly Finding[]> {
  return Promise.all(
    checks.map(async ({ name, isNeeded, remedy, look }): Promise<Finding> => {
      const signal = AbortSignal.timeout(checkTimeoutMilliseconds);
      try {
        return { name, state: "ok", detail: redact(await look(signal)) };
      } catch (error) {
        const detail = signal.aborted ? `no answer in ${checkTimeoutMilliseconds / 1000} s` : redact(reasonOf(error));
        return { name, state: isNeeded ? "missing" : "optional", detail, remedy };
      }
    }),
  );
}

/** The reason in one line; a refused connection's error has no message of its own, only its parts'. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join("; ");
  return (error instanceof Error ? error.message : String(error)).split("\n")[0] ?? "";
}

/** True when nothing that is needed is missing; `framewatch doctor` exits 0 then, else 4. */
export function isHealthy(findings: readonly Finding[]): boolean {
  return findings.every(({ state }) => state !== "missing");
}

/** The findings as a table for people, with what to do under each line that needs it. */
export function findingsTable(findings: readonly Finding[]): string {
  const width = Math.max(...findings.map(({ name }) => name.length));
  const marks = { ok: "ok      ", missing: "MISSING ", optional: "optional" };
  const lines = findings.flatMap(({ name, state, detail, remedy }) => [
    `${marks[state]}  ${name.padEnd(width)}  ${detail}`,
    ...(remedy === undefined ? [] : [`${" ".repeat(10 + width)}  → ${remedy}`]),
  ]);
  return `${lines.join("\n")}\n`;
}
