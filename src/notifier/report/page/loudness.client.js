"use strict";
/* The report page, part 10: the programme as a whole: its loudness, and how much there is to see. */
{
  const { page } = globalThis;
  const { report, lanes, byId, element, makePlot } = page;
  const limits = report.loudnessLimits ?? {};

  const columns = [
    ["integratedLufs", "Integrated", "LUFS"],
    ["rangeLu", "Range", "LU"],
    ["maxMomentaryLufs", "Max momentary", "LUFS"],
    ["maxShortTermLufs", "Max short-term", "LUFS"],
    ["truePeakDbtp", "Max true peak", "dBTP"],
  ];
  const maximumOf = {
    rangeLu: limits.maximumRangeLu,
    maxShortTermLufs: limits.maximumShortTermLufs,
    truePeakDbtp: limits.maximumTruePeakDbtp,
  };

  /** What the policy asks of a value, in words; undefined where it asks nothing. */
  function limitOf(name) {
    if (name === "integratedLufs" && limits.targetLufs !== undefined) return `${limits.targetLufs} ± ${limits.toleranceLu ?? 0}`;
    return maximumOf[name] === undefined ? undefined : `≤ ${maximumOf[name]}`;
  }

  /** Levels are judged to two decimals: what meters round to the limit passes. */
  function isOff(name, value) {
    if (name === "integratedLufs" && limits.targetLufs !== undefined)
      return Math.abs(value - limits.targetLufs) > (limits.toleranceLu ?? 0) + 0.005;
    return maximumOf[name] !== undefined && value > maximumOf[name] + 0.005;
  }

  function cellOf(name, value, unit) {
    if (value === undefined) return element("td", { class: "number" }, "–");
    const off = isOff(name, value);
    return element(
      "td",
      { class: off ? "number off" : "number" },
      `${value.toFixed(1)} ${unit}`,
      off ? element("small", {}, "off") : "",
    );
  }

  function loudnessTable() {
    const shown = columns.filter(([name]) => report.loudness.some((track) => track[name] !== undefined));
    if (shown.length === 0) return undefined;
    const isLimited = shown.some(([name]) => limitOf(name) !== undefined);
    const row = (name, cells) => element("tr", {}, element("th", { scope: "row" }, name), cells);
    return element(
      "table",
      { class: "loudness" },
      element(
        "thead",
        {},
        element(
          "tr",
          {},
          element("td"),
          shown.map(([, title]) => element("th", { class: "number", scope: "col" }, title)),
        ),
      ),
      element(
        "tbody",
        {},
        report.loudness.map((track) =>
          row(
            `Track ${track.track}`,
            shown.map(([name, , unit]) => cellOf(name, track[name], unit)),
          ),
        ),
        isLimited
          ? row(
              "Policy",
              shown.map(([name]) => element("td", { class: "number" }, limitOf(name) ?? "–")),
            )
          : undefined,
      ),
    );
  }

  function panelOf(title, children, isOpen = true) {
    return element("details", { class: "panel group", ...(isOpen ? { open: "" } : {}) }, element("summary", {}, title), children);
  }

  const signalOf = (lane, name) => lane.signals.find((signal) => signal.name === name);

  function drawLoudness(parent) {
    const table = loudnessTable();
    const tracks = lanes.filter((lane) => lane.name === "sound" && signalOf(lane, "loudness.shortTermLufs") !== undefined);
    if (table === undefined && tracks.length === 0) return;
    const panel = panelOf("Loudness", table);
    parent.append(panel);
    const levels =
      limits.targetLufs === undefined ? [] : [{ value: limits.targetLufs, label: `target ${limits.targetLufs} LUFS` }];
    for (const lane of tracks) {
      const lines = [
        ["loudness.momentaryLufs", "--plot-faint", tracks.length > 1 ? `Track ${lane.track} momentary` : "Momentary"],
        ["loudness.shortTermLufs", "--plot", tracks.length > 1 ? `Track ${lane.track} short-term` : "Short-term"],
      ]
        .map(([name, color, label]) => ({ signal: signalOf(lane, name), color, label, top: true }))
        .filter(({ signal }) => signal !== undefined);
      makePlot(panel, lane, lines, levels);
    }
  }

  function drawInformation(parent) {
    const lane = lanes.find((candidate) => signalOf(candidate, "si.value") !== undefined);
    if (lane === undefined) return;
    const panel = panelOf("Detail and motion");
    parent.append(panel);
    const lines = [
      { signal: signalOf(lane, "si.value"), label: "SI, detail" },
      { signal: signalOf(lane, "ti.value"), label: "TI, motion", color: "--plot-second" },
    ].filter(({ signal }) => signal !== undefined);
    makePlot(panel, lane, lines);
  }

  function drawProgramme() {
    const parent = byId("programme");
    // Plots measure the room that they have, so it must be there first.
    byId("programme-section").hidden = false;
    drawLoudness(parent);
    drawInformation(parent);
    byId("programme-section").hidden = parent.childElementCount === 0;
  }

  Object.assign(page, { drawProgramme });
}
