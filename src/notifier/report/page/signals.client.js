"use strict";
/* The report page, part 7: all signals, in groups by what they measure. */
{
  const { page } = globalThis;
  const { report, lanes, types, byId, element, plural, titleOf, makePlot } = page;
  /** So many plots are open at first: those of what was found. */
  const openAtFirst = 6;

  function groupOf({ lane, prefix, signals, isFound }, isOpen) {
    const place = { picture: "every frame", stills: "12.5 per second", sound: `sound track ${lane.track}`, models: "models" }[
      lane.name
    ];
    const group = element(
      "details",
      { class: "panel group" },
      element(
        "summary",
        {},
        titleOf(prefix.replace(/([A-Z])/g, (letter) => `-${letter.toLowerCase()}`)),
        element("small", {}, `${place} · ${plural(signals.length, "signal")}`),
        isFound ? element("small", { class: "found" }, "defects found by it") : "",
      ),
    );
    // Plots are made when they are first seen: a canvas has no size before, and most groups stay closed.
    group.addEventListener("toggle", () => {
      if (!group.open || group.querySelector(".plot") !== null) return;
      for (const signal of signals)
        makePlot(group, lane, [{ signal, label: signal.name.slice(prefix.length + 1) || signal.name }]);
    });
    group.open = isOpen;
    return group;
  }

  function drawSignals() {
    const found = new Set(report.defects.flatMap(({ type }) => types[type]?.signals ?? []));
    const groups = lanes.flatMap((lane) => {
      const prefixes = [...new Set(lane.signals.map(({ name }) => name.split(".")[0]))];
      return prefixes.map((prefix) => {
        const signals = lane.signals.filter(({ name }) => name.split(".")[0] === prefix);
        return { lane, prefix, signals, isFound: signals.some(({ name }) => found.has(name)) };
      });
    });
    byId("signals-section").hidden = groups.length === 0;
    let shown = 0;
    byId("signals").append(
      ...groups
        .sort((one, other) => Number(other.isFound) - Number(one.isFound))
        .map((group) => {
          shown += group.signals.length;
          return groupOf(group, (group.isFound || report.defects.length === 0) && shown <= openAtFirst);
        }),
    );
  }

  Object.assign(page, { drawSignals });
}
