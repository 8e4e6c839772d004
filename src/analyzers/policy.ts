import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { z } from "zod";
import type { PictureShare } from "../ingest/index.js";
import { FramewatchError } from "../errors.js";
import { suggestion } from "../suggestion.js";
import { type AllowedWindow, allowedWindowSchema } from "./allowed-window.js";
import { severities, type Severity } from "./defect.js";
import { contractDefectTypes, defectTypesNotBuilt } from "./defect-types.js";
import { detectors } from "./detectors/index.js";
import { type MaintenanceWindow, maintenanceWindowSchema } from "./maintenance-window.js";
import { parsePolicyText, type PolicyPlaces, plainPlaces } from "./policy-text.js";

const builtInFolder = new URL("./policies/", import.meta.url);

function detectorRule(parameters: z.ZodObject) {
  return z.strictObject({
    enabled: z.boolean().optional().describe("False switches the detector off; all are on where nothing is said"),
    severity: z
      .enum(severities)
      .optional()
      .describe("How bad such a defect is; what policy `default` says where nothing is said"),
    parameters: parameters.strict().optional().describe("Thresholds that differ from the detector's defaults"),
    allowed: z
      .array(allowedWindowSchema)
      .optional()
      .describe("Parts of the media in which this is meant: what begins in one is told only if it outlasts it"),
  });
}

const detectorRules: Record<string, z.ZodOptional<ReturnType<typeof detectorRule>>> = Object.fromEntries(
  contractDefectTypes.map((type) => {
    const detector = detectors.find((candidate) => candidate.type === type);
    return [type, detectorRule(detector?.parameters ?? z.object({})).optional()];
  }),
);

const ratio = z.number().min(0).max(1);
const ignoredRegion = z.strictObject({
  leftRatio: ratio.describe("Left edge, as a share of the picture's width"),
  topRatio: ratio.describe("Upper edge, as a share of the picture's height"),
  widthRatio: ratio,
  heightRatio: ratio,
});

/** A policy as it is written. The same schema is published as JSON Schema. */
export const policySchema = z.strictObject({
  version: z.literal(1),
  name: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, "expected letters, digits, `.`, `_` and `-`, at most 64"),
  description: z.string().optional(),
  standard: z.string().optional().describe("The standard and version that the thresholds come from"),
  detectors: z.strictObject(detectorRules).optional().describe("By defect type"),
  ignoredRegions: z
    .array(ignoredRegion)
    .optional()
    .describe("Parts of the picture, such as a logo or a ticker, that are painted black before anything is measured"),
  maintenance: z
    .array(maintenanceWindowSchema)
    .optional()
    .describe("Times in which no alert of a live stream goes out; what is still wrong at their end is told then"),
  verdict: z
    .strictObject({
      failFrom: z.enum(severities).optional().describe("Defects of this severity or worse fail the media (default: error)"),
      warnFrom: z.enum(severities).optional().describe("Defects of this severity or worse give a warning (default: warning)"),
    })
    .optional(),
});

/** What a policy says of one defect type, with everything filled in. */
export interface DetectorPolicy {
  readonly enabled: boolean;
  readonly severity: Severity;
  /** Checked by the detector's own schema; empty for types that no detector finds yet. */
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly allowed: readonly AllowedWindow[];
}

/** A policy with everything filled in: every defect type of the contract has its entry. Plain data. */
export interface Policy {
  readonly version: 1;
  readonly name: string;
  readonly description?: string;
  readonly standard?: string;
  readonly detectors: Readonly<Record<string, DetectorPolicy>>;
  readonly ignoredRegions: readonly PictureShare[];
  readonly maintenance: readonly MaintenanceWindow[];
  readonly verdict: { readonly failFrom: Severity; readonly warnFrom: Severity };
}

/** Names of the policies that come with Framewatch; each is a file in `policies/`. */
export const builtInPolicies: readonly string[] = [
  "archive",
  "broadcast-atsc",
  "broadcast-ebu",
  "default",
  "live-channel",
  "streaming",
];

/**
 * The policy of a built-in name, of an inline object, or of a YAML or JSON file. What holds none of `.`, `/` and `\` is
 * a name, never a path: a job of the queue, whose schema allows no such letters, reads no file.
 * @throws FramewatchError `configuration`: names file, line and column where there is one, what is wrong and what is allowed
 */
export function loadPolicy(policy: string | object): Policy {
  if (typeof policy !== "string") return complete(check(policy, plainPlaces(inlineName(policy))));
  if (builtInPolicies.includes(policy)) return complete(builtInRules(policy));
  if (/[./\\]/.test(policy)) return complete(readRules(policy, policy));
  throw new FramewatchError(
    "configuration",
    `There is no policy "${policy}".${suggestion(policy, builtInPolicies)} Built in: ${builtInPolicies.join(", ")}. A file is named by its path, such as ./${policy}.yaml.`,
  );
}

