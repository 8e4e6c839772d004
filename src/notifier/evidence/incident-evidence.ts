import type { LiveRing } from "../../ingest/index.js";
import type { Store } from "../../store.js";
import type { Evidence } from "../defect-entry.js";
import type { ClipEncoder } from "./clip-encoder.js";
import { evidenceKinds, evidencePaths } from "./evidence-paths.js";
import { type EvidencePlanOptions, type EvidenceWork, openEvidencePlan } from "./evidence-plan.js";
import { type EvidenceLinks, expectedEvidence, type LiveIncident, linksTo, type OverIncident } from "./live-incident.js";
import { aroundSeconds, type Making, makeAfter, makeStart } from "./make-evidence.js";

/** A longer incident keeps the clip of its start. */
const wholeSeconds = 30;
/** Frames of a source that sends evenly come no later than this. */
const jitterSeconds = 0.25;
/** The picture after a long incident waits so long for a keyframe. */
const afterWaitSeconds = 3;

/** So many incidents keep their pictures in memory, for the page. */
const maximumShown = 100;

/** What is there of an incident's evidence. */
export interface MadeEvidence {
  /** Paths, beside report.json, of what lies in the store. */
  readonly evidence: Evidence;
  /** For the page; of the latest incidents only. */
  readonly pictures?: StoredPictures;
}

/** Small JPEGs of pictures that lie in the store. */
export interface StoredPictures {
  readonly before?: Buffer;
  readonly at?: Buffer;
  readonly after?: Buffer;
}

/** The evidence of one live stream's incidents. Nothing of it holds up or harms the stream: what cannot be made is logged, and missing. */
export interface IncidentEvidence {
  /**
   * Its clip and pictures are made as soon as what is to be seen in them has arrived. Of one that was taken over, what its first
   * process has made stays, and only where that is nothing they are made, of what this one has.
   */
  opened(incident: LiveIncident): void;
  /** The picture after it is made, and, of a short one, a clip of the whole. */
  resolved(incident: OverIncident): void;
  /** What there will be of an incident that has opened, if all goes well: for its alert, which is told before. */
  expected(incident: LiveIncident): Evidence;
  /** Links to what is `expected`, which expire; undefined where the store has none. */
  linksOf(incident: LiveIncident): Promise<EvidenceLinks | undefined>;
  /** What there is by now: for the report. */
  made(id: string): MadeEvidence;
  /** Its last report is written, so nothing is kept of it in memory any longer. */
  forget(id: string): void;
  /** No more media will come: makes what waits for some, and returns when that is done: whether there was anything left. */
  finish(): Promise<boolean>;
  /** Stops at once, and leaves neither children nor files. */
  close(): Promise<void>;
}

export interface IncidentEvidenceOptions extends EvidencePlanOptions {
  readonly ring: LiveRing;
  readonly store: Store;
  readonly encoder: ClipEncoder;
}

/** What is known of an incident. */
interface Entry {
  isOver: boolean;
  /** How far it was known to reach from its start when it was told, in seconds. */
  readonly knownSeconds: number;
  readonly evidence: Evidence;
  pictures?: StoredPictures;
}

/**
 * Opens the evidence of a live stream's incidents. `folder` holds cuts and clips while they are made, and is removed at
 * the end; `queue` is one for all streams of the process.
 */
