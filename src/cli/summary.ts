import type { Report } from "../notifier/index.js";

const marks = { pass: "PASS", warn: "WARN", fail: "FAIL", error: "ERROR" } as const;

/** A report as a person reads it on a terminal. */
export function summarise(report: Report): string {
  return [
    `${marks[report.verdict]}  ${report.job.source}`,
    ...mediaLines(report),
    ...report.defects.map((defect) => `  ${defectLine(defect)}`),
    ...(report.error === null ? [] : [`  ${report.error.code}: ${report.error.message}`]),
  ].join("\n");
}

function mediaLines({ media, performance, defects }: Report): string[] {
  if (media === undefined) return [];
  const picture = media.video === undefined ? [] : [`${media.video.width}x${media.video.height} ${media.video.codec}`];
  const sound = media.audio.map(({ codec, layout }) => `${codec} ${layout}`);
  const length = media.durationSeconds === undefined ? [] : [`${media.durationSeconds.toFixed(1)} s`];
  const whole = media.complete ? [] : [`incomplete: ${media.incompleteReason ?? "the end is missing"}`];
  const speed = performance === undefined ? [] : [`${performance.realTimeFactor.toFixed(1)} x real time`];
  return [`  ${[media.container, ...length, ...picture, ...sound, ...whole, ...speed].join(", ")}`, ...(defects.length === 0 ? ["  no defects"] : [])];
}

/** One defect in one line: when, what, how grave. */
export function defectLine(defect: Report["defects"][number]): string {
  const { type, severity, startSeconds, endSeconds, medium, track } = defect;
  const until = endSeconds === undefined ? "…" : clock(endSeconds);
  const where = medium === "audio" ? `, track ${track}` : "";
  const measured = Object.entries(defect.measured).map(([name, value]) => `${name} ${value}`).join(", ");
  return `${clock(startSeconds)} – ${until}  ${severity.padEnd(8)} ${type}${where} (${measured})`;
}

/** `0:01:02.340` */
function clock(seconds: number): string {
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  return `${hours}:${String(minutes).padStart(2, "0")}:${(seconds % 60).toFixed(3).padStart(6, "0")}`;
}
