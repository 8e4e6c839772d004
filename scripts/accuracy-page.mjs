/**
 * `docs/accuracy.md`, and a line for each detector in `docs/detectors.md`, from `test/accuracy/results.json`, which
 * `npm run accuracy -- --write` writes. Its shape is `Results` in `test/accuracy/results.ts`.
 */
import { lines, table } from "./markdown.mjs";

/** Recall and precision that the detectors that operators rely on most are to reach at strengths they would act on. */
const strictTypes = ["black", "freeze", "solid-color", "color-bars", "letterbox", "interlacing", "flash", "levels", "frame-drop"];
const targetOf = (type) => (strictTypes.includes(type) ? 0.95 : 0.85);
/** Grave alarms in clean content that may be false, per ten hours. */
const allowedPerTenHours = 1;

const percent = (share) => (share === undefined ? "" : `${Math.round(share * 1000) / 10} %`);
const pair = (errors) => (errors === undefined ? "" : `${errors.median} / ${errors.p95}`);
const sum = (rows, of) => rows.reduce((total, row) => total + of(row), 0);
const ratio = (part, whole) => (whole === 0 ? undefined : part / whole);
const isGrave = ({ severity }) => severity === "error" || severity === "critical";
const isFalse = ({ real }) => real === undefined;
const minutes = (seconds) => (seconds / 60).toFixed(1);

/** What all strengths that count come to, of one detector. */
function totals(rows, type) {
  const counted = rows.filter((row) => row.type === type && row.actionable);
  const [planted, found, falsePositives, fragments] = ["planted", "found", "falsePositives", "fragments"].map((key) =>
    sum(counted, (row) => row[key]),
  );
  return {
    planted,
    found,
    falsePositives,
    fragments,
    recall: ratio(found, planted),
    precision: ratio(found, found + falsePositives),
  };
}

function isMet(type, { recall, precision }) {
  return recall >= targetOf(type) && precision >= targetOf(type);
}

/** `3 in 6.4 min`: few minutes were looked at, so rates per hour would promise too much. */
function inMinutes(count, { seconds }) {
  return `${count} in ${minutes(seconds)} min`;
}

/** One line for the detector's own paragraph; undefined where nothing was measured. */
export function accuracyLine({ rows, clean }, type) {
  const { planted, found, falsePositives, recall, precision } = totals(rows, type);
  if (planted === 0) return undefined;
  const raised = clean?.alarms.filter((alarm) => alarm.type === type && alarm.split === "report" && isFalse(alarm)).length;
  const seen = clean === undefined ? "" : `, false alarms in clean content ${inMinutes(raised, clean.halves.report)}`;
  return `recall ${percent(recall)} (${found} of ${planted} planted), precision ${percent(precision)} (${falsePositives} false)${seen}; see [accuracy.md](accuracy.md)`;
}

function summaryTable({ rows, clean }) {
  const raisedIn = (type, split) =>
    clean === undefined
      ? ""
      : clean.alarms.filter((alarm) => alarm.type === type && alarm.split === split && isFalse(alarm)).length;
  const types = [...new Set(rows.map(({ type }) => type))];
  return table(
    ["detector", "planted", "recall", "precision", "target", "met", "false alarms, report half", "false alarms, tune half"],
    types.map((type) => {
      const total = totals(rows, type);
      return [
        `\`${type}\``,
        total.planted,
        percent(total.recall),
        percent(total.precision),
        percent(targetOf(type)),
        total.planted === 0 ? "" : isMet(type, total) ? "yes" : "**no**",
        raisedIn(type, "report"),
        raisedIn(type, "tune"),
      ];
    }),
  );
}

function rowTable({ rows }) {
  return table(
    ["detector", "strength", "counts", "found", "recall", "precision", "fragments", "onset", "end", "side alarms"],
    rows.map((row) => [
      `\`${row.type}\``,
      row.strength,
      row.actionable ? "yes" : "no",
      `${row.found} of ${row.planted}`,
      percent(row.recall),
      percent(row.precision),
      row.fragments,
      pair(row.onsetFrames),
      pair(row.endFrames),
      Object.entries(row.sideAlarms)
        .map(([type, count]) => `${count} ${type}`)
        .join(", "),
    ]),
  );
}

function weakPoints({ rows }) {
  const weak = rows.filter(({ remarks }) => remarks.length > 0);
  if (weak.length === 0) return ["None was found."];
  return weak.flatMap(({ type, strength, actionable, remarks }) => [
    `- \`${type}\`, ${strength}${actionable ? "" : " (does not count)"}`,
    ...remarks.map((remark) => `  - ${remark}`),
  ]);
}

function cleanPart({ clean }) {
  if (clean === undefined) return ["No run over clean content is written yet."];
  const { halves, alarms } = clean;
  const seconds = halves.report.seconds + halves.tune.seconds;
  const wrong = alarms.filter(isFalse);
  const grave = wrong.filter(isGrave).length;
  const reported = wrong.filter(({ split }) => split === "report");
  return lines(
    `Looked at: ${halves.report.files} files, ${minutes(halves.report.seconds)} minutes of the half that is reported, and ${halves.tune.files} files, ${minutes(halves.tune.seconds)} minutes of the half on which thresholds were chosen; hard negatives included.`,
    "",
    `- False alarms of severity error or worse: ${reported.filter(isGrave).length} in ${minutes(halves.report.seconds)} minutes of the reported half, ${grave} in ${minutes(seconds)} minutes of all. The target is ${allowedPerTenHours} in 10 hours, which so little content can miss but not prove.`,
    `- False alarms of any severity: ${reported.length} in ${minutes(halves.report.seconds)} minutes of the reported half, ${wrong.length} in ${minutes(seconds)} minutes of all.`,
    `- Real faults that nobody planted, seen by a person (\`test/accuracy/known-faults.json\`): ${alarms.length - wrong.length}.`,
    "",
    ...(alarms.length === 0
      ? []
      : [
          table(
            ["severity", "type", "file", "seconds", "half", "hard negative", "real"],
            alarms.map(({ severity, type, file, startSeconds, endSeconds, split, isHard, real }) => [
              severity,
              `\`${type}\``,
              file,
              `${startSeconds} - ${endSeconds ?? "end"}`,
              split,
              isHard ? "yes" : "",
              real ?? "",
            ]),
          ),
        ]),
  );
}