export function openIncidentEvidence({ ring, store, encoder, ...options }: IncidentEvidenceOptions): IncidentEvidence {
  const { clock, log } = options;
  const plan = openEvidencePlan(options);
  const entries = new Map<string, Entry>();
  const expected = (incident: LiveIncident): Evidence => ({
    ...expectedEvidence(incident, encoder.codecs.length > 0),
    ...entries.get(incident.id)?.evidence,
  });

  function entryOf({ id, start }: LiveIncident): Entry {
    const known = entries.get(id);
    if (known !== undefined) return known;
    const knownSeconds = Math.max(0, clock.now() - start.atMilliseconds) / 1000;
    const entry: Entry = { isOver: false, knownSeconds, evidence: {} };
    entries.set(id, entry);
    return entry;
  }

  function show(entry: Entry, more: StoredPictures): void {
    entry.pictures = { ...entry.pictures, ...more };
    const shown = [...entries.values()].filter(({ pictures }) => pictures !== undefined);
    if (shown.length > maximumShown) delete shown[0]?.pictures;
  }

  function making({ id, reportPrefix }: LiveIncident, entry: Entry, scratch: string, signal: AbortSignal): Making {
    return {
      ...{ ring, encoder, scratch, signal },
      async keep(kind, body) {
        const key = evidencePaths(id)[kind];
        signal.throwIfAborted();
        await store.put(reportPrefix + key, body, kind === "clip" ? "video/mp4" : "image/jpeg");
        entry.evidence[kind] = key;
      },
    };
  }

  function startWork(incident: LiveIncident | OverIncident, entry: Entry, whole: boolean): EvidenceWork {
    return async (scratch, signal) => {
      const rules = { whole, knownSeconds: entry.knownSeconds };
      const thumbnail = await makeStart(incident, rules, making(incident, entry, scratch, signal));
      if (thumbnail === undefined) return;
      const { at, before } = thumbnail;
      show(entry, { at: at.small, ...(before === undefined ? {} : { before: before.small }) });
    };
  }

  /** Finds what another process has made, and else makes what can still be made. */
  function takeOverWork(incident: LiveIncident, entry: Entry): EvidenceWork {
    return async (scratch, signal) => {
      const paths = evidencePaths(incident.id);
      for (const kind of evidenceKinds) {
        signal.throwIfAborted();
        if (await store.has(incident.reportPrefix + paths[kind])) entry.evidence[kind] = paths[kind];
      }
      if (Object.keys(entry.evidence).length === 0) await startWork(incident, entry, false)(scratch, signal);
    };
  }

  function afterWork(incident: OverIncident, entry: Entry): EvidenceWork {
    return async (scratch, signal) => {
      const after = await makeAfter(incident, making(incident, entry, scratch, signal));
      if (after !== undefined) show(entry, { after: after.small });
    };
  }

  return {
    opened(incident) {
      if (entries.has(incident.id)) return;
      const atMilliseconds = incident.start.atMilliseconds + (aroundSeconds + jitterSeconds) * 1000;
      const entry = entryOf(incident);
      plan.add(incident, atMilliseconds, [
        incident.isTakenOver === true ? takeOverWork(incident, entry) : startWork(incident, entry, false),
      ]);
    },

    resolved(incident) {
      const entry = entryOf(incident);
      if (entry.isOver) return;
      entry.isOver = true;
      const { start, end } = incident;
      const hasNoStart = plan.cancel(incident.id);
      const isShort = end.atMilliseconds - start.atMilliseconds < wholeSeconds * 1000;
      const waitSeconds = isShort ? aroundSeconds + jitterSeconds : afterWaitSeconds;
      const begin = incident.isTakenOver === true ? takeOverWork(incident, entry) : startWork(incident, entry, isShort);
      const isDue = hasNoStart || (isShort && incident.isTakenOver !== true);
      const works = [...(isDue ? [begin] : []), afterWork(incident, entry)];
      plan.add(incident, end.atMilliseconds + waitSeconds * 1000, works);
    },

    expected,
    async linksOf(incident) {
      return linksTo(expected(incident), incident.reportPrefix, store).catch((error: unknown) => {
        log.warn({ incident: incident.id, reason: String(error) }, "the evidence of an incident has no links");
        return undefined;
      });
    },
    made(id) {
      const { evidence = {}, pictures } = entries.get(id) ?? {};
      return { evidence: { ...evidence }, ...(pictures === undefined ? {} : { pictures }) };
    },
    forget: (id) => void entries.delete(id),
    finish: () => plan.finish(),
    async close() {
      await plan.close();
      entries.clear();
    },
  };
}
