"use strict";
/* The report page, part 2: one time axis for all that is drawn, and how it is moved. */
{
  const { page } = globalThis;
  const { startSeconds, endSeconds, epochSeconds = 0, byId, clock, moment } = page;
  /** Media has a length, even if nothing is known of it: a view of no length could not be drawn. */
  const wholeSeconds = Math.max(endSeconds - startSeconds, 0.001);
  const leastSeconds = Math.min(wholeSeconds, 0.2);
  page.view = { from: startSeconds, to: startSeconds + wholeSeconds };
  const followers = [];
  let isDrawn = true;

  /** Calls back whenever the view, or what is shown in it, changes; at most once per frame of the screen. */
  const follow = (draw) => followers.push(draw);

  function draw() {
    if (!isDrawn) return;
    isDrawn = false;
    requestAnimationFrame(() => {
      isDrawn = true;
      const { from, to } = page.view;
      const isWhole = to - from >= wholeSeconds;
      const digits = to - from < 60 ? 1 : 0;
      byId("reset").disabled = byId("left").disabled = byId("right").disabled = byId("out").disabled = isWhole;
      byId("in").disabled = to - from <= leastSeconds;
      byId("range").textContent = isWhole
        ? `all of ${clock(wholeSeconds, 0)}`
        : `${moment(from, digits)} – ${moment(to, digits)} of ${clock(wholeSeconds, 0)}`;
      for (const follower of followers) follower();
    });
  }

  function setView(from, to) {
    const length = Math.min(wholeSeconds, Math.max(to - from, leastSeconds));
    const start = Math.min(Math.max(startSeconds, from), startSeconds + wholeSeconds - length);
    page.view = { from: start, to: start + length };
    draw();
  }
  const showAll = () => setView(startSeconds, startSeconds + wholeSeconds);
  const share = (seconds) => (seconds - page.view.from) / (page.view.to - page.view.from);

  /** Makes the view `factor` times as long, around a time that stays where it is. */
  function zoom(factor, around = (page.view.from + page.view.to) / 2) {
    setView(around - (around - page.view.from) * factor, around + (page.view.to - around) * factor);
  }

  function pan(part) {
    const length = page.view.to - page.view.from;
    setView(page.view.from + part * length, page.view.to + part * length);
  }

  /** A stretch of time with some of what is around it. */
  function zoomTo(from, to) {
    const around = Math.max(2, (to - from) * 0.75);
    setView(from - around, to + around);
  }

  function ticks() {
    const steps = [0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200];
    const most = Math.min(9, Math.max(3, Math.floor(innerWidth / 130)));
    const step = steps.find((candidate) => (page.view.to - page.view.from) / candidate <= most) ?? 14400;
    // Full steps of the clock that is shown.
    const shift = epochSeconds % step;
    const first = Math.ceil((page.view.from + shift) / step - 1e-9);
    const count = Math.floor((page.view.to + shift) / step + 1e-9) - first + 1;
    return Array.from({ length: count }, (_, index) => {
      const seconds = (first + index) * step - shift;
      return { seconds, text: moment(seconds, step < 1 ? 2 : 0) };
    });
  }

  /** The wheel zooms with Ctrl, and goes to the side with Shift; `secondsAt` tells what time a place on the screen is. */
  function listenToWheel(target, secondsAt) {
    target.addEventListener(
      "wheel",
      (event) => {
        const sideways = event.shiftKey ? event.deltaX || event.deltaY : event.deltaX;
        if (event.ctrlKey) zoom(1.002 ** event.deltaY, secondsAt(event));
        else if (Math.abs(sideways) > Math.abs(event.shiftKey ? 0 : event.deltaY)) pan(sideways / 800);
        else return;
        event.preventDefault();
      },
      { passive: false },
    );
  }

  for (const [id, act] of Object.entries({
    left: () => pan(-0.5),
    right: () => pan(0.5),
    in: () => zoom(0.5),
    out: () => zoom(2),
    reset: showAll,
  })) {
    byId(id).addEventListener("click", act);
  }

  const keys = {
    ArrowLeft: () => pan(-0.25),
    ArrowRight: () => pan(0.25),
    "+": () => zoom(0.5),
    "=": () => zoom(0.5),
    "-": () => zoom(2),
    0: showAll,
    j: () => page.step(1),
    k: () => page.step(-1),
    "]": () => page.stepChapter(1),
    "[": () => page.stepChapter(-1),
    Escape: () => page.select(-1),
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || /^(?:SELECT|INPUT|TEXTAREA)$/.test(event.target.tagName)) return;
    if (keys[event.key] === undefined) return;
    event.preventDefault();
    keys[event.key]();
  });
  addEventListener("resize", draw);

  Object.assign(page, { follow, draw, setView, showAll, zoomTo, share, ticks, listenToWheel });
}
