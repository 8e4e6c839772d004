import { Worker } from "node:worker_threads";
import type { AnalysisProgress, AnalysisTask, AnalysisWorkerData, FromWorker, ToWorker } from "./analysis-task.js";
import { type Inference, type LaneSignals, parseBlock, type SignalBlock } from "./analyzers/index.js";
import type { DecodeOutcome, PlacedMark } from "./decoder/index.js";
import { FramewatchError } from "./errors.js";

/** What the main thread hears of one task while it runs. */
export interface TaskListener {
  block?(block: SignalBlock): void;
  progress?(progress: AnalysisProgress): void;
  /** Something is to be spliced into a live stream; times on its stretch's clock. */
  mark?(mark: PlacedMark): void;
}

/** The analysis workers of this process. */
export interface WorkerPool {
  /**
   * Decodes and measures one segment in the least busy worker.
   * @throws FramewatchError the worker's own, the signal's reason, or `worker-lost` when the worker died
   */
  analyse(task: AnalysisTask, signal: AbortSignal, listener: TaskListener): Promise<DecodeOutcome>;
  /** Starts the first worker, where there is none: whoever knows of work to come spares it the wait for that. */
  prepare(): void;
  /** From now on its workers, and the children that these start, leave the processor to whoever else wants it. */
  giveWay(): void;
  readonly givesWay: boolean;
  close(): Promise<void>;
}

interface Running {
  readonly listener: TaskListener;
  readonly resolve: (outcome: DecodeOutcome) => void;
  readonly reject: (error: unknown) => void;
  /** What the blocks to come consist of. */
  lanes: readonly LaneSignals[];
}

interface Member {
  readonly worker: Worker;
  readonly running: Map<number, Running>;
}

/** What lives for one frame only needs no more room; V8's default keeps 30 MB more per process, and gains no speed. */
const resourceLimits = { maxYoungGenerationSizeMb: 4 };

const entry = new URL(import.meta.url.endsWith(".ts") ? "../dist/worker.js" : "./worker.js", import.meta.url);

/**
 * Runs up to `size` analysis workers, each from the first task that finds the others busy: a short media, or one of sound
 * alone, would take less time than they take to start. `inference` gives each its own line to the models; without it none
 * run. A worker that dies fails its own tasks.
 */
export function openWorkerPool(size: number, inference?: Inference): WorkerPool {
  let nextId = 1;
  const members = new Set<Member>();
  let isClosed = false;
  let givesWay = false;

  function start(): Member {
    const port = inference?.connect();
    const workerData: AnalysisWorkerData = inference && port ? { inference: { port, models: inference.measurers } } : {};
    const worker = new Worker(entry, { workerData, transferList: port === undefined ? [] : [port], resourceLimits });
    const member: Member = { worker, running: new Map() };
    members.add(member);
    if (givesWay) say(member, { kind: "give way" });
    let cause: unknown;
    worker.on("message", (message: FromWorker) => hear(member, message));
    worker.on("error", (error) => {
      cause = error;
    });
    worker.on("exit", () => {
      members.delete(member);
      for (const task of member.running.values()) {
        task.reject(new FramewatchError("worker-lost", "The analysis worker stopped while it worked on a segment.", { cause }));
      }
      member.running.clear();
    });
    return member;
  }

  function leastBusy(): Member {
    const [first, ...others] = members;
    if (first === undefined) return start();
    const least = others.reduce((one, other) => (other.running.size < one.running.size ? other : one), first);
    return least.running.size > 0 && members.size < size ? start() : least;
  }

  return {
    analyse(task, signal, listener) {
      return new Promise<DecodeOutcome>((resolve, reject) => {
        signal.throwIfAborted();
        // Who tries again what the end of its worker broke off must not start another.
        if (isClosed) throw new FramewatchError("interrupted", "The analysis was stopped.");
        const member = leastBusy();
        const id = nextId++;
        const abort = () => say(member, { kind: "abort", id, reason: reasonOf(signal) });
        signal.addEventListener("abort", abort, { once: true });
        const settled = <Value>(then: (value: Value) => void) => {
          return (value: Value) => {
            signal.removeEventListener("abort", abort);
            then(value);
          };
        };
        member.running.set(id, { listener, resolve: settled(resolve), reject: settled(reject), lanes: [] });
        say(member, { kind: "analyse", id, task });
      });
    },
    prepare() {
      if (!isClosed && members.size === 0) start();
    },
    giveWay() {
      if (givesWay) return;
      givesWay = true;
      for (const member of members) say(member, { kind: "give way" });
    },
    get givesWay() {
      return givesWay;
    },
    async close() {
      isClosed = true;
      await Promise.all([...members].map(({ worker }) => worker.terminate()));
    },
  };
}

function say(member: Member, message: ToWorker): void {
  member.worker.postMessage(message);
}

function reasonOf(signal: AbortSignal): { code: FramewatchError["code"]; message: string } {
  const reason: unknown = signal.reason;
  return reason instanceof FramewatchError
    ? { code: reason.code, message: reason.message }
    : { code: "interrupted", message: "The analysis was stopped." };
}

function hear(member: Member, message: FromWorker): void {
  const task = member.running.get(message.id);
  if (task === undefined) return;
  switch (message.kind) {
    case "lanes":
      task.lanes = message.lanes;
      return;
    case "block":
      hearBlock(task, message.payload);
      return;
    case "mark":
      task.listener.mark?.(message.mark);
      return;
    case "progress":
      task.listener.progress?.(message.progress);
      return;
    case "finished":
      member.running.delete(message.id);
      task.resolve(message.outcome);
      return;
    case "failed":
      member.running.delete(message.id);
      task.reject(new FramewatchError(message.error.code, message.error.message));
      return;
  }
}

function hearBlock({ lanes, listener }: Running, payload: ArrayBuffer): void {
  if (listener.block === undefined) return;
  const block = parseBlock(lanes, Buffer.from(payload));
  if (block === undefined) throw new Error("A worker told of a block that fits none of its lanes.");
  listener.block(block);
}
