import { createHash } from "node:crypto";
import { performance } from "node:perf_hooks";
import { setTimeout as pause } from "node:timers/promises";
import { z } from "zod";
import { FramewatchError } from "../errors.js";
import type { Store } from "../store.js";
import { type Profile, profiles } from "./job.js";

/** How an owner and those who wait for it keep time, in milliseconds. */
export interface OwnerTimes {
  /** How often an owner says that it lives. */
  readonly beat: number;
  /** How old its last word may be before another takes the job over. */
  readonly stale: number;
}

export const ownerTimes: OwnerTimes = { beat: 20_000, stale: 50_000 };

const ownerSchema = z.object({
  version: z.literal(1),
  run: z.int().positive(),
  identity: z.string(),
  by: z.string(),
  atMilliseconds: z.number(),
});
type OwnerMark = z.output<typeof ownerSchema>;

const beatSchema = z.object({ atMilliseconds: z.number(), released: z.boolean() });

const doneSchema = z.object({
  version: z.literal(1),
  id: z.string(),
  run: z.int().positive(),
  request: z.string().exactOptional(),
  sourceHash: z.string(),
  policyHash: z.string(),
  profile: z.enum(profiles),
  verdict: z.enum(["pass", "warn", "fail", "error"]),
});

/** What remains of a job that is done: a repeat of it is not analysed again. */
export type DoneMark = Readonly<z.output<typeof doneSchema>>;

/** What the job's end adds to the mark. */
export type DoneFacts = Pick<DoneMark, "verdict">;

export interface ClaimRequest {
  /** The job's own folder in the output. */
  readonly store: Store;
  readonly id: string;
  readonly source: string;
  /** ETag of the source, or its size and date; absent when it has none. */
  readonly sourceVersion?: string;
  readonly policyHash: string;
  readonly profile: Profile;
  /** Analyse again what is done. */
  readonly force: boolean;
  /** Names the message that asks, so that a redelivery of one with `force` does not analyse yet again. */
  readonly request?: string;
  /** Names this process to people: host and process id. */
  readonly by: string;
  /** Wall clock in milliseconds, as `Date.now`. */
  readonly now: () => number;
  /** The id names a channel, which may come back with another source, policy or profile when it is done. */
  readonly mayChange?: boolean;
  readonly times?: OwnerTimes;
}

/** What the job's folder says to who asks. */
export type ClaimAnswer =
  | { readonly kind: "owner"; readonly owner: Ownership }
  /** Another process works on it. */
  | { readonly kind: "held"; readonly by: string }
  | { readonly kind: "done"; readonly mark: DoneMark };

/** The right to work on a job, of which there is one; it passes on when its holder falls silent. */
export interface Ownership {
  /** 1 for the first analysis; a new one for each that `force` asks for. It enters ids, and the keys of finished segments. */
  readonly run: number;
  /** Says that this process lives; false when another has taken the job over. @throws FramewatchError `store-unavailable` */
  beat(): Promise<boolean>;
  /**
   * False when another process has taken the job over: nothing may be done for it any more.
   * @throws FramewatchError `store-unavailable`
   */
  stillOwner(): Promise<boolean>;
  /**
   * Commits the job. Gives the mark that holds: that of another process which was quicker with this run, else this one.
   * @throws FramewatchError `store-unavailable`
   */
  markDone(facts: DoneFacts): Promise<DoneMark>;
  /** Lets another process take the job up at once. @throws FramewatchError `store-unavailable` */
  release(): Promise<void>;
}

const doneKey = ".state/done.json";
const ownerKey = (epoch: number) => `.state/owner/${String(epoch).padStart(6, "0")}.json`;
const beatKey = (epoch: number) => `.state/owner/${String(epoch).padStart(6, "0")}.beat`;

/**
 * Asks for a job: who owns it, whether it is done, which run comes next. Owners follow one another in epochs, each created
 * conditionally, so that of two processes at once one wins; the clocks of the processes need to agree within seconds.
 * @throws FramewatchError `id-conflict` when a job of this id is done with another source, policy or profile
 * @throws FramewatchError `store-unavailable`
 */
export async function claimJob(parts: ClaimRequest): Promise<ClaimAnswer> {
  const { store, force, request, by, now } = parts;
  const mark = await readJson(store, doneKey, doneSchema);
  if (mark !== undefined) {
    if (!parts.mayChange) refuseConflict(mark, parts);
    if (!force || (request !== undefined && mark.request === request)) return { kind: "done", mark };
  }
  const last = await lastEpoch(store);
  const doneRun = mark?.run ?? 0;
  const open = last.owner !== undefined && last.owner.run > doneRun ? last.owner : undefined;
  if (open !== undefined && isAlive(last, now(), parts.times)) return { kind: "held", by: open.by };

  const identity = hashOf(JSON.stringify([parts.source, parts.sourceVersion ?? null, parts.policyHash, parts.profile]));
  const run = open?.identity === identity ? open.run : Math.max(doneRun, last.owner?.run ?? 0) + 1;
  const epoch = last.epoch + 1;
  const owner: OwnerMark = { version: 1, run, identity, by, atMilliseconds: now() };
  if (!(await writeNew(store, ownerKey(epoch), owner))) return { kind: "held", by: "a process that was quicker" };
  return { kind: "owner", owner: ownership(parts, epoch, run) };
}

