import { hostname } from "node:os";
import { setTimeout as pause } from "node:timers/promises";
import { FramewatchError } from "../errors.js";
import type { Log } from "../log.js";
import type { Store } from "../store.js";
import type { Profile } from "./job.js";
import {
  claimJob,
  type DoneFacts,
  type DoneMark,
  keepBeating,
  ownerTimes,
  type OwnerTimes,
  type Ownership,
} from "./job-claim.js";

/** How often at most somebody who waits for another process looks again, in milliseconds. */
const lookMilliseconds = 3_000;

export interface JobStateParts {
  /** The job's own folder in the output. */
  readonly store: Store;
  readonly job: {
    readonly id: string;
    readonly source: string;
    /** ETag of the source, or its size and date; absent when it has none. */
    readonly version?: string;
    readonly policyHash: string;
    readonly profile: Profile;
  };
  /** Analyse again what is done. */
  readonly force: boolean;
  /** Names the message that asks, so that a redelivery of one with `force` does not analyse yet again. */
  readonly request?: string;
  readonly log: Log;
}

/** The right to work on a job, of which there is one among all processes; it passes on when its holder falls silent. */
export interface Claim {
  readonly kind: "owner";
  /** 1 for the first analysis; a new one for each that `force` asks for. It enters ids, and the keys of finished segments. */
  readonly run: number;
  /** Aborts with `lease-lost` when another process has taken the job over, or may have. */
  readonly signal: AbortSignal;
  /**
   * Looks at the clock, so it also notices that the process was stopped for a while.
   * @throws FramewatchError `lease-lost` when our last word is so old that another process may have taken the job over
   */
  check(): void;
  /**
   * Commits the job. Gives the mark that holds: that of another process which was quicker with this run, else this one.
   * @throws FramewatchError `store-unavailable`
   */
  done(facts: DoneFacts): Promise<DoneMark>;
  /** Ends the claim; a job that is not done can be taken up by another process at once. Does not throw. */
  release(): Promise<void>;
}

/** A job that is done, by whomever. */
export interface DoneClaim {
  readonly kind: "done";
  readonly run: number;
  /** Never aborts: there is nothing to lose. */
  readonly signal: AbortSignal;
  readonly done: DoneMark;
  release(): Promise<void>;
}

export interface JobState {
  /**
   * Asks for the job, and waits while another process works on it: until that one is done, or falls silent.
   * @throws FramewatchError `id-conflict` when a job of this id is done with another source, policy or profile
   * @throws FramewatchError `store-unavailable`
   * @throws the signal's reason
   */
  claim(signal: AbortSignal): Promise<Claim | DoneClaim>;
}

/** Opens the state of one job: whose it is, and whether it is done. It lies in `.state/` of the job's folder. */
export function openJobState({ store, job, force, request, log }: JobStateParts): JobState {
  const { version, ...facts } = job;
  const asked = {
    store,
    ...facts,
    ...(version === undefined ? {} : { sourceVersion: version }),
    ...(request === undefined ? {} : { request }),
    force,
    by: `${hostname()}:${process.pid}`,
    now: Date.now,
  };
  return {
    async claim(signal) {
      for (let isFirst = true; ; isFirst = false) {
        signal.throwIfAborted();
        const answer = await claimJob(asked);
        if (answer.kind === "owner") return holdClaim(answer.owner, job.id, log);
        if (answer.kind === "done") return doneClaim(answer.mark);
        if (isFirst) log.info({ job: job.id, by: answer.by }, "another process works on this job; waiting for it");
        // The signal's own reason is thrown at the top of the loop.
        await pause(lookMilliseconds * (0.5 + Math.random() / 2), undefined, { signal }).catch(() => {});
      }
    },
  };
}

/**
 * Beats for a job that was just claimed, until the claim is released or lost.
 * @param claimedAtMilliseconds when the claim was asked for, by `performance.now()`
 */
export function holdClaim(
  owner: Ownership,
  jobId: string,
  log: Log,
  claimedAtMilliseconds = performance.now(),
  times: OwnerTimes = ownerTimes,
): Claim {
  const lost = new AbortController();
  const ended = new AbortController();
  let isDone = false;
  let beatenAt = claimedAtMilliseconds;
  const lose = (loss: FramewatchError) => {
    if (lost.signal.aborted) return;
    log.warn({ err: loss, job: jobId }, "the job is not ours any more");
    lost.abort(loss);
  };
  const beating = keepBeating(owner, ended.signal, lose, times, (atMilliseconds) => {
    beatenAt = atMilliseconds;
  });
  return {
    kind: "owner",
    run: owner.run,
    signal: lost.signal,
    check() {
      if (performance.now() - beatenAt >= times.stale)
        lose(new FramewatchError("lease-lost", "Another process may have taken the job over meanwhile."));
      lost.signal.throwIfAborted();
    },
    async done(facts) {
      const mark = await owner.markDone(facts);
      isDone = true;
      return mark;
    },
    async release() {
      ended.abort();
      await beating;
      if (isDone || lost.signal.aborted) return;
      await owner.release().catch((error: unknown) => {
        log.warn({ err: error, job: jobId }, "the job could not be given back; others wait until our last word is old");
      });
    },
  };
}

/** The claim on a job that is done. */
export function doneClaim(mark: DoneMark): DoneClaim {
  return { kind: "done", run: mark.run, signal: new AbortController().signal, done: mark, release: async () => {} };
}
