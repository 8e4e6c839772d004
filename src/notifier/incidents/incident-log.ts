import type { ProbableCause } from "../../analyzers/index.js";
import type { AlertDraft, AlertType } from "../alert.js";
import type { DefectEntry } from "../defect-entry.js";
import type { HeldBackReason } from "./rules.js";

/** One line of a stream's incident log. Every change has one, whether people were told of it or not. */
export interface IncidentChange {
  /** When it became known: RFC 3339. */
  readonly time: string;
  /**
   * `opened`, `updated` (severity rose), `resolved`: a defect. `told`: an alert that was held back goes out, or flapping is over.
   * `found-again`: a successor found what its predecessor had open. The others: people asked for it.
   */
  readonly change: "opened" | "updated" | "resolved" | "told" | "found-again" | "acknowledged" | "maintenance";
  readonly incidentKey?: string;
  /** The incident that people know; a defect that belongs to it may have another id. */
  readonly incidentId?: string;
  readonly defect?: DefectEntry;
  readonly cause?: ProbableCause;
  /** What goes out with it. */
  readonly alert?: { readonly id: string; readonly type: AlertType };
  /** Why nothing goes out; absent with `alert`, and where there was nothing new to tell. */
  readonly heldBack?: HeldBackReason;
  readonly by?: string;
  readonly from?: string;
  readonly until?: string;
}

/** What follows from one call. */
export interface IncidentStep {
  /** To be sent, in this order. */
  readonly alerts: readonly AlertDraft[];
  /** To be written down; `heldBack` also counts in `alerts_held_back_total`. */
  readonly log: readonly IncidentChange[];
}