function ownership(parts: ClaimRequest, epoch: number, run: number): Ownership {
  const { store, id, policyHash, profile, request, now } = parts;
  const stillOwner = async () => !(await store.has(ownerKey(epoch + 1)));
  const say = (released: boolean) => {
    return store.put(beatKey(epoch), JSON.stringify({ atMilliseconds: now(), released }), "application/json");
  };
  return {
    run,
    stillOwner,
    async beat() {
      if (!(await stillOwner())) return false;
      await say(false);
      return true;
    },
    async markDone({ verdict }) {
      const asked = request === undefined ? {} : { request };
      const mark: DoneMark = { version: 1, id, run, ...asked, sourceHash: hashOf(parts.source), policyHash, profile, verdict };
      let holds = mark;
      const change = (bytes: Buffer | undefined): string | undefined => {
        const other = bytes && parsed(bytes, doneSchema);
        holds = other !== undefined && other.run >= run ? other : mark;
        return holds === mark ? JSON.stringify(mark) : undefined;
      };
      await store.update(doneKey, change, "application/json");
      return holds;
    },
    release: () => say(true),
  };
}

/**
 * Beats until the signal aborts. `lost` hears once, with `lease-lost`, when the job belongs to another process or when the
 * store has not answered for so long that it may.
 * @param confirmed hears, after each beat, when it was begun, by `performance.now()`
 */
export async function keepBeating(
  owner: Pick<Ownership, "beat">,
  signal: AbortSignal,
  lost: (error: FramewatchError) => void,
  { beat, stale }: OwnerTimes = ownerTimes,
  confirmed: (atMilliseconds: number) => void = () => {},
): Promise<void> {
  let beatenAt = performance.now();
  for (;;) {
    await pause(beat, undefined, { signal }).catch(() => {});
    if (signal.aborted) return;
    const askedAt = performance.now();
    let cause: unknown;
    const isOwner = await owner.beat().catch((error: unknown) => {
      cause = error;
      return undefined;
    });
    if (isOwner === true) confirmed((beatenAt = askedAt));
    else if (isOwner === false || performance.now() - beatenAt > stale - beat / 2) {
      return lost(new FramewatchError("lease-lost", "Another process may have taken the job over.", { cause }));
    }
  }
}

interface LastEpoch {
  readonly epoch: number;
  readonly owner: OwnerMark | undefined;
  readonly beat: z.output<typeof beatSchema> | undefined;
}

async function lastEpoch(store: Store): Promise<LastEpoch> {
  const epoch = await countEpochs(store);
  if (epoch === 0) return { epoch, owner: undefined, beat: undefined };
  return {
    epoch,
    owner: await readJson(store, ownerKey(epoch), ownerSchema),
    beat: await readJson(store, beatKey(epoch), beatSchema),
  };
}

/** Epochs follow one another without a gap. In strides, then by halves: a channel that runs for years has thousands. */
async function countEpochs(store: Store): Promise<number> {
  let present = 0;
  let absent = 1;
  while (await store.has(ownerKey(absent))) {
    present = absent;
    absent *= 2;
  }
  while (absent - present > 1) {
    const middle = Math.floor((present + absent) / 2);
    if (await store.has(ownerKey(middle))) present = middle;
    else absent = middle;
  }
  return present;
}

function isAlive({ owner, beat }: LastEpoch, now: number, { stale }: OwnerTimes = ownerTimes): boolean {
  if (beat?.released === true) return false;
  return Math.abs(now - Math.max(owner?.atMilliseconds ?? 0, beat?.atMilliseconds ?? 0)) <= stale;
}

function refuseConflict(mark: DoneMark, { id, source, policyHash, profile }: ClaimRequest): void {
  const differs = [
    ...(mark.sourceHash === hashOf(source) ? [] : ["source"]),
    ...(mark.policyHash === policyHash ? [] : ["policy"]),
    ...(mark.profile === profile ? [] : ["profile"]),
  ];
  if (differs.length > 0) throw new FramewatchError("id-conflict", `job ${id} is done, with another ${differs.join(" and ")}`);
}

/** A source may hold a secret, so what is stored is its hash. */
const hashOf = (text: string): string => createHash("sha256").update(text).digest("hex");

const writeNew = (store: Store, key: string, value: unknown): Promise<boolean> =>
  store.create(key, JSON.stringify(value), "application/json");

/** What lies at the key; undefined when nothing does, or something that this version does not know and so begins anew. */
export async function readJson<Schema extends z.ZodType>(
  store: Store,
  key: string,
  schema: Schema,
): Promise<z.output<Schema> | undefined> {
  const bytes = await store.get(key);
  return bytes && parsed(bytes, schema);
}

function parsed<Schema extends z.ZodType>(bytes: Buffer, schema: Schema): z.output<Schema> | undefined {
  try {
    return schema.safeParse(JSON.parse(bytes.toString("utf8"))).data;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
