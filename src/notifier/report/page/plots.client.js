"use strict";
/* The report page, part 4: plots of the signals, as bands from the least to the largest value. */
{
  const { page } = globalThis;
  const {
    report,
    lanes,
    durationSeconds,
    plots,
    byId,
    element,
    plural,
    titleOf,
    clock,
    short,
    isShown,
    setView,
    showAll,
    showTime,
  } = page;
  const { defects } = report;

  const color = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  /** Shades the defects in view behind the line. */
  function shade(plot) {
    const { ctx, bbox } = plot;
    ctx.save();
    ctx.globalAlpha = 0.16;
    for (const defect of defects.filter(isShown)) {
      const left = Math.max(bbox.left, plot.valToPos(defect.startSeconds, "x", true));
      const right = Math.min(bbox.left + bbox.width, plot.valToPos(defect.endSeconds ?? durationSeconds, "x", true));
      if (right < bbox.left || left > bbox.left + bbox.width) continue;
      ctx.fillStyle = color(`--${defect.severity}-fill`);
      ctx.fillRect(left, bbox.top, Math.max(2, right - left), bbox.height);
    }
    ctx.restore();
  }

  /** A little air around the values, and never an empty range. */
  function valueRange(_plot, least, largest) {
    if (least === null || largest === null) return [0, 1];
    const air = largest > least ? (largest - least) * 0.08 : Math.max(Math.abs(largest) * 0.1, 0.5);
    return [least - air, largest + air];
  }

  function plotSignal(lane, signal, holder, output) {
    const line = { stroke: () => color("--plot"), width: 1.25, spanGaps: false, points: { show: false } };
    const axis = {
      stroke: () => color("--soft"),
      grid: { stroke: () => color("--grid"), width: 1 },
      ticks: { show: false },
      font: "11px system-ui, sans-serif",
    };
    const isBand = signal.maximum !== undefined;
    const plot = new uPlot(
      {
        width: holder.clientWidth,
        height: 104,
        padding: [6, 18, 0, 0],
        legend: { show: false },
        scales: { x: { time: false, auto: false, min: page.view.from, max: page.view.to }, y: { range: valueRange } },
        axes: [
          {
            ...axis,
            size: 22,
            space: 80,
            values: (_plot, values) => values.map((value) => clock(value, page.view.to - page.view.from < 9 ? 1 : 0)),
          },
          { ...axis, size: 52, space: 26, values: (_plot, values) => values.map(short) },
        ],
        series: [{}, line, ...(isBand ? [line] : [])],
        bands: isBand ? [{ series: [2, 1], fill: () => color("--plot-fill") }] : [],
        cursor: {
          sync: { key: "time", scales: ["x", null] },
          drag: { x: true, y: false, setScale: false },
          points: { show: false },
          bind: { dblclick: () => showAll },
        },
        hooks: {
          drawClear: [shade],
          setSelect: [
            (own) => {
              if (own.select.width < 4) return;
              const [from, to] = [own.posToVal(own.select.left, "x"), own.posToVal(own.select.left + own.select.width, "x")];
              own.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
              setView(from, to);
            },
          ],
          setCursor: [
            (own) => {
              const { idx, left } = own.cursor;
              const [low, high] =
                idx === null || idx === undefined ? [] : [signal.minimum[idx], (signal.maximum ?? signal.minimum)[idx]];
              output.textContent =
                low === undefined || low === null ? "" : low === high ? short(low) : `${short(low)} … ${short(high)}`;
              if (own === plots[0]) showTime(left >= 0 ? own.posToVal(left, "x") : undefined);
            },
          ],
        },
      },
      [lane.seconds, signal.minimum, ...(isBand ? [signal.maximum] : [])],
      holder,
    );
    plots.push(plot);
    new ResizeObserver(() => plot.setSize({ width: holder.clientWidth, height: 104 })).observe(holder);
  }

  function groupOf(lane, prefix, signals, isOpen) {
    const place = { picture: "every frame", stills: "12.5 per second", sound: `sound track ${lane.track}`, models: "models" }[
      lane.name
    ];
    const group = element(
      "details",
      { class: "panel group" },
      element("summary", {}, titleOf(prefix), element("small", {}, `${place} · ${plural(signals.length, "signal")}`)),
    );
    // Plots are made when they are first seen: a canvas has no size before, and most groups stay closed.
    group.addEventListener("toggle", () => {
      if (group.querySelector(".plot") !== null) return;
      for (const signal of signals) {
        const holder = element("div", { class: "canvas" });
        const output = element("output");
        const name = signal.name.slice(prefix.length + 1) || signal.name;
        group.append(
          element(
            "div",
            { class: "plot", title: signal.meaning ?? signal.name },
            element("div", { class: "name" }, name, element("small", {}, signal.unit ?? ""), output),
            holder,
          ),
        );
        plotSignal(lane, signal, holder, output);
      }
    });
    group.open = isOpen;
    return group;
  }

  function drawPlots() {
    const groups = lanes.flatMap((lane) => {
      const prefixes = [...new Set(lane.signals.map(({ name }) => name.split(".")[0]))];
      return prefixes.map((prefix) => ({
        lane,
        prefix,
        signals: lane.signals.filter(({ name }) => name.split(".")[0] === prefix),
      }));
    });
    byId("plots-section").hidden = groups.length === 0;
    let shown = 0;
    byId("plots").append(
      ...groups.map(({ lane, prefix, signals }) => {
        const isOpen = shown < 8;
        shown += signals.length;
        return groupOf(lane, prefix, signals, isOpen);
      }),
    );
  }

  Object.assign(page, { drawPlots });
}
