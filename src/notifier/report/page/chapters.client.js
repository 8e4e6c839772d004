"use strict";
/* The report page, part 4: the shots of the picture, with pictures of some of them. */
{
  const { page } = globalThis;
  const { report, chapterPictures, byId, element, moment, short, follow, share, zoomTo } = page;
  const chapters = report.chapters ?? [];
  const strip = element("div", { class: "strip" });
  const bands = element("canvas", { class: "bands", "aria-hidden": "true" });
  const pictureWidth = 104;

  const nameOf = ({ startSeconds, endSeconds, title }, index) =>
    `Shot ${index + 1} of ${chapters.length}, ${moment(startSeconds, 1)}, ${short(endSeconds - startSeconds)} s${title === undefined ? "" : `, ${title}`}`;

  function pictureOf(chapter, index, left) {
    const picture = element(
      "button",
      {
        type: "button",
        class: "shot",
        title: nameOf(chapter, index),
        "aria-label": nameOf(chapter, index),
        onclick: () => zoomTo(chapter.startSeconds, chapter.endSeconds),
      },
      element("img", { src: chapterPictures[index], alt: "" }),
      element("small", {}, moment(chapter.startSeconds, 0)),
    );
    picture.style.left = `${(left / strip.clientWidth) * 100}%`;
    return picture;
  }

  /** Shots as stretches of two shades; where they are narrower than a few pixels, they run into grey. */
  function drawBands(width) {
    const ratio = devicePixelRatio || 1;
    bands.width = Math.max(1, Math.round(width * ratio));
    bands.height = Math.round(8 * ratio);
    const context = bands.getContext("2d");
    const style = getComputedStyle(document.documentElement);
    const shades = [style.getPropertyValue("--plot"), style.getPropertyValue("--soft")];
    chapters.forEach(({ startSeconds, endSeconds }, index) => {
      const [left, right] = [share(startSeconds) * bands.width, share(endSeconds) * bands.width];
      if (right < 0 || left > bands.width) return;
      context.fillStyle = shades[index % 2];
      context.globalAlpha = index % 2 === 0 ? 0.75 : 0.4;
      context.fillRect(left, 0, Math.max(right - left, 0.5), bands.height);
    });
  }

  function drawChapters() {
    const width = strip.clientWidth;
    drawBands(width);
    const shown = [];
    let free = 0;
    chapters.forEach((chapter, index) => {
      if (chapterPictures[index] === undefined) return;
      const [left, right] = [share(chapter.startSeconds) * width, share(chapter.endSeconds) * width];
      if (right <= 0 || left >= width) return;
      const place = Math.max(left, free);
      // A picture never stands further from its shot than one of its own width.
      if (place - left > pictureWidth / 2 && left > 0) return;
      if (place + pictureWidth > width + 1 && place !== 0) return;
      shown.push(pictureOf(chapter, index, place));
      free = place + pictureWidth + 2;
    });
    strip.replaceChildren(...shown);
    strip.hidden = shown.length === 0 && Object.keys(chapterPictures).length === 0;
  }

  /** The shot that was gone to last, for as long as the view stays there. */
  let gone = { index: -1, view: undefined };

  /** Goes to the next shot or the one before; from elsewhere, to the one after what is seen, or to the first of all. */
  function stepChapter(step) {
    if (chapters.length === 0) return;
    const isWhole = page.view.to - page.view.from >= page.endSeconds - page.startSeconds;
    const middle = (page.view.from + page.view.to) / 2;
    const seen = isWhole ? -1 : chapters.findIndex(({ endSeconds }) => endSeconds > middle);
    const index = Math.min(chapters.length - 1, Math.max(0, (gone.view === page.view ? gone.index : seen) + step));
    zoomTo(chapters[index].startSeconds, chapters[index].endSeconds);
    gone = { index, view: page.view };
  }

  function makeChapters() {
    if (chapters.length < 2 && Object.keys(chapterPictures).length === 0) return;
    const name = element("span", { class: "name" }, "Shots", element("small", {}, String(chapters.length)));
    byId("timeline").append(element("div", { class: "row shots" }, name, element("div", {}, strip, bands)));
    follow(drawChapters);
  }

  Object.assign(page, { makeChapters, stepChapter });
}
