/** Tells people of a live stream's incidents: what is told and what is held back, with its evidence, and kept for a take-over. */
import { type DefectEvent, openCauseFinder } from "../analyzers/index.js";
import { isError } from "../errors.js";
import type { LiveRing } from "../ingest/index.js";
import type { JobInHand } from "../job-in-hand.js";
import { hourOf } from "./live-hour.js";
import type { StreamControls, StreamStatus, ToldStatus } from "./stream-status.js";
import {
  type DefectEntry,
  type IncidentChange,
  type IncidentEvidence,
  type IncidentStep,
  type LiveIncident,
  openIncidentEvidence,
  openStreamIncidents,
  originOf,
  type StreamIncidents,
  type StreamIncidentsState,
  systemClock,
} from "../notifier/index.js";
import type { StreamLife } from "./stream-life.js";

export interface TellingFacts {
  readonly inHand: JobInHand;
  readonly stream: string;
  readonly ring: LiveRing;
  /** For evidence while it is made. */
  readonly folder: string;
  readonly restored: StreamIncidentsState | undefined;
  /** The stream's times. */
  readonly life: Pick<StreamLife, "wallClockAt" | "momentAt" | "endAt" | "sinceSeconds">;
  readonly packetsAreWatched: boolean;
  /** Where the report that is filled now lies under the job's folder, ending in a slash. */
  reportPrefix(): string;
  /** Every change of an incident, told or not: for the report. */
  changed(change: IncidentChange): void;
  /** Keeps what a successor needs. @throws FramewatchError `store-unavailable` */
  keep(state: StreamIncidentsState): Promise<void>;
  now(): number;
}

export interface IncidentTelling extends StreamControls {
  /** @param completeAtMilliseconds wall clock of the moment at which the evidence for it had arrived */
  found(events: readonly DefectEvent[], completeAtMilliseconds: number): void;
  /** Media ceased to arrive, or runs. */
  input(state: "lost" | "running"): void;
  /** To be called about twice a second. */
  tick(): void;
  status(): ToldStatus;
  readonly evidence: IncidentEvidence;
  /** The stream is over, and all its defects are: tells what is left. Evidence may still be made. */
  finish(): Promise<void>;
  /** Keeps what is known for whoever takes the stream over, and stops. */
  close(): Promise<void>;
}

const mostAlertsListed = 20;
/** What is known is kept at least so often, also where nothing was told. */
const keepMilliseconds = 20_000;

