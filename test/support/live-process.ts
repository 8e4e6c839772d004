import { claimLive, type LiveClaimTimes } from "../../src/ingest/live-claim.js";
import { type LiveTimes } from "../../src/ingest/live-hold.js";
import { openLiveLeases } from "../../src/ingest/live-leases.js";
import { identifyLive, parseJob } from "../../src/ingest/job.js";
import { type Delivery, openPoller, type PollerTimes, pollerTimes } from "../../src/ingest/poller.js";
import type { Queue } from "../../src/ingest/sqs.js";
import { openLog } from "../../src/log.js";
import { openStore } from "../../src/open-store.js";

/** Half a day in seconds: what takes 11.5 h by SQS's rule takes 6 s, a renewal comes after 3 s instead of 11 h. */
export const compressed = {
  poller: {
    ...pollerTimes,
    waitSeconds: 1,
    hangSeconds: 1,
    finishSeconds: 0.2,
    settleSeconds: 2,
    backOffSeconds: 0.2,
    retrySeconds: 1,
    glanceSeconds: 0.3,
    lease: { visibilitySeconds: 3, extendSeconds: 1, guardSeconds: 0.5, longestSeconds: 6 },
  } satisfies PollerTimes,
  live: {
    renewSeconds: 3,
    settledSeconds: 0.5,
    rescueSeconds: 4,
    retrySeconds: 0.3,
    fullSeconds: 1,
    duplicateSeconds: 0.5,
  } satisfies LiveTimes,
  claim: { owner: { beat: 400, stale: 2_000 }, wait: 50, watch: 100, wish: 1_000, duplicate: 500 } satisfies LiveClaimTimes,
};

/** What a stream did, in order. */
export interface LiveEvent {
  readonly name: string;
  readonly what: "begins" | "ends";
  readonly run: number;
  readonly atMilliseconds: number;
}

export interface LiveProcess {
  /** Live jobs that run here or wait. */
  readonly running: () => number;
  /** Ends the streams that run here, as if the source had. */
  finish(): void;
  stop(): Promise<void>;
}

export interface LiveProcessRequest {
  readonly name: string;
  readonly queues: readonly { readonly queue: Queue; readonly slots: number }[];
  /** Where jobs keep their state. */
  readonly folder: string;
  readonly streams?: number;
  readonly times?: LiveTimes;
  readonly happened: (event: LiveEvent) => void;
  /** A message of a job that is no live one; it holds its slot for ever where absent. */
  readonly handleFile?: (delivery: Delivery) => Promise<"done" | "keep">;
}

/** Poller, registry and claims as the service joins them, around streams that do nothing. */
export function startLiveProcess({
  name,
  queues,
  folder,
  streams = 2,
  times = compressed.live,
  happened,
  handleFile = () => new Promise<never>(() => {}),
}: LiveProcessRequest): LiveProcess {
  const log = openLog("error", () => undefined);
  const live = openLiveLeases({ streams, log, times });
  const finishing = new Set<() => void>();
  const poller = openPoller({
    queues: queues.map((polled) => ({ ...polled, isFull: live.isFull })),
    log,
    times: compressed.poller,
    async handle(delivery) {
      const request = parseJob(JSON.parse(delivery.message.body));
      if (request.mode !== "live") return handleFile(delivery);
      const job = identifyLive(request, "p1");
      return live.attend(job, delivery, async (hold) => {
        const { id, source, profile } = job;
        const store = openStore(folder).under(`${id}/`);
        const claim = await claimLive({
          store,
          job: { id, source, policyHash: "p1", profile },
          hold,
          log,
          times: compressed.claim,
        });
        if (claim.kind !== "owner") return;
        const tell = (what: LiveEvent["what"]) => happened({ name, what, run: claim.run, atMilliseconds: Date.now() });
        tell("begins");
        // Each moment of a stream may have an outside effect.
        const effects = setInterval(() => {
          if (!claim.signal.aborted) claim.check();
        }, 20);
        try {
          await new Promise<void>((resolve, reject) => {
            finishing.add(resolve);
            claim.signal.addEventListener("abort", () => reject(claim.signal.reason), { once: true });
          });
          await claim.done({ verdict: "pass" });
        } finally {
          clearInterval(effects);
          tell("ends");
          await claim.release();
        }
      });
    },
  });
  return {
    running: () => live.running,
    finish: () => finishing.forEach((end) => end()),
    stop: async () => void (await Promise.all([live.close(), poller.stop()])),
  };
}
