import { parseArgs } from "node:util";
import type { Split } from "./content.js";

/** What a run of the harness is asked for. */
export interface Arguments {
  /** Defect types; all that have a planter where empty. */
  readonly types: readonly string[];
  readonly split: Split;
  /** Clips per strength. */
  readonly limit: number;
  readonly content: string;
}

/** @throws Error that says what is wrong with the words */
export function readArguments(words: readonly string[], environment: NodeJS.ProcessEnv): Arguments {
  const { values, positionals } = parseArgs({
    args: [...words],
    allowPositionals: true,
    options: {
      split: { type: "string", default: "report" },
      limit: { type: "string", default: "6" },
      content: { type: "string", default: environment.FRAMEWATCH_CORPUS ?? "" },
    },
  });
  const { split, content } = values;
  const limit = Number(values.limit);
  if (split !== "tune" && split !== "report") throw new Error(`--split is tune or report, not ${split}.`);
  if (!Number.isInteger(limit) || limit < 1) throw new Error(`--limit is a whole number of clips, not ${values.limit}.`);
  if (content === "") throw new Error("Name a folder of clean clips: --content DIR, or the variable FRAMEWATCH_CORPUS.");
  return { types: positionals, split, limit, content };
}
