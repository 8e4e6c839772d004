import { createHash } from "node:crypto";

/** 0..1, the same for the same words on every machine. */
export function fraction(...words: readonly (string | number)[]): number {
  return createHash("sha256").update(JSON.stringify(words)).digest().readUInt32BE(0) / 2 ** 32;
}

/** A seeded source of numbers 0..1. */
export function openRandom(...seed: readonly (string | number)[]): () => number {
  let drawn = 0;
  return () => fraction(...seed, drawn++);
}

/** The items in an order that depends on nothing but their names and the seed. */
export function shuffled<Item extends { readonly name: string }>(items: readonly Item[], ...seed: readonly string[]): Item[] {
  return items.toSorted((one, other) => fraction(...seed, one.name) - fraction(...seed, other.name));
}
