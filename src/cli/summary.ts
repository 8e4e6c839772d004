import type { Report } from "../notifier/index.js";

type Defect = Report["defects"][number];

const marks = { pass: "PASS", warn: "WARN", fail: "FAIL", error: "ERROR" } as const;

/** What a command that waits for a report exits with. */
export const verdictExitCodes = { pass: 0, warn: 0, fail: 1, error: 3 } as const;

/** A terminal holds about so many; the report holds all. */
const mostDefectLines = 40;

/** A report as a person reads it on a terminal. */
export function summarise(report: Report): string {
  const { verdict, job, defects, error } = report;
  const more = defects.length - mostDefectLines;
  return [
    `${marks[verdict]}  ${job.source}`,
    ...mediaLines(report),
    ...defects.slice(0, mostDefectLines).map((defect) => `  ${defectLine(defect)}`),
    ...(more > 0 ? [`  and ${more} more`] : []),
    ...(error === null ? [] : [`  ${error.code}: ${error.message}`]),
  ].join("\n");
}

function mediaLines({ media, stream, performance, defects, error }: Report): string[] {
  if (media === undefined) return [];
  const { container, durationSeconds, video, audio, complete, incompleteReason } = media;
  // A still has a frame but no length.
  const hasLength = durationSeconds !== undefined && video?.frames !== 1;
  const facts = [
    container,
    ...(hasLength ? [`${durationSeconds.toFixed(1)} s`] : []),
    ...(video === undefined ? [] : [`${video.width}x${video.height} ${video.codec}`]),
    ...audio.map(({ codec, layout }) => `${codec} ${layout}`),
    ...(hasLength && performance !== undefined ? [`${performance.realTimeFactor.toFixed(1)} x real time`] : []),
  ];
  return [
    `  ${facts.join(", ")}`,
    ...streamLine(stream),
    ...(complete ? [] : [`  incomplete: ${incompleteReason ?? "the end is missing"}`]),
    ...(defects.length === 0 && error === null ? ["  no defects"] : []),
  ];
}

/** How the stream is coded, as it was found. */
function streamLine(stream: Report["stream"]): string[] {
  const { bitsPerSecond, video } = stream ?? {};
  const facts = [
    ...(bitsPerSecond === undefined ? [] : [`${Math.round(bitsPerSecond / 1000)} kbit/s`]),
    ...(video?.frameRate === undefined ? [] : [`${Number(video.frameRate.toFixed(3))} frames/s`]),
    ...(video?.gop === undefined
      ? []
      : [`keyframes ${video.gop.meanSeconds.toFixed(2)} s apart, ${video.gop.longestSeconds.toFixed(2)} s at most`]),
  ];
  return facts.length === 0 ? [] : [`  ${facts.join(", ")}`];
}

/** One defect in one line: when, how grave, what, how it was measured. */
export function defectLine(defect: Defect): string {
  const { type, severity, startSeconds, endSeconds, medium, track } = defect;
  const until = endSeconds === undefined ? "…" : clock(endSeconds);
  const where = medium === "audio" ? `, track ${track}` : "";
  const measured = Object.entries(defect.measured)
    .map(([name, value]) => inWords(name, value))
    .join(", ");
  return `${clock(startSeconds)} – ${until}  ${severity.padEnd(8)}  ${type}${where} (${measured})`;
}

/** The units that end a measured name, as people write them; a ratio or a count has none. */
const units: Readonly<Record<string, string>> = {
  Seconds: " s",
  Bytes: " bytes",
  Lufs: " LUFS",
  Dbfs: " dBFS",
  Dbtp: " dBTP",
  Hz: " Hz",
};

/** `durationSeconds` and 3 as `duration 3 s`. */
function inWords(name: string, value: number): string {
  const unit = Object.keys(units).find((ending) => name.endsWith(ending));
  const words = (unit === undefined ? name : name.slice(0, -unit.length)).replace(
    /[A-Z]/g,
    (letter) => ` ${letter.toLowerCase()}`,
  );
  return `${words} ${value}${unit === undefined ? "" : units[unit]}`;
}

/** `0:01:02.340` */
function clock(seconds: number): string {
  const milliseconds = Math.round(seconds * 1000);
  const hours = Math.floor(milliseconds / 3_600_000);
  const minutes = Math.floor(milliseconds / 60_000) % 60;
  return `${hours}:${String(minutes).padStart(2, "0")}:${((milliseconds % 60_000) / 1000).toFixed(3).padStart(6, "0")}`;
}
