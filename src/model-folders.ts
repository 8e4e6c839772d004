import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Config } from "./config.js";
import { FramewatchError } from "./errors.js";

/**
 * Where models are looked for: those shipped with Framewatch, then the operator's own.
 * @throws FramewatchError `configuration` when the operator's folder is not there
 */
export function modelFolders(config: Pick<Config, "models">): string[] {
  const shipped = fileURLToPath(new URL("../models", import.meta.url));
  if (config.models === undefined) return [shipped];
  if (!existsSync(config.models)) {
    throw new FramewatchError("configuration", `FRAMEWATCH_MODELS is ${config.models}; allowed is a folder that is there.`);
  }
  return [shipped, config.models];
}
