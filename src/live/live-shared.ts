/** What the live streams of one process share: which of them lose the same origin, and one at a time makes evidence. */
import {
  type AlertDraft,
  type ClipEncoder,
  detectClipEncoder,
  type EvidenceQueue,
  openEvidenceQueue,
  openOriginGroups,
  systemClock,
  type OriginGroups,
} from "../notifier/index.js";

export interface LiveShared {
  readonly origins: OriginGroups;
  readonly evidenceQueue: EvidenceQueue;
  /** What this machine writes clips with; found out when it is first asked for. */
  clipEncoder(): Promise<ClipEncoder>;
  /** How an alert of many streams goes out: by the outbox of one of them. */
  readonly tellers: {
    /** @returns a function that takes it back */
    add(jobId: string, tell: (draft: AlertDraft) => void): () => void;
  };
  /** Tells of origins that are lost or back; any stream may call it, about twice a second. */
  tick(atMilliseconds: number): void;
}

/** @param folder for files that may vanish */
export function openLiveShared(folder: string): LiveShared {
  const origins = openOriginGroups();
  const tellers = new Map<string, (draft: AlertDraft) => void>();
  let encoder: Promise<ClipEncoder> | undefined;
  return {
    origins,
    evidenceQueue: openEvidenceQueue(systemClock),
    clipEncoder: () => (encoder ??= detectClipEncoder(folder, new AbortController().signal)),
    tellers: {
      add(jobId, tell) {
        tellers.set(jobId, tell);
        return () => tellers.delete(jobId);
      },
    },
    tick(atMilliseconds) {
      for (const { jobId, draft } of origins.tick(atMilliseconds)) tellers.get(jobId)?.(draft);
    },
  };
}
