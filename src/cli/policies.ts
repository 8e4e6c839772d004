import path from "node:path";
import { stringify } from "yaml";
import { builtInPolicies, loadPolicy, policyHash } from "../analyzers/index.js";

/** Prints name and description of each built-in policy. */
export async function listPolicies(): Promise<void> {
  const width = Math.max(...builtInPolicies.map((name) => name.length));
  for (const name of builtInPolicies) process.stdout.write(`${name.padEnd(width)}  ${loadPolicy(name).description}\n`);
}

/** Prints a policy with all defaults filled in, as YAML. @throws FramewatchError `configuration` */
export async function showPolicy(nameOrFile: string): Promise<void> {
  process.stdout.write(stringify(loadPolicy(nameOrFile)));
}

/** Says that a policy file is right, or what is wrong with it. @throws FramewatchError `configuration` with line and column */
export async function validatePolicy(file: string): Promise<void> {
  // A path, also where it looks like a name.
  const policy = loadPolicy(path.resolve(file));
  process.stdout.write(`${file} is right: policy ${policy.name}, hash ${policyHash(policy)}\n`);
}
