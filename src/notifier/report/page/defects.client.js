"use strict";
/* The report page, part 9: the list of defects, what of it is shown, and the one that is selected. */
{
  const { page } = globalThis;
  const { report, severities, byId, element, plural, titleOf, clock, moment, short, hidden, isShown, numberOf } = page;
  const { cardOf, makePlot, signalsOf, zoomTo, draw, redrawPlots } = page;
  const { defects, verdict } = report;
  /** More defects than these are listed by type. */
  const mostInOneList = 12;
  const cardsAtOnce = 24;
  const plotsOfDefect = 4;

  const mediaOf = [...new Set(defects.map(({ medium }) => medium))].sort();

  function listCard(index) {
    const show = () => {
      select(index);
      byId("timeline-section").scrollIntoView({ behavior: "smooth" });
    };
    const button = element("button", { type: "button", onclick: show, title: "Zoom to it, with its signals" }, "Show");
    const card = cardOf(defects[index], button);
    card.id = `defect-${index}`;
    card.classList.toggle("current", index === page.current);
    return card;
  }

  /** Appends some cards, and a button for the rest: thousands of cards at once would make any browser slow. */
  function fill(holder, indexes, from = 0) {
    const next = from + cardsAtOnce;
    holder.append(...indexes.slice(from, next).map(listCard));
    if (next >= indexes.length) return;
    const more = element(
      "button",
      { type: "button", class: "more" },
      `Show ${Math.min(cardsAtOnce, indexes.length - next)} more of ${indexes.length}`,
    );
    more.addEventListener("click", () => {
      more.remove();
      fill(holder, indexes, next);
    });
    holder.append(more);
  }

  function groupOf(type, indexes) {
    const members = indexes.map((index) => defects[index]);
    const worst = severities.find((severity) => members.some((defect) => defect.severity === severity));
    const totalSeconds = members.reduce((sum, { startSeconds, endSeconds = startSeconds }) => sum + endSeconds - startSeconds, 0);
    const cards = element("div", { class: "cards" });
    const group = element(
      "details",
      { class: `panel defect-group ${worst}` },
      element(
        "summary",
        {},
        element("span", { class: "severity" }, worst),
        element("strong", {}, titleOf(type)),
        element(
          "small",
          {},
          `${members.length} · ${clock(totalSeconds, 1)} in all · from ${moment(members[0].startSeconds, 0)} on`,
        ),
        element("small", { class: "meaning" }, page.types[type]?.summary ?? ""),
      ),
      cards,
    );
    group.addEventListener("toggle", () => {
      if (group.open && cards.childElementCount === 0) fill(cards, indexes);
    });
    return group;
  }

  function drawList() {
    const shown = defects.flatMap((defect, index) => (isShown(defect) ? [index] : []));
    const list = byId("cards");
    list.classList.toggle("cards", shown.length <= mostInOneList);
    list.replaceChildren();
    if (defects.length === 0 || shown.length === 0) {
      const text =
        defects.length > 0
          ? "All defects are hidden."
          : verdict === "error"
            ? "The input could not be judged."
            : "No defects found.";
      list.append(element("p", { class: "panel empty" }, text));
    } else if (shown.length <= mostInOneList) list.append(...shown.map(listCard));
    else {
      const rank = (index) => severities.indexOf(defects[index].severity);
      const byType = new Map();
      for (const index of shown) byType.set(defects[index].type, [...(byType.get(defects[index].type) ?? []), index]);
      const groups = [...byType].sort(
        ([, one], [, other]) => Math.min(...one.map(rank)) - Math.min(...other.map(rank)) || other.length - one.length,
      );
      list.append(...groups.map(([type, indexes]) => groupOf(type, indexes)));
    }
  }

  function chip(kind, value, text) {
    const made = element(
      "button",
      {
        type: "button",
        class: `chip ${value}`,
        "aria-pressed": "true",
        title: `Show or hide ${value}`,
        onclick: () => {
          if (!hidden[kind].delete(value)) hidden[kind].add(value);
          made.setAttribute("aria-pressed", String(!hidden[kind].has(value)));
          filterChanged();
        },
      },
      text,
    );
    return made;
  }

  function drawChips() {
    const found = severities.filter((severity) => numberOf(severity) > 0);
    byId("chips").replaceChildren(
      ...found.map((severity) =>
        chip(
          "severity",
          severity,
          severity === "info" || severity === "critical"
            ? `${numberOf(severity)} ${severity}`
            : plural(numberOf(severity), severity),
        ),
      ),
      ...(mediaOf.length < 2
        ? []
        : mediaOf.map((medium) =>
            chip(
              "medium",
              medium,
              { video: "picture", audio: "sound", av: "picture and sound", stream: "stream" }[medium] ?? medium,
            ),
          )),
    );
    const types = [...new Set(defects.map(({ type }) => type))].sort();
    const choice = byId("type");
    choice.hidden = types.length < 2;
    choice.append(
      element("option", { value: "" }, "All types"),
      ...types.map((type) => element("option", { value: type }, titleOf(type))),
    );
    choice.addEventListener("change", () => {
      hidden.type.clear();
      if (choice.value !== "") for (const type of types) if (type !== choice.value) hidden.type.add(type);
      filterChanged();
    });
  }

  function filterChanged() {
    const shownTypes = [...byId("type").options]
      .map(({ value }) => value)
      .filter((type) => type !== "" && !hidden.type.has(type));
    byId("type").value = shownTypes.length === 1 ? shownTypes[0] : "";
    drawList();
    draw();
    redrawPlots();
  }

  let forget = [];

  /** Shows one defect below the timeline, with the signals that its detector reads, and zooms to it; none where `index` is -1. */
  function select(index) {
    byId(`defect-${page.current}`)?.classList.remove("current");
    page.current = index;
    for (const remove of forget) remove();
    forget = [];
    const place = byId("selected");
    place.replaceChildren();
    place.hidden = index < 0;
    if (index < 0) return draw();
    const defect = defects[index];
    byId(`defect-${index}`)?.classList.add("current");
    const button = (text, title, act) => element("button", { type: "button", title, onclick: act }, text);
    place.append(
      element(
        "div",
        { class: "heading" },
        element("strong", {}, `Defect ${index + 1} of ${defects.length}`),
        button("← Previous", "Key k", () => step(-1)),
        button("Next →", "Key j", () => step(1)),
        button("Close", "Key Esc", () => select(-1)),
      ),
      cardOf(defect),
    );
    zoomTo(defect.startSeconds, defect.endSeconds ?? defect.startSeconds);
    const signals = signalsOf(defect).slice(0, plotsOfDefect);
    forget = signals.map(({ lane, signal }) => makePlot(place, lane, [{ signal, label: signal.name }]));
    draw();
  }

  function step(by) {
    for (let index = Math.max(page.current, by < 0 ? 0 : -1) + by; index >= 0 && index < defects.length; index += by) {
      if (isShown(defects[index])) return select(index);
    }
  }

  function drawDefects() {
    drawChips();
    drawList();
  }

  Object.assign(page, { select, step, filterChanged, drawDefects });
}
