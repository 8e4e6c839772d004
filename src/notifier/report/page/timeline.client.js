"use strict";
/* The report page, part 3: the defects on the time axis, a row for each type. */
{
  const { page } = globalThis;
  const { report, startSeconds, endSeconds, severities, byId, element, plural, titleOf, moment, timeOf, hidden, isShown } = page;
  const wholeSeconds = endSeconds - startSeconds;
  const { follow, draw, setView, zoomTo, share, ticks, listenToWheel } = page;
  const { defects } = report;
  const timeline = byId("timeline");
  const leastPixels = 7;
  /** Defects that touch are one mark up to this width: a longer one would say nothing of where they are. */
  const joinedPixels = 28;
  page.current = -1;

  const rank = (type) =>
    Math.min(...defects.filter((defect) => defect.type === type).map(({ severity }) => severities.indexOf(severity)));
  /** The gravest types first, and by name. */
  const rows = [...new Set(defects.map(({ type }) => type))]
    .sort()
    .map((type) => ({ type, rank: rank(type) }))
    .sort((one, other) => one.rank - other.rank)
    .map(({ type }) => ({ type, track: element("div", { class: "track" }) }));
  const axis = element("div", { class: "track" });

  /** Defects of one row that lie in the view, joined where they would touch on the screen. */
  function marksOf(type, width) {
    const marks = [];
    defects.forEach((defect, index) => {
      if (defect.type !== type || !isShown(defect)) return;
      const [left, right] = [share(defect.startSeconds) * width, share(defect.endSeconds ?? endSeconds) * width];
      if (right < 0 || left > width) return;
      const from = Math.min(left, width - leastPixels);
      const mark = { from, to: Math.max(right, from + leastPixels), members: [index] };
      const last = marks.at(-1);
      const isTouching = last !== undefined && mark.from < last.to + 1;
      if (isTouching && (mark.to <= last.to || mark.to - last.from <= joinedPixels)) {
        last.members.push(index);
        last.to = Math.max(last.to, mark.to);
      } else {
        if (isTouching) mark.from = last.to + 1;
        mark.to = Math.max(mark.to, mark.from + leastPixels);
        marks.push(mark);
      }
    });
    return marks;
  }

  /** Several defects are taken apart by zooming, as long as that helps; then one after the other is selected. */
  function choose(members) {
    const from = Math.min(...members.map((index) => defects[index].startSeconds));
    const to = Math.max(...members.map((index) => defects[index].endSeconds ?? endSeconds));
    const apart = (to - from) * 1.4;
    if (members.length > 1 && apart < page.view.to - page.view.from) setView(from - (to - from) * 0.2, to + (to - from) * 0.2);
    else page.select(members[(members.indexOf(page.current) + 1) % members.length]);
  }

  function buttonOf({ from, to, members }, type) {
    const worst = severities.find((severity) => members.some((index) => defects[index].severity === severity));
    const first = defects[members[0]];
    const label =
      members.length === 1
        ? `${titleOf(type)}, ${first.severity}, ${timeOf(first)}`
        : `${members.length} × ${titleOf(type)}, ${worst}, from ${moment(first.startSeconds)} on`;
    const isCurrent = members.includes(page.current);
    const button = element(
      "button",
      {
        type: "button",
        class: `span ${worst}${isCurrent ? " current" : ""}`,
        title: label,
        "aria-label": label,
        onclick: () => choose(members),
      },
      members.length > 1 && to - from > 22 ? String(members.length) : "",
    );
    // Shares, not pixels: on paper the row is of another width.
    button.style.left = `${(from / axis.clientWidth) * 100}%`;
    button.style.width = `${((to - from) / axis.clientWidth) * 100}%`;
    return button;
  }

  function toggleType(type) {
    if (!hidden.type.delete(type)) hidden.type.add(type);
    page.filterChanged();
  }

  function drawTimeline() {
    const width = axis.clientWidth;
    for (const { type, track, name } of rows) {
      name.setAttribute("aria-pressed", String(!hidden.type.has(type)));
      track.replaceChildren(...marksOf(type, width).map((mark) => buttonOf(mark, type)));
    }
    axis.replaceChildren(
      ...ticks().map(({ seconds, text }) => {
        const tick = element("span", {}, text);
        tick.style.left = `${share(seconds) * 100}%`;
        return tick;
      }),
    );
    const window = byId("window");
    window.style.left = `${((page.view.from - startSeconds) / wholeSeconds) * 100}%`;
    window.style.width = `${((page.view.to - page.view.from) / wholeSeconds) * 100}%`;
  }

  function makeTimeline() {
    if (report.media === undefined && defects.length === 0) return;
    byId("timeline-section").hidden = false;
    for (const row of rows) {
      const count = defects.filter(({ type }) => type === row.type).length;
      row.name = element(
        "button",
        { type: "button", class: "name", title: `Show or hide ${titleOf(row.type)}`, onclick: () => toggleType(row.type) },
        titleOf(row.type),
        element("small", {}, String(count)),
      );
      timeline.append(element("div", { class: "row" }, row.name, row.track));
    }
    if (rows.length === 0)
      timeline.append(
        element("div", { class: "row" }, element("span", { class: "name" }, "No defects"), element("div", { class: "track" })),
      );
    timeline.append(element("div", { class: "row axis" }, element("span"), axis));
    const overview = element("div", { class: "overview", "aria-hidden": "true" }, element("div", { id: "window" }));
    for (const defect of defects) {
      const mark = element("i", { class: defect.severity });
      mark.style.left = `${((defect.startSeconds - startSeconds) / wholeSeconds) * 100}%`;
      if (defects.length <= 500) overview.append(mark);
    }
    timeline.append(element("div", { class: "row" }, element("span"), overview));
    listenToOverview(overview);
    follow(drawTimeline);
  }

  const secondsAt = ({ clientX }) => {
    const { left, width } = axis.getBoundingClientRect();
    return page.view.from + ((clientX - left) / width) * (page.view.to - page.view.from);
  };

  /** A line through all that is drawn, where the pointer is. */
  function showTime(seconds) {
    const line = byId("now");
    const isInside = seconds !== undefined && seconds >= page.view.from && seconds <= page.view.to;
    line.hidden = !isInside;
    byId("cursor-time").textContent = isInside ? moment(seconds) : "";
    if (isInside) line.style.left = `${axis.offsetLeft + share(seconds) * axis.clientWidth}px`;
  }

  timeline.addEventListener("pointermove", (event) => {
    showTime(secondsAt(event));
    page.pointPlots(secondsAt(event));
  });
  timeline.addEventListener("pointerleave", () => {
    showTime(undefined);
    page.pointPlots(undefined);
  });
  listenToWheel(timeline, secondsAt);

  /** What is dragged over is zoomed to. */
  timeline.addEventListener("pointerdown", (down) => {
    if (down.button !== 0 || down.pointerType === "touch" || down.target.closest("button, .overview")) return;
    down.preventDefault();
    const start = secondsAt(down);
    const box = byId("dragged");
    const edges = (event) =>
      [start, secondsAt(event)].map((seconds) => Math.min(page.view.to, Math.max(page.view.from, seconds)));
    const move = (event) => {
      const [from, to] = edges(event).sort((one, other) => one - other);
      box.hidden = false;
      box.style.left = `${axis.offsetLeft + share(from) * axis.clientWidth}px`;
      box.style.width = `${(share(to) - share(from)) * axis.clientWidth}px`;
    };
    const up = (event) => {
      removeEventListener("pointermove", move);
      box.hidden = true;
      const [from, to] = edges(event).sort((one, other) => one - other);
      if ((share(to) - share(from)) * axis.clientWidth > 4) setView(from, to);
    };
    addEventListener("pointermove", move);
    addEventListener("pointerup", up, { once: true });
  });
  timeline.addEventListener("dblclick", (event) => {
    if (!event.target.closest("button")) page.showAll();
  });

  /** The window over the whole is moved with the pointer. */
  function listenToOverview(overview) {
    overview.addEventListener("pointerdown", (down) => {
      overview.setPointerCapture(down.pointerId);
      const move = (event) => {
        const { left, width } = overview.getBoundingClientRect();
        const middle = startSeconds + ((event.clientX - left) / width) * wholeSeconds;
        const length = page.view.to - page.view.from;
        setView(middle - length / 2, middle + length / 2);
      };
      move(down);
      overview.addEventListener("pointermove", move);
      overview.addEventListener("pointerup", () => overview.removeEventListener("pointermove", move), { once: true });
    });
  }

  Object.assign(page, { makeTimeline, showTime, zoomTo });
}
