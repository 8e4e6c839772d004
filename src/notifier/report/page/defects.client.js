"use strict";
/* The report page, part 3: a card for each defect. */
{
  const { page } = globalThis;
  const { report, lanes, pictures, summaries, severities, hiddenSeverities, isShown, plots } = page;
  const { byId, element, plural, titleOf, clock, short, splitName, setView, drawTimeline, timeOf } = page;
  const { defects, verdict } = report;
  const numberOf = (severity) => defects.filter((defect) => defect.severity === severity).length;

  /** `minimumDarkRatio` limits `darkRatio` from below: the name of what is limited, and how. */
  function limitOf(name) {
    const [, bound, rest] = /^(minimum|maximum)([A-Z].*)$/.exec(name) ?? [];
    if (bound === undefined) return [name, ""];
    return [
      rest === "Seconds" ? "durationSeconds" : rest.charAt(0).toLowerCase() + rest.slice(1),
      bound === "minimum" ? "≥ " : "≤ ",
    ];
  }

  function valueRows(defect) {
    const limits = new Map(
      Object.entries(defect.threshold).map(([name, value]) => [limitOf(name)[0], [limitOf(name)[1], value]]),
    );
    const names = [...new Set([...Object.keys(defect.measured), ...limits.keys()])];
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

  function picturesOf(defect) {
    const own = pictures[defect.id];
    if (own === undefined) return undefined;
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
    );
  }

  function cardOf(defect, index) {
    const lengthSeconds = defect.endSeconds === undefined ? undefined : defect.endSeconds - defect.startSeconds;
    const lead = Math.max(2, (lengthSeconds ?? 0) * 0.75);
    const zoom = () => {
      setView(defect.startSeconds - lead, (defect.endSeconds ?? defect.startSeconds) + lead);
      byId(lanes.length > 0 ? "plots-section" : "timeline-section").scrollIntoView({ behavior: "smooth" });
    };
    const details = [
      `${defect.medium} track ${defect.track}`,
      defect.confidence < 1 ? `confidence ${Math.round(defect.confidence * 100)} %` : undefined,
      defect.region === undefined
        ? undefined
        : `region ${defect.region.width} × ${defect.region.height} at ${defect.region.x}, ${defect.region.y}`,
      `detector ${defect.detector.name} ${defect.detector.version}`,
    ];
    return element(
      "article",
      { class: `card ${defect.severity}`, id: `defect-${index}`, tabindex: "-1" },
      picturesOf(defect),
      element(
        "div",
        { class: "body" },
        element(
          "h3",
          {},
          element("span", { class: "severity" }, defect.severity),
          titleOf(defect.type),
          element("button", { type: "button", onclick: zoom, title: "Zoom timeline and plots to this defect" }, "Zoom"),
        ),
        summaries[defect.type] === undefined ? undefined : element("p", { class: "summary" }, summaries[defect.type]),
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
          element(
            "thead",
            {},
            element(
              "tr",
              {},
              element("th"),
              element("th", { class: "number" }, "measured"),
              element("th", { class: "number" }, "limit"),
            ),
          ),
          element("tbody", {}, valueRows(defect)),
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

  function drawDefects() {
    byId("cards").replaceChildren(...defects.map(cardOf));
    if (defects.length === 0)
      byId("cards").append(
        element("p", { class: "panel empty" }, verdict === "error" ? "The input could not be judged." : "No defects found."),
      );
    byId("chips").replaceChildren(
      ...severities
        .filter((severity) => numberOf(severity) > 0)
        .map((severity) =>
          element(
            "button",
            {
              type: "button",
              class: `chip ${severity}`,
              "aria-pressed": "true",
              title: `Show or hide ${severity}`,
              onclick: (event) => toggle(severity, event.currentTarget),
            },
            severity === "info" || severity === "critical"
              ? `${numberOf(severity)} ${severity}`
              : plural(numberOf(severity), severity),
          ),
        ),
    );
  }

  function toggle(severity, chip) {
    if (!hiddenSeverities.delete(severity)) hiddenSeverities.add(severity);
    chip.setAttribute("aria-pressed", String(!hiddenSeverities.has(severity)));
    defects.forEach((defect, index) => {
      byId(`defect-${index}`).hidden = !isShown(defect);
    });
    drawTimeline();
    for (const plot of plots) plot.redraw();
  }

  function select(index) {
    byId(`defect-${page.current}`)?.classList.remove("current");
    page.current = index;
    const card = byId(`defect-${index}`);
    card.classList.add("current");
    card.focus({ preventScroll: true });
    card.scrollIntoView({ block: "center", behavior: "smooth" });
    drawTimeline();
  }

  document.addEventListener("keydown", (event) => {
    const step = { j: 1, k: -1 }[event.key];
    if (step === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    for (let index = Math.max(page.current, step < 0 ? 0 : -1) + step; index >= 0 && index < defects.length; index += step) {
      if (isShown(defects[index])) return select(index);
    }
  });

  Object.assign(page, { select, drawDefects });
}
