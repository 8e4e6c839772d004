"use strict";
/* The report page, part 6: plots over time, as lines or as bands from the least to the largest value. */
{
  const { page } = globalThis;
  const { report, lanes, types, endSeconds, element, moment, short, isShown, setView, showAll, showTime, follow } = page;
  const plots = new Set();
  const height = 104;
  /** Plots follow the view only while somebody can see them: there may be a hundred. */
  const seen = new Set();
  const plotOf = new WeakMap();
  const inSight = new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries) {
        const plot = plotOf.get(target);
        if (isIntersecting) {
          seen.add(plot);
          update(plot);
        } else seen.delete(plot);
      }
    },
    { rootMargin: "200px" },
  );

  const color = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  /** The values of a signal: two bytes each, steps between its least and largest value, the last step for what is missing. */
  function unpack(packed, { least, largest }) {
    const bytes = Uint8Array.from(atob(packed), (letter) => letter.charCodeAt(0));
    const steps = new Uint16Array(bytes.buffer);
    return Array.from(steps, (step) => (step === 65535 ? null : least + ((largest - least) * step) / 65534));
  }

  function valuesOf(signal) {
    signal.values ??= {
      minimum: unpack(signal.minimum, signal),
      maximum: unpack(signal.maximum ?? signal.minimum, signal),
      isBand: signal.maximum !== undefined,
    };
    return signal.values;
  }

  /** Shades what was found by these signals behind the lines. */
  function shade(plot, defects) {
    const { ctx, bbox } = plot;
    ctx.save();
    ctx.globalAlpha = 0.16;
    const filledTo = { critical: -1, error: -1, warning: -1, info: -1 };
    const fills = Object.fromEntries(page.severities.map((severity) => [severity, color(`--${severity}-fill`)]));
    for (const defect of defects) {
      if (!isShown(defect)) continue;
      const from = Math.max(bbox.left, filledTo[defect.severity], plot.valToPos(defect.startSeconds, "x", true));
      const to = Math.min(bbox.left + bbox.width, plot.valToPos(defect.endSeconds ?? endSeconds, "x", true));
      if (to < bbox.left || from > bbox.left + bbox.width) continue;
      ctx.fillStyle = fills[defect.severity];
      const right = Math.max(from + 2, to);
      ctx.fillRect(from, bbox.top, right - from, bbox.height);
      filledTo[defect.severity] = right;
    }
    ctx.restore();
  }

  function drawLevels(plot, levels) {
    const { ctx, bbox } = plot;
    ctx.save();
    ctx.strokeStyle = color("--error");
    ctx.lineWidth = devicePixelRatio || 1;
    ctx.setLineDash([6, 4]);
    for (const { value } of levels) {
      const y = plot.valToPos(value, "y", true);
      if (y < bbox.top || y > bbox.top + bbox.height) continue;
      ctx.beginPath();
      ctx.moveTo(bbox.left, y);
      ctx.lineTo(bbox.left + bbox.width, y);
      ctx.stroke();
    }
    ctx.restore();
  }

  /** A little air around the values, and never an empty range. */
  function rangeOf(least, largest, signals, levels) {
    if (least === null || largest === null) return [0, 1];
    // Silence has no level: its floor would press all that can be heard into a stripe.
    const isLevel = signals.every(({ unit }) => /^(?:lufs|dbfs|dbtp)$/i.test(unit ?? ""));
    const low = Math.min(isLevel && largest > -60 ? Math.max(least, -70) : least, ...levels.map(({ value }) => value));
    const high = Math.max(largest, ...levels.map(({ value }) => value));
    const air = high > low ? (high - low) * 0.08 : Math.max(Math.abs(high) * 0.1, 0.5);
    return [low - air, high + air];
  }

  /**
   * One plot of one or several signals of a lane, with its names beside it.
   * @param lines [{ signal, label, color, top }]: `top` draws the largest values alone
   * @param levels [{ value, label }]: limits, as broken lines
   */
  function makePlot(parent, lane, lines, levels = []) {
    const signals = lines.map(({ signal }) => signal);
    const names = new Set(signals.map(({ name }) => name));
    const defects = report.defects.filter(
      ({ type, medium, track }) =>
        types[type]?.signals.some((name) => names.has(name)) &&
        (medium !== "audio" || lane.name !== "sound" || track === lane.track),
    );
    const outputs = lines.map(() => element("output"));
    const holder = element("div", { class: "canvas" });
    const name = element(
      "div",
      { class: "name" },
      lines.map(({ signal, label, color: ink }, index) => {
        const words = element("div", {}, label, element("small", {}, signal.unit ?? ""), outputs[index]);
        words.style.setProperty("--ink-of-line", `var(${ink ?? "--plot"})`);
        return words;
      }),
      levels.map(({ label }) => element("small", { class: "level" }, label)),
    );
    const title = signals.map((signal) => signal.meaning ?? signal.name).join("\n");
    const box = element(
      "div",
      { class: "plot", title, role: "img", "aria-label": `Plot of ${signals.map((one) => one.name).join(", ")}` },
      name,
      holder,
    );
    parent.append(box);

    const series = [{}];
    const bands = [];
    const data = [lane.seconds];
    for (const { signal, color: ink = "--plot", top, width = 1.25 } of lines) {
      const line = { stroke: () => color(ink), width, spanGaps: false, points: { show: false } };
      const { minimum, maximum, isBand } = valuesOf(signal);
      series.push(line);
      data.push(maximum);
      if (!isBand || top) continue;
      series.push(line);
      data.push(minimum);
      bands.push({ series: [series.length - 2, series.length - 1], fill: () => color("--plot-fill") });
    }
    const axisLook = {
      stroke: () => color("--soft"),
      grid: { stroke: () => color("--grid"), width: 1 },
      ticks: { show: false },
      font: "11px system-ui, sans-serif",
    };
    const plot = new uPlot(
      {
        width: holder.clientWidth,
        height,
        padding: [6, 18, 0, 0],
        legend: { show: false },
        scales: {
          x: { time: false, auto: false, min: page.view.from, max: page.view.to },
          y: { range: (_plot, least, largest) => rangeOf(least, largest, signals, levels) },
        },
        axes: [
          {
            ...axisLook,
            size: 22,
            space: 80,
            values: (_plot, values) => values.map((value) => moment(value, page.view.to - page.view.from < 9 ? 1 : 0)),
          },
          { ...axisLook, size: 52, space: 26, values: (_plot, values) => values.map(short) },
        ],
        series,
        bands,
        cursor: { drag: { x: true, y: false, setScale: false }, points: { show: false }, bind: { dblclick: () => showAll } },
        hooks: {
          drawClear: [(own) => shade(own, defects)],
          draw: [(own) => drawLevels(own, levels)],
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
              const { idx } = own.cursor;
              lines.forEach(({ signal, top }, index) => {
                const { minimum, maximum } = valuesOf(signal);
                const [low, high] = idx === null || idx === undefined ? [] : [minimum[idx], maximum[idx]];
                outputs[index].textContent =
                  high === undefined || high === null ? "" : low === high || top ? short(high) : `${short(low)} … ${short(high)}`;
              });
            },
          ],
        },
      },
      data,
      holder,
    );
    plots.add(plot);
    const secondsAt = ({ clientX }) => plot.posToVal(clientX - plot.over.getBoundingClientRect().left, "x");
    plot.over.addEventListener("pointermove", (event) => {
      showTime(secondsAt(event));
      pointPlots(secondsAt(event), plot);
    });
    plot.over.addEventListener("pointerleave", () => {
      showTime(undefined);
      pointPlots(undefined, plot);
    });
    page.listenToWheel(plot.over, secondsAt);
    const sizes = new ResizeObserver(() => {
      if (holder.clientWidth > 0) plot.setSize({ width: holder.clientWidth, height });
    });
    sizes.observe(holder);
    inSight.observe(holder);
    plotOf.set(holder, plot);
    return () => {
      sizes.disconnect();
      inSight.unobserve(holder);
      plots.delete(plot);
      seen.delete(plot);
      plot.destroy();
      box.remove();
    };
  }

  /** Moves the cursor of all plots but the one that the pointer is in. */
  function pointPlots(seconds, besides) {
    for (const plot of seen) {
      if (plot !== besides) plot.setCursor({ left: seconds === undefined ? -10 : plot.valToPos(seconds, "x"), top: 4 });
    }
  }

  const redrawPlots = () => plots.forEach((plot) => plot.redraw());

  const isUpToDate = ({ scales: { x } }) => x.min === page.view.from && x.max === page.view.to;
  const update = (plot) => {
    if (!isUpToDate(plot)) plot.setScale("x", { min: page.view.from, max: page.view.to });
  };

  /** The lanes and signals that a detector has read. */
  function signalsOf({ type, medium, track }) {
    const wanted = types[type]?.signals ?? [];
    return lanes
      .filter((lane) => medium !== "audio" || lane.name !== "sound" || lane.track === track)
      .flatMap((lane) => lane.signals.filter(({ name }) => wanted.includes(name)).map((signal) => ({ lane, signal })));
  }

  follow(() => {
    for (const plot of seen) update(plot);
  });

  Object.assign(page, { makePlot, pointPlots, redrawPlots, signalsOf });
}
