"use strict";
/* The report page, part 8: the card of a defect. */
{
  const { page } = globalThis;
  const { pictures, types, element, titleOf, short, splitName, timeOf } = page;

  /** `minimumDarkRatio` limits `darkRatio` from below: the name of what is limited, and how. */
  function limitOf(name) {
    const [, bound, rest] = /^(minimum|maximum)([A-Z].*)$/.exec(name) ?? [];
    if (bound === undefined) return [name, ""];
    return [
      rest === "Seconds" ? "durationSeconds" : rest.charAt(0).toLowerCase() + rest.slice(1),
      bound === "minimum" ? "≥ " : "≤ ",
    ];
  }

  /** What was measured, with its limits; `isWhole` adds the limits of what a defect does not tell. */
  function valueRows(defect, isWhole) {
    const limits = new Map(
      Object.entries(defect.threshold).map(([name, value]) => [limitOf(name)[0], [limitOf(name)[1], value]]),
    );
    const names = [...new Set([...Object.keys(defect.measured), ...(isWhole ? limits.keys() : [])])];
    return names.map((name) => {
      const [words, unit] = splitName(name);
      const cell = (value, sign = "") =>
        element(
          "td",
          { class: "number" },
          value === undefined ? "" : `${sign}${short(value)}${unit === "" || unit === "ratio" ? "" : ` ${unit}`}`,
        );
      const [sign, limit] = limits.get(name) ?? [];
      return element(
        "tr",
        {},
        element("td", {}, unit === "ratio" ? `${words} ratio` : words),
        cell(defect.measured[name]),
        cell(limit, sign),
      );
    });
  }

  /** Before, during and after; `isWhole` adds the clip, which is loaded when somebody plays it. */
  function picturesOf(defect, isWhole) {
    const own = pictures[defect.id] ?? {};
    const clip = isWhole ? defect.evidence?.clip : undefined;
    if (own.at === undefined && clip === undefined) return undefined;
    const picture = (source, href, caption) =>
      source === undefined
        ? undefined
        : element(
            "a",
            { href, target: "_blank", rel: "noopener" },
            element("img", { src: source, alt: `${titleOf(defect.type)}: ${caption}` }),
            element("small", {}, caption),
          );
    return element(
      "div",
      { class: "pictures" },
      picture(own.before, defect.evidence?.before, "before"),
      picture(own.at, defect.evidence?.thumbnail, "during"),
      picture(own.after, defect.evidence?.after, "after"),
      clip === undefined
        ? undefined
        : element("video", { src: clip, controls: "", playsinline: "", preload: "none", poster: own.at }),
    );
  }

  /** A card with all that is known, or, with a button to show that, with what matters most. */
  function cardOf(defect, button) {
    const lengthSeconds = defect.endSeconds === undefined ? undefined : defect.endSeconds - defect.startSeconds;
    const details = [
      `${defect.medium} track ${defect.track}`,
      defect.confidence < 1 ? `confidence ${Math.round(defect.confidence * 100)} %` : undefined,
      defect.region === undefined
        ? undefined
        : `region ${defect.region.width} × ${defect.region.height} at ${defect.region.x}, ${defect.region.y}`,
      `detector ${defect.detector.name} ${defect.detector.version}`,
    ];
    const head = (text, attributes = { class: "number", scope: "col" }) => element("th", attributes, text);
    return element(
      "article",
      { class: `card ${defect.severity}` },
      picturesOf(defect, button === undefined),
      element(
        "div",
        { class: "body" },
        element("h3", {}, element("span", { class: "severity" }, defect.severity), titleOf(defect.type), button),
        types[defect.type] === undefined ? undefined : element("p", { class: "summary" }, types[defect.type].summary),
        element(
          "p",
          { class: "when" },
          timeOf(defect),
          lengthSeconds ? element("span", {}, ` · ${short(lengthSeconds)} s`) : "",
          defect.startTimecode === undefined ? "" : element("span", { class: "timecode" }, `Timecode ${defect.startTimecode}`),
        ),
        element(
          "table",
          {},
          element("thead", {}, element("tr", {}, element("td"), head("measured"), head("limit"))),
          element("tbody", {}, valueRows(defect, button === undefined)),
        ),
        element(
          "p",
          { class: "foot" },
          details.filter((detail) => detail !== undefined).join(" · "),
          defect.evidence?.clip === undefined ? "" : element("a", { href: defect.evidence.clip }, " clip"),
        ),
      ),
    );
  }

  Object.assign(page, { cardOf });
}
