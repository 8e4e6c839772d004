/** What people ask by POST to silence a stream, checked. */
import { z } from "zod";
import type { Acknowledgement } from "../notifier/index.js";
import { Refusal } from "./refusal.js";

/** RFC 3339; gives milliseconds of the wall clock. */
const moment = z.iso
  .datetime({ offset: true, error: "must be a time of RFC 3339, such as 2026-11-21T04:00:00Z" })
  .transform((text) => Date.parse(text));

const person = z
  .string()
  .max(200)
  .regex(/^[^\p{C}]*[^\p{C}\s][^\p{C}]*$/u, "must be a name without control characters");

const acknowledgeSchema = z.strictObject({ incidentKey: z.string().min(1).max(2048), by: person, until: moment.optional() });
const maintenanceSchema = z.strictObject({ from: moment.optional(), until: moment });

/** @throws Refusal 400 naming each field that is wrong */
export function readAcknowledgement(body: unknown, nowMilliseconds: number): Acknowledgement {
  const { until, ...named } = read(acknowledgeSchema, body);
  if (until === undefined) return named;
  if (until <= nowMilliseconds) throw new Refusal(400, "until: must not be over yet.");
  return { ...named, untilMilliseconds: until };
}

/** @throws Refusal 400 naming each field that is wrong */
export function readMaintenance(body: unknown, nowMilliseconds: number): { readonly from: number; readonly until: number } {
  const { from = nowMilliseconds, until } = read(maintenanceSchema, body);
  if (until <= nowMilliseconds) throw new Refusal(400, "until: must not be over yet.");
  if (until <= from) throw new Refusal(400, "until: must be later than from.");
  return { from, until };
}

function read<Schema extends z.ZodType>(schema: Schema, body: unknown): z.output<Schema> {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const wrong = parsed.error.issues.slice(0, 10).map(({ path, message }) => {
    return `${path.length === 0 ? "body" : path.map(String).join(".")}: ${message}`;
  });
  throw new Refusal(400, `${wrong.join("; ").slice(0, 1000)}.`);
}
