import { parseArgs } from "node:util";
import type { Split } from "./content.js";

/** What a run of the harness is asked for. */
export interface Arguments {
  /** Defect types whose rows are measured; undefined: all that have a planter. */
  readonly types: readonly string[] | undefined;
  /** Looks for false alarms in clean content, both halves of it, and asks ffmpeg's filters about the same files. */
  readonly clean: boolean;
  readonly split: Split;
  /** Clips per strength. */
  readonly limit: number;
  readonly content: string;
  /** Puts what was measured into results.json and renews the documents. */
  readonly write: boolean;
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
      write: { type: "boolean", default: false },
    },
  });
  const { split, content, write } = values;
  const limit = Number(values.limit);
  if (split !== "tune" && split !== "report") throw new Error(`--split is tune or report, not ${split}.`);
  if (!Number.isInteger(limit) || limit < 1) throw new Error(`--limit is a whole number of clips, not ${values.limit}.`);
  if (content === "") throw new Error("Name a folder of clean clips: --content DIR, or the variable FRAMEWATCH_CORPUS.");
  if (write && split === "tune") throw new Error("--write is for half report: what thresholds were chosen on is never reported.");
  const types = positionals.length === 0 ? undefined : positionals.filter((word) => word !== "clean");
  return { types, clean: types === undefined || positionals.includes("clean"), write, split, limit, content };
}
