import type { CauseFinder, Defect } from "../../../src/analyzers/index.js";
import { openCauseFinder } from "../../../src/analyzers/index.js";
import type { AlertDraft } from "../../../src/notifier/alert.js";
import type { IncidentChange, IncidentStep } from "../../../src/notifier/incidents/incident-log.js";
import type { OriginMember } from "../../../src/notifier/incidents/origin-groups.js";
import {
  openStreamIncidents,
  type StreamIncidents,
  type StreamIncidentsOptions,
} from "../../../src/notifier/incidents/stream-incidents.js";
import { stateAsTold } from "../../../src/notifier/incidents/state-as-told.js";
import { type StreamIncidentsState, streamIncidentsStateSchema } from "../../../src/notifier/incidents/stream-state.js";
import { exampleDefect, exampleJob } from "../examples.js";

/** Virtual time begins here; stream time 0 is the same moment. */
export const beganAt = Date.parse("2026-11-21T03:00:00Z");

/** An alert as people hear it, and when, in seconds of virtual time. */
export interface Heard {
  readonly seconds: number;
  readonly alert: AlertDraft;
}

/** A live stream in virtual time, whose faults are switched on and off. Ticks each half second. */
export class VirtualStream {
  readonly heard: Heard[] = [];
  readonly log: IncidentChange[] = [];
  readonly #options: Omit<StreamIncidentsOptions, "restored">;
  #incidents: StreamIncidents;
  #milliseconds = 0;
  #judged = 0;
  readonly #open = new Map<string, Defect>();
  /** Wrong since before a take-over, and not seen since, for the input is lost. */
  readonly #unseen = new Map<string, Defect>();
  #isAwaitingMedia = false;
  #saved: StreamIncidentsState | undefined;