export async function openIncidentTelling(facts: TellingFacts): Promise<IncidentTelling> {
  const { inHand, stream, ring, life, restored, now } = facts;
  const { job, policy, alerts, engine, context } = inHand;
  const { metrics, log, live } = engine;
  const alertJob = { id: job.id, run: inHand.run, source: job.source, stream, labels: job.labels };
  const originName = originOf(job.source);
  const told = restored?.origin === undefined ? {} : { told: restored.origin };
  const origin = originName === undefined ? undefined : live.origins.join({ job: alertJob, stream, origin: originName, ...told });
  const incidents: StreamIncidents = openStreamIncidents({
    job: alertJob,
    stream,
    wallClockOf: (seconds) => life.wallClockAt(seconds),
    maintenance: policy.maintenance,
    causes: openCauseFinder(facts.packetsAreWatched),
    ...(origin === undefined ? {} : { origin }),
    ...(restored === undefined ? {} : { restored }),
  });
  const output = (context.output ?? context.state).under(`${job.id}/`);
  const evidence = openIncidentEvidence({
    ring,
    store: output,
    encoder: await live.clipEncoder(),
    folder: facts.folder,
    queue: live.evidenceQueue,
    clock: systemClock,
    log,
    signal: inHand.signal,
  });
  const begun = new Map<string, LiveIncident>();
  const active = new Set<string>();
  const lastAlerts: StreamStatus["lastAlerts"][number][] = [];
  let sending = Promise.resolve();
  let keeping = Promise.resolve();
  let isChanged = false;
  let keptAt = now();

  const leave = live.tellers.add(job.id, (draft) => send([draft], undefined));

  function send(drafts: IncidentStep["alerts"], completeAtMilliseconds: number | undefined): void {
    for (const draft of drafts) {
      const time = completeAtMilliseconds === undefined ? draft.time : new Date(completeAtMilliseconds).toISOString();
      const { incidentKey, defect } = draft.data;
      lastAlerts.unshift({ id: draft.id, type: draft.type, time, ...(incidentKey === undefined ? {} : { incidentKey }) });
      lastAlerts.splice(mostAlertsListed);
      const incident = defect === undefined ? undefined : begun.get(defect.id);
      // In the order in which they were told, although links take a moment.
      sending = sending.then(async () => {
        if (incident === undefined || defect === undefined) return alerts.tell({ ...draft, time });
        const evidenceLinks = await evidence.linksOf(incident);
        const data = { ...draft.data, defect: { ...defect, evidence: evidence.expected(incident) } };
        alerts.tell({ ...draft, time, data: { ...data, ...(evidenceLinks === undefined ? {} : { evidenceLinks }) } });
      });
    }
  }

  function follow(change: IncidentChange): void {
    if (change.heldBack !== undefined) metrics.alertsHeldBack.inc({ reason: change.heldBack });
    facts.changed(change);
    const { defect } = change;
    if (defect === undefined) return;
    if (change.change === "opened") {
      metrics.defects.inc({ type: defect.type, severity: defect.severity });
      const incident = incidentOf(defect);
      begun.set(defect.id, incident);
      evidence.opened(incident);
    }
    if (change.change === "found-again" && !begun.has(defect.id)) {
      const incident = takenOver(defect);
      begun.set(defect.id, incident);
      evidence.opened(incident);
    }
    const incident = begun.get(defect.id);
    if (change.change === "resolved" && incident !== undefined) {
      evidence.resolved({ ...incident, end: life.endAt(defect.startSeconds, defect.endSeconds ?? defect.startSeconds) });
    }
  }

  function incidentOf({ id, type, medium, severity, track, startSeconds, region }: DefectEntry): LiveIncident {
    const start = life.momentAt(startSeconds);
    return { id, type, medium, severity, track, start, reportPrefix: facts.reportPrefix(), ...(region ? { region } : {}) };
  }

  /** What began under another process can be shown from where this one has media, beside what that one may have made. */
  function takenOver(defect: DefectEntry): LiveIncident {
    const { startSeconds, startTime } = defect;
    const begins = { ...defect, startSeconds: Math.max(startSeconds, life.sinceSeconds ?? startSeconds) };
    const hour = startTime === undefined ? facts.reportPrefix() : `${hourOf(Date.parse(startTime))}/`;
    return { ...incidentOf(begins), reportPrefix: hour, isTakenOver: true };
  }

  function act({ alerts: drafts, log: changes }: IncidentStep, completeAtMilliseconds?: number): void {
    for (const change of changes) follow(change);
    send(drafts, completeAtMilliseconds);
    for (const { change, defect } of changes) if (change === "resolved" && defect !== undefined) begun.delete(defect.id);
    if (changes.length > 0 || drafts.length > 0) {
      isChanged = true;
      gauge();
    }
  }

  /** 1 for what is wrong at this moment, 0 for what was. */
  function gauge(): void {
    const open = new Set(incidents.openIncidents().map(({ defect }) => defect.type));
    for (const type of open) active.add(type);
    for (const type of active) metrics.streamDefectActive.set({ stream, type }, open.has(type) ? 1 : 0);
  }

  /** What was told lies in the outbox before the state says that it was: a crash between repeats it under the same id. */
  function keep(): void {
    isChanged = false;
    keptAt = now();
    const state = incidents.state();
    keeping = Promise.all([keeping, sending])
      .then(() => facts.keep(state))
      .catch((error: unknown) => {
        isChanged = true;
        if (!isError(error, "store-unavailable") && !isError(error, "lease-lost")) throw error;
        log.warn({ err: error, job: job.id }, "what is known of a stream's incidents could not be kept, it is tried again");
      });
    keeping.catch(() => undefined);
  }

  return {
    evidence,
    found(events, completeAtMilliseconds) {
      for (const event of events) act(incidents.take(event, now()), completeAtMilliseconds);
    },
    input: (state) => act(incidents.input(state, now())),
    tick() {
      act(incidents.tick(now()));
      live.tick(now());
      if (isChanged || now() - keptAt >= keepMilliseconds) keep();
    },
    acknowledge(acknowledgement) {
      const step = incidents.acknowledge(acknowledgement, now());
      if (step !== undefined) act(step);
      return step !== undefined;
    },
    maintenance: (fromMilliseconds, untilMilliseconds) =>
      act(incidents.maintenance({ fromMilliseconds, untilMilliseconds }, now())),
    status: () => ({
      inMaintenance: incidents.isMaintained(now()),
      openIncidents: incidents.openIncidents(),
      lastAlerts: [...lastAlerts],
    }),

    async finish() {
      act(incidents.end(now()));
      await sending;
    },
    async close() {
      leave();
      for (const { jobId, draft } of origin?.leave(now()) ?? []) if (jobId === job.id) send([draft], undefined);
      for (const type of active) metrics.streamDefectActive.remove({ stream, type });
      await sending.catch(() => undefined);
      keep();
      await keeping.catch(() => undefined);
      await evidence.close();
    },
  };
}
