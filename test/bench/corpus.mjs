import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { ffmpegVerdict, runProgram } from "./peer.mjs";

/** No file of a folder of test clips may take longer. */
const deadlineSeconds = 300;
/** Where the two place an edge differs by up to a frame, a window of sound, and the container's start. */
const toleranceSeconds = 0.3;
const noMedia = /\.(json|csv|md|txt|html|sha256)$/i;

/**
 * Checks every media file of the folder FRAMEWATCH_CORPUS names, and prints a table: verdict, time, frames, defects, next to
 * what ffmpeg alone says of the same file. Exit code 1 when a file crashes or hangs us, is refused without a reason, or
 * frames are missing, or a file that a MANIFEST.json calls clean fails.
 */
export async function benchCorpus(framewatch) {
  const folder = process.env.FRAMEWATCH_CORPUS;
  if (folder === undefined) {
    console.error("FRAMEWATCH_CORPUS names no folder of clips.");
    process.exitCode = 2;
    return;
  }
  const files = mediaFiles(folder);
  const kinds = kindsOf(folder);
  console.log(`Corpus: ${files.length} files of ${folder}`);
  console.log("verdict  whole   seconds  frames  ffmpeg's  file: what was found");
  const faults = [];
  const notes = [];
  for (const file of files) {
    const checked = await checkFile(framewatch, path.join(folder, file));
    const peer = checked.report === undefined ? undefined : await ffmpegVerdict(path.join(folder, file), checked.report.media);
    console.log(row(file, checked, peer));
    faults.push(...faultsOf(checked, peer, kinds.get(file)).map((fault) => `${file}: ${fault}`));
    notes.push(...(peer === undefined ? [] : differences(checked.report, peer)).map((note) => `${file}: ${note}`));
  }
  print("Differences from ffmpeg's own filters", notes);
  print("Faults", faults);
  if (faults.length > 0) process.exitCode = 1;
}

function print(title, lines) {
  console.log(`${title}: ${lines.length === 0 ? "none" : ""}`);
  for (const line of lines) console.log(`  ${line}`);
}

function mediaFiles(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !noMedia.test(entry.name))
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
    .sort();
}

/** Runs `framewatch check --json`. `report` is undefined when there is none. */
async function checkFile(framewatch, file) {
  const run = await runProgram(process.execPath, [framewatch, "check", file, "--json"], deadlineSeconds);
  return { ...run, report: parse(run.stdout) };
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // cut short, or none at all: a fault that is told
  }
}

function row(file, { report, seconds, code }, peer) {
  const { verdict = `exit ${code}`, media, defects = [], error } = report ?? {};
  const whole = media === undefined ? "" : media.complete ? "whole" : "cut";
  const frames = media?.video?.frames ?? "";
  const found = [
    ...(error ? [`${error.code}: ${error.message}`] : []),
    ...(media?.incompleteReason === undefined ? [] : [media.incompleteReason]),
    ...counted(defects.map(({ type }) => type)),
  ];
  const columns = [
    verdict.padEnd(7),
    whole.padEnd(6),
    seconds.toFixed(1).padStart(7),
    `${frames}`.padStart(7),
    `${peer?.frames ?? ""}`.padStart(9),
  ];
  return `${columns.join("  ")}  ${file}${found.length === 0 ? "" : `: ${found.join("; ")}`}`;
}

function counted(types) {
  return [...new Set(types)].map((type) => `${types.filter((other) => other === type).length} ${type}`);
}

/** What a MANIFEST.json beside the files says of them: `clean`, `broken` … */
function kindsOf(folder) {
  const manifest = path.join(folder, "MANIFEST.json");
  const clips = existsSync(manifest) ? JSON.parse(readFileSync(manifest, "utf8")) : [];
  return new Map(clips.map(({ file, kind }) => [file, kind]));
}

function faultsOf({ report, code, timedOut, stderr }, peer, kind) {
  if (timedOut) return [`it was not done after ${deadlineSeconds} s`];
  if (report === undefined) return [`no report, exit code ${code}: ${stderr.slice(-300)}`];
  const faults = [];
  if (![0, 1, 3].includes(code)) faults.push(`exit code ${code}`);
  if (report.verdict === "error" && !report.error?.message) faults.push("refused without a reason");
  if (report.media?.complete === false && !report.media.incompleteReason) faults.push("incomplete without a reason");
  if (/\n\s+at /.test(stderr)) faults.push(`a stack trace: ${stderr.slice(-300)}`);
  const frames = report.media?.video?.frames;
  if (peer?.frames !== undefined && frames !== peer.frames) faults.push(`${frames ?? "no"} frames, ffmpeg gives ${peer.frames}`);
  if (kind === "clean" && ["fail", "error"].includes(report.verdict))
    faults.push(`it is clean, and the verdict is ${report.verdict}`);
  return faults;
}

/** Where ours and ffmpeg's blackdetect, freezedetect and silencedetect do not say the same; there are reasons, see the detectors. */
function differences(report, peer) {
  const notes = [];
  for (const [type, theirs] of Object.entries(peer.found)) {
    const ours = report.defects.filter((defect) => defect.type === type && defect.track === 0);
    const said = ours.map(({ startSeconds, endSeconds }) => [startSeconds, endSeconds]);
    const same =
      said.length === theirs.length && said.every(([start, end], n) => near(start, theirs[n][0]) && near(end, theirs[n][1]));
    if (!same) notes.push(`${type} ${times(said)}, ffmpeg ${times(theirs)}`);
  }
  const ours = report.defects
    .filter(({ type }) => type === "decode-error")
    .reduce((sum, { measured }) => sum + measured.errorCount, 0);
  if (ours > 0 !== peer.errors.length > 0)
    notes.push(`${ours} decode errors, ffmpeg's messages: ${peer.errors.slice(0, 3).join(" | ") || "none"}`);
  return notes;
}

const near = (one, other) => one === other || Math.abs(one - other) <= toleranceSeconds;
const times = (spans) =>
  spans.length === 0 ? "none" : spans.map(([start, end]) => `${start?.toFixed(2)}-${end?.toFixed(2) ?? "end"}`).join(" ");