  constructor(
    options: Partial<Pick<StreamIncidentsOptions, "maintenance" | "stream">> & {
      origin?: OriginMember;
      causes?: CauseFinder;
    } = {},
  ) {
    const { stream = "channel-1", maintenance = [], causes = openCauseFinder(true), origin } = options;
    this.#options = {
      job: { ...exampleJob, id: `job-${stream}`, stream },
      stream,
      wallClockOf: (seconds) => beganAt + seconds * 1000,
      maintenance,
      causes,
      ...(origin === undefined ? {} : { origin }),
    };
    this.#incidents = openStreamIncidents(this.#options);
  }

  get incidents(): StreamIncidents {
    return this.#incidents;
  }
  get now(): number {
    return beganAt + this.#milliseconds;
  }
  get seconds(): number {
    return this.#milliseconds / 1000;
  }

  do(act: (incidents: StreamIncidents, now: number) => IncidentStep | undefined): void {
    const step = act(this.#incidents, this.now);
    this.heard.push(...(step?.alerts ?? []).map((alert) => ({ seconds: this.seconds, alert })));
    this.log.push(...(step?.log ?? []));
  }

  /** Moves time on to `seconds` of stream time. */
  until(seconds: number, tickSeconds = 0.5): this {
    const tick = tickSeconds * 1000;
    while (this.#milliseconds < seconds * 1000) {
      this.#milliseconds = Math.min(seconds * 1000, (Math.floor(this.#milliseconds / tick) + 1) * tick);
      this.do((incidents, now) => incidents.tick(now));
    }
    return this;
  }

  isOpen(type: string): boolean {
    return this.#open.has(type) || this.#unseen.has(type);
  }

  /** A fault begins now. */
  open(type: string, changes: Partial<Defect> = {}): this {
    const defect = exampleDefect({ id: `judged-${++this.#judged}`, type, startSeconds: this.seconds, threshold: {}, ...changes });
    this.#open.set(type, defect);
    this.do((incidents, now) => incidents.take({ kind: "opened", defect }, now));
    return this;
  }

  change(type: string, changes: Partial<Defect>): this {
    const defect = { ...exampleDefect(this.#open.get(type)), ...changes };
    this.#open.set(type, defect);
    this.do((incidents, now) => incidents.take({ kind: "updated", defect }, now));
    return this;
  }

  resolve(type: string): this {
    if (this.#unseen.delete(type)) return this;
    const defect = { ...exampleDefect(this.#open.get(type)), endSeconds: this.seconds };
    this.#open.delete(type);
    this.do((incidents, now) => incidents.take({ kind: "resolved", defect }, now));
    if (type === "stall" && this.#isAwaitingMedia) this.#see(2);
    return this;
  }

  /** Writes down the state, for who takes over after a crash. */
  save(): this {
    this.#saved = this.#incidents.state();
    return this;
  }

  /**
   * The process is killed: the state is the one that was saved last, the last `unwritten` alerts never left the house, and of
   * the others the outbox remembers the newest `kept`.
   */
  crash(unwritten = 0, kept = Number.POSITIVE_INFINITY): this {
    this.heard.splice(this.heard.length - Math.min(unwritten, this.heard.length));
    const alerts = this.heard.map(({ alert }, index) => ({ ...alert, data: { ...alert.data, sequence: index + 1 } }));
    const remembered = alerts.slice(Math.max(0, alerts.length - kept));
    return this.takeOver(2, 5, stateAsTold(this.#saved, { alerts: remembered, isAll: remembered.length === alerts.length }));
  }

  /** Another process goes on with the stream. Its judge finds what is still wrong anew, when media runs. */
  takeOver(findsAfterSeconds = 2, gapSeconds = 5, state = this.#incidents.state()): this {
    const text = JSON.stringify(state);
    for (const [type, defect] of this.#open) this.#unseen.set(type, defect);
    this.#open.clear();
    this.#milliseconds += gapSeconds * 1000;
    this.#incidents = openStreamIncidents({ ...this.#options, restored: streamIncidentsStateSchema.parse(JSON.parse(text)) });
    this.#isAwaitingMedia = true;
    const stall = this.#unseen.get("stall");
    if (stall === undefined) return this.#see(findsAfterSeconds);
    this.#unseen.delete("stall");
    return this.open("stall", { severity: stall.severity });
  }

  #see(afterSeconds: number): this {
    this.#isAwaitingMedia = false;
    this.do((incidents, now) => incidents.input("running", now));
    this.until(this.seconds + afterSeconds);
    const wrong = [...this.#unseen.values()];
    this.#unseen.clear();
    for (const { type, severity } of wrong) this.open(type, { severity });
    return this;
  }

  /** `seconds event type`, with what matters. */
  told(): string[] {
    return this.heard.map(({ seconds, alert: { type, data } }) => {
      const event = type.split(".").at(-1);
      const flapping =
        data.flapping === undefined ? "" : ` ${data.flapping.endTime ? "was" : "is"} flapping ${data.flapping.changes}`;
      return `${seconds} ${event} ${data.defect?.type}${flapping}`;
    });
  }

  /** What people believe to be open, by incident key, after all that they heard. @throws where what they heard does not fit together */
  believed(): string[] {
    const open = new Map<string, string | undefined>();
    for (const { alert } of this.heard) {
      const { incidentKey = "", defect } = alert.data;
      if (alert.type === "framewatch.stream.flapping") continue;
      const isNew = alert.type === "framewatch.defect.opened";
      if (isNew === open.has(incidentKey) || (!isNew && open.get(incidentKey) !== defect?.id)) {
        throw new Error(`${alert.type} of ${defect?.id} does not fit to ${open.get(incidentKey)}, which is open.`);
      }
      if (alert.type === "framewatch.defect.resolved") open.delete(incidentKey);
      else open.set(incidentKey, defect?.id);
    }
    return [...open.keys()].toSorted();
  }

  truth(): string[] {
    return [...this.#open.values(), ...this.#unseen.values()]
      .map(({ type, medium, track, affects }) => `${this.#options.stream} ${type} ${affects ?? medium}:${track}`)
      .toSorted();
  }
}
