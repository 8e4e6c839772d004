import { precisionOf, recallOf, type Row } from "./rows.js";

const percent = (share: number | undefined): string => (share === undefined ? "-" : `${Math.round(share * 100)} %`);

/** A row for people who wait at a terminal, its remarks below it. */
export function rowLine(row: Row): string {
  const { type, strength, planted, found, falsePositives, fragments, onsetFrames, endFrames, sideAlarms, remarks } = row;
  const side = Object.entries(sideAlarms).map(([other, count]) => `${count} ${other}`);
  const parts = [
    `${type.padEnd(16)} ${strength.padEnd(28)} recall ${percent(recallOf(row))} (${found}/${planted})`,
    `precision ${percent(precisionOf(row))} (${falsePositives} false, ${fragments} fragments)`,
    `onset ${onsetFrames?.median ?? "-"}/${onsetFrames?.p95 ?? "-"}`,
    `end ${endFrames?.median ?? "-"}/${endFrames?.p95 ?? "-"} frames`,
    ...(side.length === 0 ? [] : [`side alarms: ${side.join(", ")}`]),
  ];
  return [parts.join("  "), ...remarks.map((text) => `    ${text}`)].join("\n");
}
