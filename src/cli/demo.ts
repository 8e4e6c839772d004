import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import path from "node:path";
import { type Config, loadConfig } from "../config.js";
import { probe } from "../decoder/index.js";
import { compare } from "../demo/compare.js";
import { type LocalAws, openLocalAws } from "../demo/local-aws.js";
import { type Clip, filmRecipe, planted } from "../demo/plant.js";
import { FramewatchError } from "../errors.js";
import { runChild } from "../ffmpeg.js";
import { openLog } from "../log.js";
import { type Alert, alertSchema, type Report, reportSchema } from "../notifier/index.js";
import { startService } from "../service.js";
import { openProgress, type ProgressView } from "./progress.js";
import { defectLine } from "./summary.js";

const longestDemoMilliseconds = 10 * 60_000;

/**
 * Shows everything at once: makes a film with planted defects, runs the ordinary service on an AWS emulator in this
 * process, sends the film through queue, alerts and report, and holds what came out against what was planted.
 * @returns 0 when each planted defect was found and alerted exactly once, else 1
 * @throws FramewatchError `program-missing`; `source-not-found`, `media-unreadable` or `usage` for a clip that cannot be used
 */
export async function demo({ input, out }: { readonly input?: string; readonly out: string }): Promise<number> {
  const scratch = await mkdtemp(path.join(loadConfig(process.env).workDir, "framewatch-demo-"));
  try {
    say(input === undefined ? "Painting a film and planting defects into it …" : `Planting defects into ${input} …`);
    const film = await makeFilm(scratch, input);
    const aws = await openLocalAws();
    try {
      const { report, alerts } = await throughService(aws, film, scratch, out);
      return tell(report, alerts, out);
    } finally {
      await aws.close();
    }
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function makeFilm(folder: string, input: string | undefined): Promise<string> {
  const recipe = await filmRecipe(folder, input === undefined ? undefined : await readClip(input));
  for (const step of [recipe.encode, recipe.damage]) {
    const { code, lastLines } = await runChild({
      program: "ffmpeg",
      arguments: ["-v", "error", "-nostdin", ...step],
      signal: neverAborted,
    });
    if (code !== 0)
      throw new FramewatchError("media-unreadable", `The film could not be made: ${lastLines.at(-1) ?? "ffmpeg gave no reason"}`);
  }
  return recipe.film;
}

async function readClip(file: string): Promise<Clip> {
  if (!existsSync(file)) throw new FramewatchError("source-not-found", `There is no file ${file}.`);
  const url = `file:${path.resolve(file)}`;
  const media = await probe({ kind: "file", url, inputOptions: [], environment: {} }, { signal: neverAborted });
  if (media.video === undefined) throw new FramewatchError("usage", `${file} has no picture to plant defects into.`);
  return { file, hasSound: media.audio.length > 0 };
}

const neverAborted = new AbortController().signal;

interface Outcome {
  readonly report: Report;
  readonly alerts: readonly Alert[];
}

async function throughService(aws: LocalAws, film: string, scratch: string, out: string): Promise<Outcome> {
  const config: Config = loadConfig({
    FRAMEWATCH_QUEUE_URL: aws.queueUrl,
    FRAMEWATCH_TOPIC_ARN: aws.topicArn,
    FRAMEWATCH_OUTPUT: aws.output,
    FRAMEWATCH_HTTP_PORT: "0",
    FRAMEWATCH_WORK_DIR: scratch,
  });
  let progress: ProgressView | undefined;
  const service = await startService(config, openLog("warn"), {
    progress(state) {
      progress ??= openProgress("demo.mp4", 1);
      progress.show(state);
    },
  });
  try {
    const id = `demo-${randomUUID().slice(0, 8)}`;
    const source = await aws.upload(film, "films/demo.mp4");
    say(`Sending ${source} to the queue; metrics are at ${service.url}/metrics`);
    await aws.send(JSON.stringify({ version: 1, id, source, labels: { purpose: "demo" } }));
    const alerts = await collectAlerts(aws);
    await aws.copyReport(id, out);
    return { report: reportSchema.parse(JSON.parse(await readFile(path.join(out, "report.json"), "utf8"))), alerts };
  } finally {
    progress?.close();
    await service.stop();
  }
}

/** Takes alerts from the subscription until the job's last one. */
async function collectAlerts(aws: LocalAws): Promise<Alert[]> {
  const alerts: Alert[] = [];
  const started = performance.now();
  while (!alerts.some(({ type }) => type.startsWith("framewatch.job."))) {
    if (performance.now() - started > longestDemoMilliseconds)
      throw new FramewatchError("media-stalled", "The job did not end within 10 minutes.");
    for (const body of await aws.receiveAlerts(1)) alerts.push(alertSchema.parse(JSON.parse(body)));
  }
  // A repeat would come right behind.
  for (const body of await aws.receiveAlerts(1)) alerts.push(alertSchema.parse(JSON.parse(body)));
  return alerts;
}

function tell(report: Report, alerts: readonly Alert[], out: string): number {
  say(`\nAlerts from the subscription, in order of their sequence:`);
  for (const { type, data } of alerts.toSorted((one, other) => one.data.sequence - other.data.sequence)) {
    const ending = data.verdict === undefined ? (data.error?.code ?? "") : `verdict ${data.verdict}`;
    const what = data.defect === undefined ? ending : `${data.defect.severity} ${data.defect.type}`;
    say(`  ${String(data.sequence).padStart(2)}  ${type.padEnd(28)} ${what}`);
  }

  say(`\nPlanted                        Found`);
  const comparisons = compare(planted, report, alerts);
  for (const { planted: one, found, fault } of comparisons) {
    const mark = fault === undefined ? "ok " : "NO ";
    const place = `${one.type.padEnd(13)} ${one.startSeconds.toFixed(1).padStart(5)}–${one.endSeconds.toFixed(1)} s`;
    say(`  ${mark} ${place.padEnd(26)} ${fault ?? found.map(defectLine).join("; ")}`);
  }
  const explained = new Set(comparisons.flatMap(({ found }) => found.map(({ id }) => id)));
  const others = report.defects.filter(({ id }) => !explained.has(id));
  if (others.length > 0) say(`\nAlso found:\n${others.map((defect) => `      ${defectLine(defect)}`).join("\n")}`);

  say(`\nReport: ${path.resolve(out, "report.html")}`);
  const faults = comparisons.filter(({ fault }) => fault !== undefined);
  say(
    faults.length === 0
      ? `All ${comparisons.length} planted defects were found and alerted exactly once.`
      : `Not as planted: ${faults.map(({ planted: { type }, fault }) => `${type} (${fault})`).join(", ")}.`,
  );
  return faults.length === 0 ? 0 : 1;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
