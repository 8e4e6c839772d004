"use strict";
/* The report page, part 1: the facts, and how they are put into words. Texts of the media become text nodes, never markup. */
{
  const { report, lanes, pictures, chapterPictures, types } = JSON.parse(document.getElementById("data").textContent);
  const severities = ["critical", "error", "warning", "info"];
  const byId = (id) => document.getElementById(id);
  const lastDefectSeconds = report.defects.reduce((last, one) => Math.max(last, one.endSeconds ?? one.startSeconds), 0);
  const range = report.media?.range;
  /** A live report is of one hour of the stream, whose time runs on; a file's begins at 0. */
  const startSeconds = range?.startTime === undefined ? 0 : range.startSeconds;
  /** Seconds since 1970 of the time 0, where the wall clock is known. */
  const epochSeconds = range?.startTime === undefined ? undefined : Date.parse(range.startTime) / 1000 - startSeconds;
  const endSeconds = Math.max(
    startSeconds,
    range?.startTime === undefined ? 0 : (range.endSeconds ?? 0),
    lastDefectSeconds,
    range?.startTime === undefined ? (report.media?.durationSeconds ?? 0) : 0,
    ...(report.chapters ?? []).slice(-1).map(({ endSeconds }) => endSeconds),
    ...lanes.map(({ seconds }) => seconds.at(-1) ?? 0),
  );

  /** An element with attributes (own properties where the name is one) and children; absent children are left out. */
  function element(tag, attributes = {}, ...children) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (value === undefined) continue;
      if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
      else made.setAttribute(name, value);
    }
    made.append(...children.flat().filter((child) => child !== undefined && child !== ""));
    return made;
  }

  const plural = (count, word) => `${count} ${word}${count === 1 ? "" : "s"}`;
  const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);
  const titleOf = (type) => capital(type.replaceAll("-", " "));

  function clock(seconds, digits = 3) {
    const rounded = Number(Math.max(0, seconds).toFixed(digits));
    const hours = Math.floor(rounded / 3600);
    const minutes = Math.floor((rounded % 3600) / 60);
    const rest = (rounded % 60).toFixed(digits).padStart(digits > 0 ? digits + 3 : 2, "0");
    return hours > 0 ? `${hours}:${String(minutes).padStart(2, "0")}:${rest}` : `${minutes}:${rest}`;
  }

  function short(value) {
    if (value === undefined || value === null || !Number.isFinite(value)) return "";
    const size = Math.abs(value);
    if (size !== 0 && (size < 0.001 || size >= 1e6)) return value.toExponential(2);
    return String(Number(value.toPrecision(4)));
  }

  function bytes(count) {
    if (count === undefined) return undefined;
    const units = ["bytes", "kB", "MB", "GB", "TB"];
    const step = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, count)) / 3));
    return `${step === 0 ? count : (count / 1000 ** step).toFixed(1)} ${units[step]}`;
  }

  /** `minimumDarkRatio` → `minimum dark`, `ratio`: names carry their units. */
  function splitName(name) {
    const unit = /(Seconds|Bytes|Lufs|Dbfs|Dbtp|Lu|Hz|Ratio)$/.exec(name)?.[1] ?? "";
    const words = name
      .slice(0, name.length - unit.length)
      .replace(/([A-Z])/g, " $1")
      .toLowerCase();
    const units = { Seconds: "s", Bytes: "bytes", Lufs: "LUFS", Dbfs: "dBFS", Dbtp: "dBTP", Lu: "LU", Hz: "Hz", Ratio: "ratio" };
    return [words.trim() || name, units[unit] ?? ""];
  }

  /** A moment of the media: of a live stream the UTC time of day. */
  function moment(seconds, digits = 3) {
    if (epochSeconds === undefined) return clock(seconds, digits);
    const milliseconds = Math.round((epochSeconds + seconds) * 10 ** digits) * 10 ** (3 - digits);
    return new Date(milliseconds).toISOString().slice(11, digits > 0 ? 20 + digits : 19);
  }

  const timeOf = (defect) =>
    defect.endSeconds === undefined || defect.endSeconds === defect.startSeconds
      ? moment(defect.startSeconds)
      : `${moment(defect.startSeconds)} – ${moment(defect.endSeconds)}`;

  /** Which defects are hidden: by severity, by medium, by type. */
  const hidden = { severity: new Set(), medium: new Set(), type: new Set() };
  const isShown = (defect) =>
    !hidden.severity.has(defect.severity) && !hidden.medium.has(defect.medium) && !hidden.type.has(defect.type);

  const numberOf = (severity) => report.defects.filter((defect) => defect.severity === severity).length;

  /** What the parts of the page share; each part adds what later ones call. */
  globalThis.page = {
    ...{ report, lanes, pictures, chapterPictures, types, severities, startSeconds, endSeconds, epochSeconds },
    ...{ byId, element, plural, titleOf, clock, moment, short, bytes, splitName, timeOf },
    ...{ hidden, isShown, numberOf },
  };
}
