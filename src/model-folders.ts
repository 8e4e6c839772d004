import { fileURLToPath } from "node:url";
import type { Config } from "./config.js";

/** Where models are looked for: those shipped with Framewatch, then the operator's own. */
export function modelFolders(config: Pick<Config, "models">): string[] {
  const shipped = fileURLToPath(new URL("../models", import.meta.url));
  return config.models === undefined ? [shipped] : [shipped, config.models];
}
