import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { setTimeout as pause } from "node:timers/promises";
import { z } from "zod";
import type { Log } from "../log.js";
import type { Store } from "../store.js";
import type { Profile } from "./job.js";
import { claimJob, ownerTimes, type OwnerTimes, readJson } from "./job-claim.js";
import { type Claim, type DoneClaim, doneClaim, holdClaim } from "./job-state.js";
import type { LiveHold } from "./live-hold.js";
import { liveMessageSchema, relate } from "./live-message.js";

/** How the owner of a live job and those who want it look at each other's words, in milliseconds. */
export interface LiveClaimTimes {
  readonly owner: OwnerTimes;
  /** How often who waits looks whether the job is free. */
  readonly wait: number;
  /** How often the owner looks whether another process has its next message. */
  readonly watch: number;
  /** So long a wish counts; it is said again three times as often. */
  readonly wish: number;
  /** So long a job that was asked for a second time waits for the end of the first, before it counts as the same. */
  readonly duplicate: number;
}

export const liveClaimTimes: LiveClaimTimes = { owner: ownerTimes, wait: 500, watch: 5_000, wish: 30_000, duplicate: 30_000 };

/** While the message is in hand nobody else is likely to have it: the owner looks this many times less often. */
const calmer = 6;

const holderKey = ".state/live/holder.json";
const wishKey = ".state/live/wish.json";

const wishSchema = liveMessageSchema.extend({ by: z.string(), atMilliseconds: z.number() });

export interface LiveClaimParts {
  /** The job's own folder in the output. */
  readonly store: Store;
  readonly job: { readonly id: string; readonly source: string; readonly policyHash: string; readonly profile: Profile };
  readonly hold: LiveHold;
  readonly log: Log;
  readonly times?: LiveClaimTimes;
}

/** The right to run a live job, of which there is one among all processes. Its signal is also that of the hold. */
export type LiveClaim = Claim;

/**
 * Asks for a live job. While another process runs it, says which message we have, which makes that process hand the job over
 * if ours is the newer one, and waits until it did, or fell silent. Where it stands on a newer message, or the same job was
 * asked for twice, ours is given up.
 * @throws FramewatchError `store-unavailable`
 * @throws the reason of the hold's signal
 */
export async function claimLive(parts: LiveClaimParts): Promise<LiveClaim | DoneClaim> {
  const { store, job, hold, log, times = liveClaimTimes } = parts;
  const me = `${hostname()}:${process.pid}:${randomUUID()}`;
  const asked = {
    store,
    ...job,
    // What is done was done for another message, unless the mark names this request.
    force: true,
    request: hold.request,
    mayChange: true,
    by: me,
    now: Date.now,
    times: times.owner,
  };
  const began = performance.now();
  let wishedAt = Number.NEGATIVE_INFINITY;
  for (;;) {
    hold.signal.throwIfAborted();
    const mine = hold.message();
    const holder = await readJson(store, holderKey, liveMessageSchema);
    if (holder?.request === mine.request && holder.epoch > mine.epoch) hold.giveUp();
    hold.signal.throwIfAborted();
    const askedAt = performance.now();
    const answer = await claimJob(asked);
    if (answer.kind === "done") return doneClaim(answer.mark);
    if (answer.kind === "owner") {
      hold.began();
      return owned(holdClaim(answer.owner, job.id, log, askedAt, times.owner), me, parts);
    }
    const relation = holder === undefined ? "follows" : relate(mine, holder);
    if (relation === "superseded") hold.giveUp();
    if (relation === "other" && askedAt - began >= times.duplicate) {
      log.warn({ job: job.id, by: answer.by }, "a live job was asked for that runs already; cancel it first to change it");
      hold.giveUp();
    }
    if (wishedAt === Number.NEGATIVE_INFINITY) log.info({ job: job.id, by: answer.by }, "another process runs this live job");
    if (relation === "follows" && askedAt - wishedAt >= times.wish / 3) {
      wishedAt = askedAt;
      await store.put(wishKey, JSON.stringify({ ...mine, by: me, atMilliseconds: Date.now() }), "application/json");
    }
    // The signal's own reason is thrown at the top of the loop.
    await pause(times.wait, undefined, { signal: hold.signal }).catch(() => {});
  }
}

function owned(claim: Claim, me: string, { store, job, hold, log, times = liveClaimTimes }: LiveClaimParts): LiveClaim {
  const ended = new AbortController();
  // Made once, not in each round: a stream may run for months.
  const over = AbortSignal.any([ended.signal, claim.signal, hold.signal]);

  async function isWished(): Promise<void> {
    const wish = await readJson(store, wishKey, wishSchema);
    if (wish === undefined || wish.by === me || Math.abs(Date.now() - wish.atMilliseconds) > times.wish) return;
    if (relate(wish, hold.message()) === "follows") hold.handOver(wish);
  }

  async function watch(): Promise<void> {
    let said = "";
    for (let round = 0; !over.aborted; round += 1) {
      try {
        const now = hold.message();
        const text = JSON.stringify(now);
        if (text !== said) {
          await store.put(holderKey, text, "application/json");
          said = text;
        }
        // In the first round the wish may be our own of a moment ago, or that of one who lost against us.
        if (round > 0 && (now.messageId === undefined || round % calmer === 0)) await isWished();
      } catch (error) {
        log.warn({ err: error, job: job.id }, "it cannot be told whether another process wants a live job");
      }
      await pause(times.watch, undefined, { signal: over }).catch(() => {});
    }
  }

  const watching = watch();
  return {
    ...claim,
    signal: AbortSignal.any([claim.signal, hold.signal]),
    check() {
      hold.check();
      claim.check();
    },
    async release() {
      ended.abort();
      await watching;
      await claim.release();
    },
  };
}
