/** The reports of a live stream: one for each UTC hour, written while it passes and once more when it is over. */
import { rm } from "node:fs/promises";
import path from "node:path";
import { type LaneSignals, policyHash, type SignalBlock } from "../analyzers/index.js";
import type { MediaInfo, PlacedMark } from "../decoder/index.js";
import { isError } from "../errors.js";
import { streamOf } from "../ingest/index.js";
import { type HourFacts, hourOf, type LiveHour, openLiveHour } from "./live-hour.js";
import {
  type Alerts,
  type DefectEntry,
  type Evidence,
  type IncidentChange,
  type IncidentEvidence,
  type MadeEvidence,
  type Report,
  reportSchema,
} from "../notifier/index.js";
import { type Page, publishPage, type ReportedJob } from "../publish-report.js";
import type { Store } from "../store.js";
import type { StreamLife } from "./stream-life.js";

export interface LiveReportsOptions {
  /** Of this stream, for files that may vanish. */
  readonly folder: string;
  /** Stream time of now. */
  readonly startSeconds: number;
  /** Wall clock in milliseconds. */
  now(): number;
  /** What there is of defects' evidence, once it is made. */
  evidence(): Pick<IncidentEvidence, "made" | "forget"> | undefined;
}

/** What of a job in hand is reported. */
export interface ReportingJob extends Omit<ReportedJob, "started"> {
  readonly alerts: Pick<Alerts, "toldBefore">;
}

export interface LiveReports {
  media(media: MediaInfo, lanes: readonly LaneSignals[]): void;
  /** A block in stream time. */
  push(block: SignalBlock): void;
  tell(change: IncidentChange): void;
  /** Something is to be spliced in, in stream time. */
  mark(mark: PlacedMark): void;
  /** The hour that is filled now, as its folder is named. */
  readonly hour: string;
  /** Begins a new hour where one is due, and writes what is. An output that is away is tried again. */
  roll(life: Pick<StreamLife, "nowSeconds" | "judged" | "off">): Promise<void>;
  /** Writes the last report. @throws FramewatchError `store-unavailable`, `lease-lost` */
  finish(
    life: Pick<StreamLife, "nowSeconds" | "judged" | "off">,
  ): Promise<{ readonly report: Report; readonly pageUrl?: string; readonly store: Store | undefined }>;
  /** Writes the last report once more, with evidence that was made since. @throws as `finish` does */
  rewrite(life: Pick<StreamLife, "nowSeconds" | "judged" | "off">): Promise<Report>;
  /** Nothing is written any more. */
  close(): void;
}

/** While an hour passes its report is written anew so often; sooner after an incident, also where many follow one another. */
const rewriteMilliseconds = 60_000;
const changedMilliseconds = 10_000;

interface Filling {
  readonly name: string;
  readonly folder: string;
  readonly filled: LiveHour;
}

/**
 * @throws FramewatchError `store-unavailable` where it cannot be told what an earlier process has reported of this hour
 */
