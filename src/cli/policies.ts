import { builtInPolicies, loadPolicy, policyHash } from "../analyzers/index.js";
import { stringify } from "yaml";

/** Prints name and description of each built-in policy. */
export async function listPolicies(): Promise<void> {
  for (const name of builtInPolicies) {
    const policy = loadPolicy(name);
    process.stdout.write(`${policy.name}   ${policy.description}\n`);
  }
}

/** Prints a policy with all defaults filled in, as YAML. @throws FramewatchError `configuration` */
export async function showPolicy(nameOrFile: string): Promise<void> {
  process.stdout.write(stringify(loadPolicy(nameOrFile)));
}

/** Says that a policy file is right, or what is wrong with it. @throws FramewatchError `configuration` with line and column */
export async function validatePolicy(file: string): Promise<void> {
  const policy = loadPolicy(file);
  process.stdout.write(`${file} is a policy: ${policy.name}, ${policyHash(policy)}\n`);
}
