"use strict";
/* The report page, part 2: one time axis for all, and the defects on it. */
{
  const { page } = globalThis;
  const { report, durationSeconds, byId, element, titleOf, clock, isShown, plots } = page;
  const { defects } = report;
  /** Media has a length, even if nothing is known of it: a view of no length could not be drawn. */
  const wholeSeconds = Math.max(durationSeconds, 0.001);
  page.view = { from: 0, to: wholeSeconds };
  page.current = -1;

  function setView(from, to) {
    const length = Math.min(wholeSeconds, Math.max(to - from, 0.05));
    const start = Math.min(Math.max(0, from), wholeSeconds - length);
    page.view = { from: start, to: start + length };
    byId("reset").hidden = length >= wholeSeconds;
    drawTimeline();
    for (const plot of plots) plot.setScale("x", { min: page.view.from, max: page.view.to });
  }
  const showAll = () => setView(0, durationSeconds);
  const share = (seconds) => (seconds - page.view.from) / (page.view.to - page.view.from);

  function ticks() {
    const steps = [0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200];
    const most = Math.min(9, Math.max(3, Math.floor(innerWidth / 130)));
    const step = steps.find((candidate) => (page.view.to - page.view.from) / candidate <= most) ?? 14400;
    const first = Math.ceil(page.view.from / step - 1e-9);
    const count = Math.floor(page.view.to / step + 1e-9) - first + 1;
    return Array.from({ length: count }, (_, index) => ({
      seconds: (first + index) * step,
      text: clock((first + index) * step, step < 1 ? 2 : 0),
    }));
  }

  const timeOf = (defect) =>
    defect.endSeconds === undefined || defect.endSeconds === defect.startSeconds
      ? clock(defect.startSeconds)
      : `${clock(defect.startSeconds)} – ${clock(defect.endSeconds)}`;

  function spanOf(defect) {
    const left = share(defect.startSeconds);
    const right = share(defect.endSeconds ?? durationSeconds);
    const index = defects.indexOf(defect);
    const label = `${titleOf(defect.type)}, ${defect.severity}, ${timeOf(defect)}`;
    const span = element("button", {
      type: "button",
      class: `span ${defect.severity}${index === page.current ? " current" : ""}`,
      title: label,
      "aria-label": label,
      onclick: () => page.select(index),
    });
    // A defect at the very end is still wide enough to be hit.
    span.style.left = `min(${left * 100}%, 100% - 6px)`;
    span.style.width = `${Math.max(0, right - left) * 100}%`;
    return span;
  }

  function drawTimeline() {
    if (report.media === undefined && defects.length === 0) return;
    byId("timeline-section").hidden = false;
    const types = [...new Set(defects.filter(isShown).map(({ type }) => type))].sort();
    const rows = types.map((type) =>
      element(
        "div",
        { class: "row" },
        element("span", { class: "name" }, titleOf(type)),
        element("div", { class: "track" }, defects.filter((defect) => defect.type === type && isShown(defect)).map(spanOf)),
      ),
    );
    if (rows.length === 0)
      rows.push(
        element("div", { class: "row" }, element("span", { class: "name" }, "No defects"), element("div", { class: "track" })),
      );
    const axis = element(
      "div",
      { class: "track" },
      ticks().map(({ seconds, text }) => {
        const tick = element("span", {}, text);
        tick.style.left = `${share(seconds) * 100}%`;
        return tick;
      }),
    );
    byId("timeline").replaceChildren(...rows, element("div", { class: "row axis" }, element("span"), axis));
  }

  function showTime(seconds) {
    byId("timeline")
      .querySelectorAll(".now")
      .forEach((line) => line.remove());
    byId("cursor-time").textContent = seconds === undefined ? "" : clock(seconds);
    if (seconds === undefined) return;
    for (const track of byId("timeline").querySelectorAll(".row:not(.axis) .track")) {
      const line = element("div", { class: "now" });
      line.style.left = `${share(seconds) * 100}%`;
      track.append(line);
    }
  }

  byId("timeline").addEventListener("pointermove", (event) => {
    const track = byId("timeline").querySelector(".track").getBoundingClientRect();
    const seconds = page.view.from + ((event.clientX - track.left) / track.width) * (page.view.to - page.view.from);
    const isInside = seconds >= page.view.from && seconds <= page.view.to;
    showTime(isInside ? seconds : undefined);
    for (const plot of plots) plot.setCursor({ left: isInside ? plot.valToPos(seconds, "x") : -10, top: 4 }, false);
  });
  byId("timeline").addEventListener("pointerleave", () => showTime(undefined));
  byId("reset").addEventListener("click", showAll);

  Object.assign(page, { setView, showAll, drawTimeline, showTime, timeOf });
}