export async function openLiveReports(
  inHand: ReportingJob,
  { folder, startSeconds, now, evidence }: LiveReportsOptions,
): Promise<LiveReports> {
  const { job, policy, run, engine, output } = inHand;
  const reportJob = {
    id: job.id,
    source: job.source,
    run,
    stream: streamOf(job),
    policy: policy.name,
    policyHash: policyHash(policy),
    profile: job.profile,
    labels: job.labels,
  };
  const open = new Map<string, DefectEntry>();
  /** The hours in which defects began: their evidence lies there. */
  const begunIn = new Map<string, string>();
  /** Hours that are over and not written yet, the oldest first. */
  const waiting: { readonly name: string; readonly folder: string; readonly page: Page; readonly filled: LiveHour }[] = [];
  let described: { readonly media: MediaInfo; readonly lanes: readonly LaneSignals[] } | undefined;
  let writtenAt = now();
  let isChanged = false;
  const firstHour = hourOf(now());
  const earlier = await readReport(output?.under(`${job.id}/${firstHour}/`));
  const told = inHand.alerts.toldBefore.alerts
    .filter(({ time }) => hourOf(Date.parse(time)) === firstHour)
    .flatMap(({ data: { defect } }) => defect ?? []);
  let present = begin(startSeconds, firstHour, {
    told,
    ...(earlier !== undefined && (earlier.job.run ?? 1) === run ? { earlier } : {}),
  });

  function begin(beginsAt: number, name: string, before: Pick<HourFacts, "earlier" | "told"> = {}): Filling {
    const hourFolder = path.join(folder, name);
    const facts = {
      engine,
      job: reportJob,
      policy,
      folder: hourFolder,
      startSeconds: beginsAt,
      startTime: new Date(now()).toISOString(),
      open: [...open.values()],
    };
    const filled = openLiveHour({ ...facts, ...before });
    if (described !== undefined) filled.media(described.media, described.lanes);
    return { name, folder: hourFolder, filled };
  }

  const endOf = (hour: string, { nowSeconds, judged, off }: Pick<StreamLife, "nowSeconds" | "judged" | "off">) => ({
    endSeconds: nowSeconds,
    judged,
    off,
    evidence(id: string): MadeEvidence {
      const made = evidence()?.made(id) ?? { evidence: {} };
      const from = begunIn.get(id);
      if (from === undefined || from === hour) return made;
      const paths = Object.entries(made.evidence).map(([kind, key]) => [kind, `../${from}/${key}`]);
      return { ...made, evidence: Object.fromEntries(paths) as Evidence };
    },
  });

  /** The last report that holds what is over has its evidence: nothing of it is needed any more. */
  function forget(): void {
    for (const id of begunIn.keys()) {
      if (open.has(id)) continue;
      begunIn.delete(id);
      evidence()?.forget(id);
    }
  }

  async function write(name: string, page: Page): Promise<{ readonly pageUrl?: string }> {
    return publishPage({ job: { id: `${job.id}/${name}` }, engine, output, check: () => inHand.check() }, page);
  }

  /** @throws FramewatchError `store-unavailable`, `lease-lost` */
  async function writeWaiting(): Promise<void> {
    for (let next = waiting[0]; next !== undefined; next = waiting[0]) {
      await write(next.name, next.page);
      waiting.shift();
      next.filled.close();
      await rm(next.folder, { recursive: true, force: true });
    }
  }

  return {
    media(media, lanes) {
      described = { media, lanes };
      present.filled.media(media, lanes);
    },
    push: (block) => present.filled.push(block),
    tell(change) {
      const { defect } = change;
      isChanged = true;
      if (defect?.endSeconds !== undefined) open.delete(defect.id);
      else if (defect !== undefined) open.set(defect.id, defect);
      if (change.change === "opened" && defect !== undefined) begunIn.set(defect.id, present.name);
      // What began under another process has its evidence in the hour that it began in.
      if (change.change === "found-again" && defect?.startTime !== undefined)
        begunIn.set(defect.id, hourOf(Date.parse(defect.startTime)));
      present.filled.tell(change);
    },
    mark: (mark) => present.filled.mark(mark),
    get hour() {
      return present.name;
    },

    async roll(life) {
      const isOver = hourOf(now()) !== present.name;
      if (isOver) {
        const over = present;
        waiting.push({ ...over, page: over.filled.finish(endOf(over.name, life)) });
        forget();
        present = begin(life.nowSeconds, hourOf(now()));
      }
      const isDue = now() - writtenAt >= (isChanged ? changedMilliseconds : rewriteMilliseconds);
      if (!isOver && !isDue) return;
      writtenAt = now();
      isChanged = false;
      try {
        await writeWaiting();
        if (isDue) await write(present.name, present.filled.page(endOf(present.name, life)));
      } catch (error) {
        if (!isError(error, "store-unavailable")) throw error;
        engine.log.warn({ err: error, job: job.id }, "a stream's report could not be written, it is tried again");
      }
    },

    async finish(life) {
      const page = present.filled.finish(endOf(present.name, life));
      await writeWaiting();
      const written = await write(present.name, page);
      return { report: page.report, ...written, store: output?.under(`${job.id}/${present.name}/`) };
    },
    async rewrite(life) {
      const page = present.filled.page(endOf(present.name, life));
      await write(present.name, page);
      return page.report;
    },
    close() {
      for (const { filled } of [...waiting, present]) filled.close();
    },
  };
}

/** The report of this hour that is there already, if it is one that this version can read. */
async function readReport(store: Store | undefined): Promise<Report | undefined> {
  const bytes = await store?.get("report.json");
  if (bytes === undefined) return undefined;
  try {
    return reportSchema.safeParse(JSON.parse(bytes.toString("utf8"))).data;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
