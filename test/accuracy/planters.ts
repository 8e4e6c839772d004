import { readdir } from "node:fs/promises";
import type { Planter } from "./planter.js";

const folder = new URL("plant/", import.meta.url);

/**
 * The planters of these types, or all of them, by name.
 * @throws Error for a type that has none
 */
export async function loadPlanters(types: readonly string[] | undefined): Promise<Planter[]> {
  const there = (await readdir(folder)).map((file) => file.replace(/\.ts$/, "")).sort();
  for (const type of types ?? []) {
    if (!there.includes(type)) throw new Error(`There is no planter for ${type}. There are ${there.join(", ")}.`);
  }
  return Promise.all(
    (types ?? there).map(async (type) => {
      const { planter } = (await import(new URL(`${type}.ts`, folder).href)) as { readonly planter: Planter };
      if (planter.type !== type) throw new Error(`The planter in ${type}.ts is one for ${planter.type}.`);
      return planter;
    }),
  );
}
