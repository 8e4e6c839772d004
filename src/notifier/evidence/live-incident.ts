import type { Defect } from "../../analyzers/index.js";
import type { Store } from "../../store.js";
import type { Alert } from "../alert.js";
import type { Evidence } from "../defect-entry.js";
import { evidenceKinds, evidencePaths } from "./evidence-paths.js";
import type { LiveMoment } from "./ring-cut.js";

/** What evidence is to be made of: a defect of a live stream. */
export interface LiveIncident extends Pick<Defect, "id" | "type" | "medium" | "severity" | "track" | "region"> {
  /** When it began. */
  readonly start: LiveMoment;
  /** Where the report that tells of it lies in the store: empty, or ending in a slash. Its evidence lies in `evidence/` beside it. */
  readonly reportPrefix: string;
  /** It began under another process, and `start` is the first moment that this one has: nothing from before it can be shown. */
  readonly isTakenOver?: true;
}

export interface OverIncident extends LiveIncident {
  /** When it was over; with a time stamp only if that is of the same stretch as that of `start`. */
  readonly end: LiveMoment;
}

/** Links to evidence, which expire. */
export type EvidenceLinks = NonNullable<Alert["data"]["evidenceLinks"]>;

/** The evidence that an incident will have if all goes well: sound alone shows in no picture. */
export function expectedEvidence({ id, medium, isTakenOver }: LiveIncident, hasClips: boolean): Evidence {
  const { thumbnail, before, clip } = evidencePaths(id);
  const pictures = isTakenOver === true ? { thumbnail } : { thumbnail, before };
  return { ...(medium === "audio" ? {} : pictures), ...(hasClips ? { clip } : {}) };
}

/** Links to evidence, whether it is there by now or not; undefined where the store has none. @throws FramewatchError `store-unavailable` */
export async function linksTo(evidence: Evidence, prefix: string, store: Store): Promise<EvidenceLinks | undefined> {
  const links: EvidenceLinks = {};
  for (const kind of evidenceKinds) {
    const path = evidence[kind];
    const link = path === undefined ? undefined : await store.link(prefix + path);
    if (link !== undefined) links[kind] = link;
  }
  return Object.keys(links).length === 0 ? undefined : links;
}