/** The JSON Schema (draft 2020-12) of a policy as it is written. */
export function policyJsonSchema(): object {
  return z.toJSONSchema(policySchema, { io: "input" });
}

/**
 * Identifies what a policy does: SHA-256, hex, of the canonical JSON of its name, its verdict's rule and all detectors
 * with their versions, severities and parameters, defaults filled in. Descriptions do not count, nor does `maintenance`,
 * which changes who hears of a fault and when, not what is found.
 */
export function policyHash(policy: Policy): string {
  const built = detectors.map(({ type, version }) => ({ type, version, ...policy.detectors[type] }));
  const { name, verdict } = policy;
  return createHash("sha256")
    .update(canonicalJson({ version: policy.version, name, verdict, detectors: built }))
    .digest("hex");
}

type Rules = z.output<typeof policySchema>;

const builtIn = new Map<string, Rules>();

/** They come with the program, and reading YAML is slow: each is read once. */
function builtInRules(name: string): Rules {
  let rules = builtIn.get(name);
  if (rules === undefined) {
    rules = readRules(new URL(`${name}.yaml`, builtInFolder), `built-in policy ${name}`);
    builtIn.set(name, rules);
  }
  return rules;
}

function readRules(path: string | URL, source: string): Rules {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (cause) {
    throw new FramewatchError("configuration", `The policy ${source} cannot be read: ${messageOf(cause)}`, { cause });
  }
  const { content, places } = parsePolicyText(text, source);
  return check(content, places);
}

function check(content: unknown, places: PolicyPlaces): Rules {
  const parsed = policySchema.safeParse(content, { reportInput: true });
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.flatMap((issue) => describe(issue, places));
  throw new FramewatchError("configuration", faults.join("; "), { cause: parsed.error });
}

/** One sentence for each fault: where it stands, what is wrong, what was perhaps meant. */
function describe(issue: z.core.$ZodIssue, places: PolicyPlaces): string[] {
  const path = issue.path.map(String);
  if (issue.code === "unrecognized_keys") {
    const known = keysAt(path);
    return issue.keys.map((key) => {
      return `${places.ofKey([...path, key])}: ${nameOf(path, key)}.${suggestion(key, known) || allowed(known)}`;
    });
  }
  const held = issue.input === undefined ? "it is missing" : `it holds ${JSON.stringify(issue.input)}`;
  const field = path.length === 0 ? "The policy" : path.join(".");
  return [`${places.ofValue(path)}: ${field}: ${issue.message} (${held})`];
}

function nameOf(path: readonly string[], key: string): string {
  const [, type] = path;
  if (path.length === 1 && path[0] === "detectors") return `There is no defect type "${key}"`;
  if (path.at(-1) !== "parameters" || type === undefined) return `There is no field "${[...path, key].join(".")}"`;
  const notBuilt = defectTypesNotBuilt.some((candidate) => candidate === type);
  return notBuilt ? `"${type}" has no detector yet, so it has no parameter "${key}"` : `"${type}" has no parameter "${key}"`;
}

function allowed(known: readonly string[]): string {
  return known.length === 0 ? "" : ` Allowed: ${known.join(", ")}.`;
}

/** The fields that the schema knows at a path. */
function keysAt(path: readonly string[]): string[] {
  let schema: unknown = policySchema;
  for (const key of path) if (!/^\d+$/.test(key)) schema = schema instanceof z.ZodObject ? unwrap(schema.shape[key]) : undefined;
  return schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
}

function unwrap(schema: unknown): unknown {
  if (schema instanceof z.ZodOptional) return unwrap(schema.unwrap());
  return schema instanceof z.ZodArray ? schema.element : schema;
}

function complete({ detectors: rules = {}, ignoredRegions = [], maintenance = [], verdict = {}, ...head }: Rules): Policy {
  // What `default` says holds wherever a policy says nothing.
  const base = builtInRules("default");
  const entries = contractDefectTypes.map((type): [string, DetectorPolicy] => {
    const rule = rules[type];
    const parameters = detectors.find((detector) => detector.type === type)?.parameters.parse(rule?.parameters ?? {}) ?? {};
    const severity = rule?.severity ?? base.detectors?.[type]?.severity ?? "warning";
    return [type, { enabled: rule?.enabled ?? true, severity, parameters, allowed: rule?.allowed ?? [] }];
  });
  const { version, name, description, standard } = head;
  return {
    version,
    name,
    ...(description !== undefined && { description }),
    ...(standard !== undefined && { standard }),
    detectors: Object.fromEntries(entries),
    ignoredRegions,
    maintenance,
    verdict: { failFrom: verdict.failFrom ?? "error", warnFrom: verdict.warnFrom ?? "warning" },
  };
}

function inlineName(policy: object): string {
  return "name" in policy && typeof policy.name === "string" ? `inline policy ${policy.name}` : "inline policy";
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** JSON with sorted keys and without spaces: equal values give equal text (RFC 8785 for what policies hold). */
function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    part !== null && typeof part === "object" && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}
