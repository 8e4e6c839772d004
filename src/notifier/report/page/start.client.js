"use strict";
/* The report page, part 6: light and dark, saving, printing, and the first drawing. */
{
  const { report, byId, element, plots, drawHead, drawTimeline, drawDefects, drawPlots, drawFacts } = globalThis.page;

  const prefersDark = matchMedia("(prefers-color-scheme: dark)");
  function setTheme(theme) {
    document.documentElement.dataset.theme = theme;
    for (const plot of plots) plot.redraw();
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

  drawHead();
  drawTimeline();
  drawDefects();
  drawPlots();
  drawFacts();
}
