import type { Agreement } from "./agreement.js";
import type { CleanResult } from "./clean.js";
import type { LoudnessAgreement } from "./loudness-agreement.js";
import type { Row } from "./rows.js";

const percent = (share: number | undefined): string => (share === undefined ? "-" : `${Math.round(share * 100)} %`);

/** A row for people who wait at a terminal, its remarks below it. */
export function rowLine(row: Row): string {
  const { type, strength, planted, found, falsePositives, fragments, onsetFrames, endFrames, sideAlarms, remarks } = row;
  const side = Object.entries(sideAlarms).map(([other, count]) => `${count} ${other}`);
  const parts = [
    `${type.padEnd(16)} ${strength.padEnd(28)} recall ${percent(row.recall)} (${found}/${planted})`,
    `precision ${percent(row.precision)} (${falsePositives} false, ${fragments} fragments)`,
    `onset ${onsetFrames?.median ?? "-"}/${onsetFrames?.p95 ?? "-"}`,
    `end ${endFrames?.median ?? "-"}/${endFrames?.p95 ?? "-"} frames`,
    ...(side.length === 0 ? [] : [`side alarms: ${side.join(", ")}`]),
  ];
  return [parts.join("  "), ...remarks.map((text) => `    ${text}`)].join("\n");
}

/** What clean content raised, one line each. */
export function cleanLines({ halves, alarms }: CleanResult): string {
  const looked = (["report", "tune"] as const).map((split) => {
    const { files, seconds } = halves[split];
    const wrong = alarms.filter((alarm) => alarm.split === split && alarm.real === undefined);
    const grave = wrong.filter(({ severity }) => severity === "error" || severity === "critical");
    const minutes = (seconds / 60).toFixed(1);
    return `half "${split}": ${wrong.length} alarms, ${grave.length} of them error or worse, in ${minutes} minutes of ${files} files`;
  });
  const lines = alarms.map(({ file, isHard, type, severity, startSeconds, endSeconds, real }) => {
    const remarks = [...(isHard ? ["hard negative"] : []), ...(real === undefined ? [] : [`real: ${real}`])];
    return `    ${severity.padEnd(8)} ${type.padEnd(16)} ${file} ${startSeconds}-${endSeconds ?? "end"} ${remarks.join("; ")}`.trimEnd();
  });
  return ["clean content", ...looked, ...lines].join("\n");
}

/** How far ffmpeg's filters say the same. */
export function agreementLines(agreement: readonly Agreement[], { tracks, largest, differences }: LoudnessAgreement): string {
  const { integratedLu, rangeLu, truePeakDb } = largest;
  return [
    ...agreement.flatMap(({ filter, type, files, ours, theirs, both, sameSeconds, seconds, differences: apart }) => [
      `${type} and ${filter}: ours ${ours}, theirs ${theirs}, both ${both}; the same in ${sameSeconds} of ${seconds} s of ${files} files`,
      ...apart.map((text) => `    ${text}`),
    ]),
    `loudness and ebur128 on ${tracks} tracks: at most ${integratedLu} LU, range ${rangeLu} LU, true peak ${truePeakDb} dB apart`,
    ...differences.map((text) => `    ${text}`),
  ].join("\n");
}
