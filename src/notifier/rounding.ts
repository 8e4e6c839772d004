import type { Values } from "../analyzers/index.js";

/** A time for report and alert: seconds, rounded to 1 µs. */
export function roundSeconds(seconds: number): number {
  return Math.round(seconds * 1e6) / 1e6;
}

/** A measured value for report and alert: 6 significant digits. */
export function roundValue(value: number): number {
  return Number(value.toPrecision(6));
}

/** Values rounded for report and alert. One that was not measured (NaN, infinite) has no key: JSON could not hold it. */
export function roundValues(values: Values): Record<string, number> {
  const measured = Object.entries(values).filter(([, value]) => Number.isFinite(value));
  return Object.fromEntries(
    measured.map(([name, value]) => [name, name.endsWith("Seconds") ? roundSeconds(value) : roundValue(value)]),
  );
}
