"use strict";
/* The report page, part 12: light and dark, saving, printing, and the first drawing. */
{
  const { page } = globalThis;
  const { report, byId, element, draw, redrawPlots } = page;

  const prefersDark = matchMedia("(prefers-color-scheme: dark)");
  function setTheme(theme) {
    document.documentElement.dataset.theme = theme;
    draw();
    redrawPlots();
  }
  setTheme(prefersDark.matches ? "dark" : "light");
  prefersDark.addEventListener("change", () => setTheme(prefersDark.matches ? "dark" : "light"));
  byId("theme").addEventListener("click", () => setTheme(document.documentElement.dataset.theme === "dark" ? "light" : "dark"));

  byId("download").addEventListener("click", () => {
    const url = URL.createObjectURL(new Blob([`${JSON.stringify(report, null, 2)}\n`], { type: "application/json" }));
    element("a", { href: url, download: "report.json" }).click();
    URL.revokeObjectURL(url);
  });

  let themeOnScreen;
  addEventListener("beforeprint", () => {
    themeOnScreen = document.documentElement.dataset.theme;
    setTheme("light");
  });
  addEventListener("afterprint", () => setTheme(themeOnScreen));

  page.drawHead();
  page.makeTimeline();
  page.makeChapters();
  page.makeMarkers();
  page.drawDefects();
  page.drawProgramme();
  page.drawSignals();
  page.drawFacts();
  draw();
}