/** Why a filter and a detector may differ though both are right. */
const reasons = {
  black: "blackdetect ends a black that lasts to the end of the media one frame early.",
  freeze:
    "freezedetect never ends a freeze at the end of the media, ends one at a keyframe that is coded anew, calls a black picture frozen, and takes slow motion for a freeze as long as each frame is near the first.",
  interlacing:
    "idet sums up a whole file and looks at combing in every frame; ours looks at what is wrong for who sees it, and says when.",
  letterbox: "cropdetect takes the largest picture it has ever seen and knows no time; dark edges of a picture count as bars.",
  scene:
    "ours are the chapters of the report: scdet asks for a large change, which fast motion and flashes are too; ours for one that stands out from the changes around it.",
  silence: "silencedetect looks at each sample, ours at windows of 10 ms: up to 20 ms shorter.",
};

function loudnessPart({ loudness }) {
  if (loudness === undefined || loudness.tracks === 0) return [];
  const { tracks, largest, differences } = loudness;
  return [
    "",
    `**Loudness** of ${tracks} tracks and \`ebur128\`, largest differences: integrated ${largest.integratedLu} LU, range ${largest.rangeLu} LU, true peak ${largest.truePeakDb} dB. Meters may differ by 0.1 LU (EBU Tech 3341), 1 LU (EBU Tech 3342) and 0.4 dB (ITU-R BS.1770).${differences.length === 0 ? "" : " Further apart are:"}`,
    ...(differences.length === 0 ? [] : ["", ...differences.map((difference) => `- ${difference}`)]),
  ];
}

function agreementPart({ agreement, loudness }) {
  if (agreement.length === 0) return ["No comparison is written yet."];
  const differing = agreement.filter(({ differences }) => differences.length > 0);
  return lines(
    table(
      ["detector", "filter", "files", "ours", "ffmpeg's", "both", "same verdict"],
      agreement.map(({ type, filter, files, ours, theirs, both, sameSeconds, seconds }) => [
        `\`${type}\``,
        `\`${filter}\``,
        files,
        ours,
        theirs,
        both,
        `${percent(ratio(sameSeconds, seconds))} of ${minutes(seconds)} min`,
      ]),
    ),
    ...differing.flatMap(({ type, differences }) => [
      "",
      `**${type}**: ${reasons[type]}`,
      "",
      ...differences.map((difference) => `- ${difference}`),
    ]),
    ...loudnessPart({ loudness }),
  );
}

/** The page's body. */
export function accuracyPage(results) {
  return lines(
    "## Method",
    "",
    "- *Content.* Real clips, and photographs panned and zoomed into clips. Content is split by source, all files of one film or collection together, by a hash of the source's name: thresholds are chosen on half `tune`, and this page reports half `report`.",
    "- *Planting.* Each fault is planted by ffmpeg at a time that a seeded choice names, at least 2 s into a clip of constant frame rate, at most 12 s long and mostly 640 wide, and coded by turns as H.264 in MP4, H.264 at a low bitrate in a transport stream, HEVC in MP4, and MPEG-2 in a transport stream. Damage of the bit stream is done to the coded file.",
    "- *Found* is a fault that a defect of its type overlaps, and that begins within 1 s of it. A further defect in the same fault is a *fragment*; any other defect of the type is *false*, unless the same clip, coded in the same way with nothing planted, raises it too. A clip that itself has the fault where it would be planted is left out, and so is one where a person would not see it, by what the clean picture shows there: a white dot before white or before what stands still, combs where nothing with edges moves, the ghost of fog, colour taken from grey, flicker of what is white or black. Of sound those are left out that nobody would hear, by the clean sound there: what is missing from a pause of the programme, and hum 6 dB below all that the programme has under 200 Hz for half of its time.",
    "- *Onset* and *end* are median and 95th percentile of the absolute error in frames. *Side alarms* are defects of other types that the fault does not explain.",
    "- Rows that do not *count* show where detection ends: no operator would act on so weak a fault. Models are off.",
    "",
    "`npm run accuracy -- TYPE… --content DIR` measures it on clips of your own; `--split tune` uses the other half.",
    "",
    "## Detectors",
    "",
    "Over all strengths that count. The target is 95 % or 85 % of recall and of precision.",
    "",
    summaryTable(results),
    "",
    "## Strengths",
    "",
    rowTable(results),
    "",
    "## Clean content",
    "",
    cleanPart(results),
    "",
    "## Agreement with ffmpeg",
    "",
    "Clean films and sounds, and the planted files of the type, where the definitions are the same. `Both` are stretches of ours that overlap one of ffmpeg's.",
    "",
    agreementPart(results),
    "",
    "## Known weak points",
    "",
    "Every fault that was missed, found in pieces or raised wrongly.",
    "",
    weakPoints(results),
  );
}
