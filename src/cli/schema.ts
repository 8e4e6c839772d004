import { policyJsonSchema } from "../analyzers/index.js";
import { jobsJsonSchema, streamsJsonSchema } from "../api/answers.js";
import { FramewatchError } from "../errors.js";
import { jobJsonSchema } from "../ingest/index.js";
import { alertJsonSchema, reportJsonSchema } from "../notifier/index.js";
import { suggestion } from "../suggestion.js";

const schemas: Readonly<Record<string, () => object>> = {
  job: jobJsonSchema,
  alert: alertJsonSchema,
  report: reportJsonSchema,
  policy: policyJsonSchema,
  streams: streamsJsonSchema,
  jobs: jobsJsonSchema,
};

/** Prints the JSON Schema generated from the zod schema of the same name. @throws FramewatchError `usage` */
export function printSchema(what: string): void {
  const schema = schemas[what];
  if (schema === undefined)
    throw new FramewatchError(
      "usage",
      `There is no schema "${what}".${suggestion(what, Object.keys(schemas))} There are ${Object.keys(schemas).join(", ")}.`,
    );
  process.stdout.write(`${JSON.stringify(schema(), null, 2)}\n`);
}
