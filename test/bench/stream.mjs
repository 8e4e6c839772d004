import { execFileSync, spawn } from "node:child_process";
import { existsSync, renameSync, statSync } from "node:fs";
import { once } from "node:events";
import { cutEnding } from "../../dist/decoder/ending.js";
import { watchTransport } from "../../dist/decoder/index.js";
import { median, timeChild } from "./child.mjs";
import { benchFilm, framesPerSecond } from "./film.mjs";

const rounds = 5;
const seconds = 120;
const size = { width: 1280, height: 720 };
/** What the layer's signals and detectors take does not depend on the size of the picture: here little else is in the way. */
const small = { seconds: 1200, width: 320, height: 180 };
/** What looks at the stream itself. `black` is looked for with and without them, so that the picture is read in both. */
const layer = ["decode-error", "timestamp-gap", "stall", "format-change", "transport", "duration-mismatch"];
const { signal } = new AbortController();

/**
 * What the layer of the stream itself takes of the processor: its parts by themselves, and `check` with and without its detectors, in
 * turns, against ffmpeg that only decodes.
 */
export async function benchStream(framewatch) {
  const whole = await benchFilm({ seconds, ...size });
  const [film, fragments, clusters] = ["ts", "frag.mp4", "mkv"].map((extension) => remuxed(whole, extension));
  const smallFilm = remuxed(await benchFilm(small), "ts");
  const check = (types) => () =>
    timeChild(process.execPath, [framewatch, "check", smallFilm, "--json", "--no-models", "--only", types.join()]);
  const host = await openHost(film);
  const runs = {
    "ffmpeg, decoding only": () =>
      timeChild("ffmpeg", ["-v", "error", "-i", film, "-map", "0:v:0", "-map", "0:a:0", "-f", "null", "-"]),
    "packets of a file": () => ownTime(() => watchAll({ kind: "file", url: `file:${film}` })),
    "packets over HTTP, on their way": () => ownTime(() => watchAll({ kind: "http", url: host.url })),
    "fragments of an MP4": () => ownTime(() => walk(fragments, "mov")),
    "clusters of a Matroska": () => ownTime(() => walk(clusters, "matroska")),
    "check --only black": check(["black"]),
    "check --only black and the stream's own": check(["black", ...layer]),
  };
  const turns = Object.fromEntries(Object.keys(runs).map((what) => [what, []]));
  try {
    for (let turn = 0; turn < rounds; turn++) {
      for (const [what, run] of Object.entries(runs)) {
        const frames = framesPerSecond * (what.startsWith("check") ? small.seconds : seconds);
        turns[what].push((1000 * (await run()).cpuSeconds) / frames);
      }
    }
  } finally {
    host.close();
  }
  const without = turns["check --only black"];
  turns["signals and detectors: the difference"] = turns["check --only black and the stream's own"].map(
    (cpu, turn) => cpu - without[turn],
  );
  const [decodes] = Object.values(turns);
  const megabytes = (statSync(film).size / 1e6).toFixed(0);
  console.log(
    `Stream: ${size.width}x${size.height}, ${seconds} s of H.264 with AAC, ${megabytes} MB; "check" ${small.seconds} s of ${small.width}x${small.height}; MPEG-TS; median of ${rounds} turns`,
  );
  console.log("  what                                       CPU ms per frame   of the decode's CPU");
  for (const [what, times] of Object.entries(turns)) {
    const isOther = what.startsWith("check");
    const share = isOther ? "" : `${(100 * median(times.map((cpu, turn) => cpu / decodes[turn]))).toFixed(2)} %`;
    console.log(`  ${what.padEnd(40)}  ${median(times).toFixed(4).padStart(17)}   ${share.padStart(19)}`);
  }
}

function remuxed(whole, extension) {
  const file = whole.replace(/\.mp4$/, `.${extension}`);
  if (existsSync(file)) return file;
  const unfinished = `${file}.part.${extension.split(".").at(-1)}`;
  const options = extension === "frag.mp4" ? ["-movflags", "+frag_keyframe+empty_moov"] : [];
  execFileSync("ffmpeg", ["-v", "error", "-y", "-i", whole, "-c", "copy", ...options, unfinished], { stdio: "inherit" });
  renameSync(unfinished, file);
  return file;
}

/** Processor time of this process while it does something. */
async function ownTime(work) {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return { cpuSeconds: (user + system) / 1e6 };
}

/** A child reads the source, as the decoder's does; what that takes is its own. */
async function watchAll(source) {
  const input = { inputOptions: [], environment: {}, ...source };
  const watch = await watchTransport(input, 0, () => undefined, signal);
  if (input.kind === "http") {
    const child = spawn("ffmpeg", ["-v", "error", "-i", watch.input.url, "-map", "0", "-c", "copy", "-f", "null", "-"], {
      stdio: "ignore",
      env: { ...process.env, ...watch.input.environment },
    });
    await once(child, "close");
  }
  const facts = await watch.facts();
  await watch.close();
  if (facts === undefined || facts.seenBytes !== undefined) throw new Error("Not all packets were seen.");
}

async function walk(file, container) {
  const input = { kind: "file", url: `file:${file}`, inputOptions: [], environment: {} };
  const reason = await cutEnding(input, container, statSync(file).size, signal);
  if (reason !== undefined) throw new Error(reason);
}

/** A host in a process of its own. */
async function openHost(file) {
  const script = `const { createServer } = require("node:http"), { createReadStream, statSync } = require("node:fs");
    const bytes = statSync(${JSON.stringify(file)}).size;
    createServer((request, response) => {
      const start = Number(/^bytes=(\\d+)-/.exec(request.headers.range ?? "")?.[1] ?? 0);
      response.writeHead(206, { "content-range": "bytes " + start + "-" + (bytes - 1) + "/" + bytes, "content-length": bytes - start });
      createReadStream(${JSON.stringify(file)}, { start }).pipe(response).on("error", () => undefined);
    }).listen(0, "127.0.0.1", function () { console.log(this.address().port); });`;
  const child = spawn(process.execPath, ["-e", script], { stdio: ["ignore", "pipe", "inherit"] });
  const [port] = await once(child.stdout, "data");
  return { url: `http://127.0.0.1:${String(port).trim()}/film.ts`, close: () => child.kill() };
}
