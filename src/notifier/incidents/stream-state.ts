import { z } from "zod";
import type { ProbableCause } from "../../analyzers/index.js";
import { defectEntrySchema } from "../defect-entry.js";

const milliseconds = z.number().describe("Milliseconds of the wall clock, since 1970");
const causeWords = ["origin", "network", "encoder", "source"] as const satisfies readonly ProbableCause["word"][];
const severity = defectEntrySchema.shape.severity;

/** A fault: all that is wrong under one incident key, however many defects it is made of. */
export const faultStateSchema = z.object({
  incidentKey: z.string().min(1),
  type: z.string().min(1),
  isOpen: z.boolean().describe("It is there"),
  incident: z
    .object({
      defect: defectEntrySchema.describe("What an alert would say of it"),
      startMilliseconds: milliseconds,
      cause: z.object({ word: z.enum(causeWords), reason: z.string() }).optional(),
    })
    .describe("The present incident, or the last"),
  told: z
    .object({ id: z.string(), isOpen: z.boolean(), severity })
    .optional()
    .describe("What people heard of it last; absent where they heard nothing"),
  changesMilliseconds: z.array(milliseconds).describe("When it began or ended, as far as that counts for flapping"),
  flapping: z
    .object({ sinceMilliseconds: milliseconds, lastMilliseconds: milliseconds, changes: z.int(), isTold: z.boolean() })
    .optional(),
  acknowledged: z.object({ by: z.string(), untilMilliseconds: milliseconds.optional() }).optional(),
  lastChangeMilliseconds: milliseconds,
  heldBack: z.int().min(0).describe("Changes that were not told since the last alert"),
});

/** What of a stream's incidents goes over to whoever takes the stream over. Plain JSON. */
export const streamIncidentsStateSchema = z.object({
  version: z.literal(1),
  atMilliseconds: milliseconds.describe("The last moment that is known of"),
  faults: z.array(faultStateSchema),
  sentMilliseconds: z.record(z.string(), z.array(milliseconds)).describe("When alerts of a defect type went out"),
  maintenance: z.array(z.object({ fromMilliseconds: milliseconds, untilMilliseconds: milliseconds })),
  lostUntilMilliseconds: milliseconds.optional().describe("When the input was last known to be lost"),
  origin: z
    .object({ isTold: z.boolean(), sinceMilliseconds: milliseconds, severity })
    .optional()
    .describe("The stream's loss is told as one of its origin's"),
});

export type FaultState = z.output<typeof faultStateSchema>;
export type StreamIncidentsState = z.output<typeof streamIncidentsStateSchema>;
