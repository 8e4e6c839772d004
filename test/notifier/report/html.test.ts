import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Defect } from "../../../src/analyzers/index.js";
import { chapterPaths, type PageFacts, renderPage } from "../../../src/notifier/index.js";
import { makeClip } from "../../../src/notifier/evidence/make-clip.js";
import { cutRing } from "../../../src/notifier/evidence/ring-cut.js";
import { filmWithBlack, recordRing } from "../evidence/recorded-ring.js";
import { exampleJob, exampleMedia } from "../examples.js";
import { exampleDefects, examplePage } from "./example-page.js";

const candidates = ["chromium", "chromium-browser", "google-chrome"].map((name) => `/usr/bin/${name}`);
const executablePath = candidates.find((file) => existsSync(file));
const quiet = [
  "--no-sandbox",
  "--disable-gpu",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
/** A JPEG of one pixel. */
const dot = Buffer.from(
  "/9j/4AAQSkZJRgABAQEASABIAAD/2wBDAAEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQH/wAALCAABAAEBAREA/8QAFAABAAAAAAAAAAAAAAAAAAAACf/EABQQAQAAAAAAAAAAAAAAAAAAAAD/2gAIAQEAAD8AfwD/2Q==",
  "base64",
);

const neverAborted = new AbortController().signal;

const longMedia = {
  info: { ...exampleMedia, durationSeconds: 7200 },
  outcome: { frames: 180_000, pictureEndSeconds: 7200, soundEndSeconds: 7200 },
};

/** The same defects over so many times as long. */
function spread(defects: readonly Defect[], times: number): Defect[] {
  return defects.map((defect) => {
    const startSeconds = defect.startSeconds * times;
    return { ...defect, startSeconds, endSeconds: startSeconds + 2.5 };
  });
}

if (executablePath === undefined) console.warn("The report page is not tested: no Chromium found (apt-get install chromium).");

describe.skipIf(executablePath === undefined)("the report page, opened from its file", () => {
  let browser: Browser;
  let folder: string;
  let complaints: string[];
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "framewatch-page-"));
    browser = await chromium.launch({ executablePath: executablePath ?? "", args: quiet });
  });
  afterAll(async () => {
    await browser.close();
    await rm(folder, { recursive: true, force: true });
  });
  beforeEach(() => {
    complaints = [];
  });
  afterEach(() => expect(complaints, "console messages, errors and requests of the page").toEqual([]));

  async function open(facts: PageFacts, options: BrowserContextOptions = {}): Promise<Page> {
    const file = path.join(folder, "report.html");
    await writeFile(file, await renderPage(facts));
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 }, ...options });
    page.on("console", (message) => complaints.push(message.text()));
    page.on("pageerror", (error) => complaints.push(error.message));
    page.on("request", (request) => {
      if (request.url() !== pathToFileURL(file).href && !/^(?:data|blob):/.test(request.url())) complaints.push(request.url());
    });
    await page.goto(pathToFileURL(file).href);
    return page;
  }

  /** How many different colours each canvas shows: more than a few are a plot. */
  function coloursOf(page: Page): Promise<number[]> {
    return page.evaluate<number[]>(`[...document.querySelectorAll("canvas")].map((canvas) => {
      const context = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d", { willReadFrequently: true });
      context.drawImage(canvas, 0, 0);
      return new Set(new Uint32Array(context.getImageData(0, 0, canvas.width, canvas.height).data.buffer)).size;
    })`);
  }

  test("says that a clean film passes, and plots its signals", async () => {
    const page = await open(examplePage([]));
    expect(await page.locator("#verdict").innerText()).toContain("PASS");
    expect(await page.locator("#cards").innerText()).toBe("No defects found.");
    expect(await page.locator(".span").count()).toBe(0);
    await page
      .locator("#signals details:not([open]) > summary")
      .evaluateAll("(summaries) => summaries.forEach((one) => one.click())");
    await expect.poll(async () => (await coloursOf(page)).length).toBe(5);
    await expect.poll(async () => Math.min(...(await coloursOf(page)))).toBeGreaterThan(3);
    await page.close();
  });

  test.each(["light", "dark"] as const)("shows forty defects as bars and by type (%s)", async (colorScheme) => {
    const page = await open(examplePage(exampleDefects(40)), { colorScheme });
    expect(await page.locator("#verdict").innerText()).toContain("FAIL");
    await expect.poll(() => page.locator(".span").count()).toBe(40);
    expect((await page.locator(".row .name").allInnerTexts()).map((name) => name.split(/\s*\d/)[0])).toEqual([
      "Stall",
      "Decode error",
      "Black",
      "Freeze",
      "Silence",
      "Letterbox",
    ]);
    expect(await page.locator(".defect-group").count()).toBe(6);
    await page.locator(".defect-group summary").first().click();
    await expect.poll(() => page.locator(".defect-group .card").count()).toBe(6);
    const background = await page.evaluate<string>("getComputedStyle(document.body).backgroundColor");
    expect(background).toBe(colorScheme === "dark" ? "rgb(16, 19, 23)" : "rgb(244, 245, 247)");
    await page.close();
  });

  test("goes from bar to card, from defect to defect by key, and hides severities", async () => {
    const page = await open(examplePage(exampleDefects(6)));
    await page.locator(".span.critical").click();
    await expect.poll(() => page.locator("#selected h3").innerText()).toContain("Stall");
    await page.keyboard.press("k");
    expect(await page.locator("#selected h3").innerText()).toContain("Letterbox");
    expect(await page.locator("#selected .plot").count()).toBe(1);
    await page.keyboard.press("j");
    expect(await page.locator("#cards .card.current").getAttribute("id")).toBe("defect-5");
    await page.keyboard.press("Escape");
    expect(await page.locator("#selected").isVisible()).toBe(false);
    await page.keyboard.press("0");
    await page.locator(".chip.warning").click();
    expect(await page.locator("#cards .card").count()).toBe(3);
    await expect.poll(() => page.locator(".span").count()).toBe(3);
    await page.locator("#type").selectOption("stall");
    await expect.poll(() => page.locator(".span").count()).toBe(1);
    await page.locator(".row .name", { hasText: "Stall" }).click();
    expect(await page.locator("#cards").innerText()).toBe("All defects are hidden.");
    await page.close();
  });

  test("zooms timeline and plots together, to a defect and back", async () => {
    const page = await open(examplePage(exampleDefects(6)));
    const width = async () => (await page.locator(".span").first().boundingBox())?.width ?? 0;
    const before = await width();
    await page.locator("#cards .card button").first().click();
    await expect.poll(width).toBeGreaterThan(before * 5);
    await page.locator("#reset").click();
    await expect.poll(width).toBeCloseTo(before, 0);
    await page.keyboard.press("+");
    await expect.poll(() => page.locator("#range").innerText()).toBe("0:30 – 1:30 of 2:00");
    await page.keyboard.press("ArrowRight");
    await expect.poll(() => page.locator("#range").innerText()).toBe("0:45 – 1:45 of 2:00");
    await page.close();
  });

  test("joins thousands of defects of two hours on the screen, and takes them apart by zooming", async () => {
    const page = await open(examplePage(spread(exampleDefects(2000), 60), { media: longMedia }));
    await expect.poll(() => page.locator(".span").count()).toBeGreaterThan(6);
    expect(await page.locator(".span").count()).toBeLessThan(800);
    await expect.poll(() => page.locator("#range").innerText()).toBe("all of 2:00:00");
    expect(await page.locator(".card").count()).toBe(0);
    await page.locator(".defect-group summary").first().click();
    await expect.poll(() => page.locator(".defect-group .card").count()).toBe(24);
    await page.locator(".more").click();
    expect(await page.locator(".defect-group .card").count()).toBe(48);
    await page.locator(".span").first().click();
    await expect.poll(() => page.locator("#range").innerText()).toContain(" of 2:00:00");
    await page.close();
  });

  test("leads along the shots by their pictures and by key", async () => {
    const chapters = Array.from({ length: 12 }, (_, index) => ({ startSeconds: index * 10, endSeconds: index * 10 + 10 }));
    const chapterPictures = chapters
      .filter((_, index) => index % 2 === 0)
      .map((chapter) => ({ chapter, picture: { large: dot, small: dot } }));
    const facts = examplePage([], { chapters, chapterPictures: chapterPaths(chapterPictures) });
    const page = await open({ ...facts, chapterPictures });
    await expect.poll(() => page.locator(".shot").count()).toBe(6);
    await page.locator(".shot").nth(2).click();
    await expect.poll(() => page.locator("#range").innerText()).toBe("0:32.5 – 0:57.5 of 2:00");
    await page.keyboard.press("]");
    await expect.poll(() => page.locator("#range").innerText()).toBe("0:42.5 – 1:07.5 of 2:00");
    await page.close();
  });

  test("shows where something is spliced in, and goes there", async () => {
    const facts = examplePage([]);
    const markers = [
      {
        kind: "scte-35" as const,
        startSeconds: 30,
        command: "splice-insert",
        outOfNetwork: true,
        durationSeconds: 15,
        eventId: 7,
      },
      { kind: "scte-35" as const, startSeconds: 45, command: "splice-insert", outOfNetwork: false },
    ];
    const page = await open({ ...facts, report: { ...facts.report, markers } });
    await expect.poll(() => page.locator(".marker").count()).toBe(2);
    const told = "0:30.000 SCTE-35: Splice insert, leaves the programme, for 0:15.0, event 7";
    expect(await page.locator(".marker").first().getAttribute("title")).toBe(told);
    await page.locator(".marker").first().click();
    await expect.poll(() => page.locator("#range").innerText()).toBe("0:18.8 – 0:56.3 of 2:00");
    await page.close();
  });

  test("shows an hour of a live stream by the time of day, from its beginning", async () => {
    const [defect] = exampleDefects(1);
    if (defect === undefined) throw new Error("no defect");
    const facts = examplePage([{ ...defect, startSeconds: 7260, endSeconds: 7270 }]);
    const { media } = facts.report;
    if (media === undefined) throw new Error("no media");
    const range = { startSeconds: 7200, endSeconds: 7320, startTime: "2026-11-21T03:00:00.000Z" };
    const page = await open({ ...facts, report: { ...facts.report, media: { ...media, range } }, envelopes: [] });
    await expect.poll(() => page.locator("#range").innerText()).toBe("all of 2:00");
    expect(await page.locator(".axis .track").innerText()).toMatch(/^03:00:00\s+03:00:15\s+03:00:30/);
    expect(await page.locator(".span").first().getAttribute("style")).toMatch(/^left: 50%; width: 8\.3\d*%;$/);
    expect(await page.locator(".card").innerText()).toContain("03:01:00.000 – 03:01:10.000");
    await page.keyboard.press("+");
    await expect.poll(() => page.locator("#range").innerText()).toBe("03:00:30 – 03:01:30 of 2:00");
    await page.close();
  });

  test("tells the loudness of each track beside what the policy asks, and what did not run", async () => {
    const loudness = [{ track: 0, integratedLufs: -19.4, rangeLu: 7.4, truePeakDbtp: -3.2 }];
    const loudnessLimits = { targetLufs: -23, toleranceLu: 0.5, maximumTruePeakDbtp: -1 };
    const detectorsOff = [{ type: "dead-pixels", reason: "needs every pixel" }];
    const page = await open(examplePage([], { loudness, loudnessLimits, detectorsOff }));
    expect(await page.locator(".loudness .off").allInnerTexts()).toEqual([expect.stringContaining("-19.4 LUFS")]);
    expect(await page.locator(".loudness").innerText()).toContain("-23 ± 0.5");
    expect(await page.locator("#facts").innerText()).toContain("Dead pixels");
    await page.close();
  });

  test("saves the report as JSON", async () => {
    const facts = examplePage(exampleDefects(2));
    const page = await open(facts);
    const [download] = await Promise.all([page.waitForEvent("download"), page.locator("#download").click()]);
    const chunks: Buffer[] = [];
    for await (const chunk of await download.createReadStream()) chunks.push(chunk as Buffer);
    expect(JSON.parse(Buffer.concat(chunks).toString())).toEqual(facts.report);
    await page.close();
  });

  test("shows the pictures of defects", async () => {
    const defects = exampleDefects(1);
    const thumbnails = new Map([["black-0", { at: { large: dot, small: dot } }]]);
    const page = await open({
      ...examplePage(defects, { evidence: new Map([["black-0", { thumbnail: "evidence/black-0.jpg" }]]) }),
      thumbnails,
    });
    expect(await page.evaluate<number>("document.querySelector('.pictures img').naturalWidth")).toBe(1);
    expect(await page.locator(".pictures a").getAttribute("href")).toBe("evidence/black-0.jpg");
    await page.close();
  });

  test("plays the clip of a live incident from beside it, once it is asked to", async () => {
    const clip = path.join(folder, "evidence", "black-0.mp4");
    await mkdir(path.dirname(clip), { recursive: true });
    const ring = await recordRing(filmWithBlack(8));
    const cut = await cutRing(ring, ring.arrivalOf(10), ring.arrivalOf(30), path.join(folder, "cut.ts"), neverAborted);
    if (cut === undefined) throw new Error("nothing recorded");
    const wish = { fromSeconds: 15, untilSeconds: 25, soundTrack: 0 };
    expect(await makeClip(cut, wish, { codecs: ["libx264"] }, clip, neverAborted)).toBe("libx264");
    const paths = { thumbnail: "evidence/black-0.jpg", after: "evidence/black-0-after.jpg", clip: "evidence/black-0.mp4" };
    const facts = examplePage(exampleDefects(1), { evidence: new Map([["black-0", paths]]) });
    const page = await open({ ...facts, storedPictures: new Map([["black-0", { at: dot, after: dot }]]) });
    expect(await page.locator("video").count()).toBe(0);
    await page.locator(".span").first().click();
    await expect.poll(() => page.locator("#selected video").count()).toBe(1);
    expect(await page.locator("#selected .pictures small").allInnerTexts()).toEqual(["during", "after"]);
    const video = "document.querySelector('#selected video')";
    expect(await page.evaluate<number>(`${video}.readyState`)).toBe(0);
    expect(complaints).toEqual([]);
    await page.evaluate(`${video}.muted = true, ${video}.play()`);
    expect(await page.evaluate<number>(`${video}.videoWidth`)).toBe(160);
    expect(await page.evaluate<number>(`${video}.duration`)).toBeCloseTo(10, 1);
    expect(complaints.splice(0)).toEqual([pathToFileURL(clip).href]);
    await page.close();
  });

  test("takes markup in names, labels and messages for what it is, text", async () => {
    const evil = `<img src=x onerror="document.title='owned'"></script><script>document.title='owned'</script><!--`;
    const job = {
      ...exampleJob,
      source: `s3://media/${evil}`,
      labels: { title: evil },
      policy: evil,
      policyHash: "0",
      profile: "full",
    };
    const page = await open(examplePage(exampleDefects(2), { job, error: { code: "media-unreadable", message: evil } }));
    expect(await page.title()).toContain("<img src=x");
    expect(await page.locator("#labels").innerText()).toContain(evil);
    expect(await page.locator("#error").innerText()).toContain(evil);
    expect(await page.locator("main img").count()).toBe(0);
    await page.close();
  });

  test("says why an input could not be judged", async () => {
    const facts = examplePage([], { verdict: "error", error: { code: "media-unreadable", message: "ffmpeg finds no media" } });
    const { media: _, ...report } = facts.report;
    const page = await open({ ...facts, report, envelopes: [] });
    expect(await page.locator("#verdict").innerText()).toContain("ERROR");
    expect(await page.locator("#error").innerText()).toContain("media-unreadable — ffmpeg finds no media");
    expect(await page.locator("#signals-section").isVisible()).toBe(false);
    await page.close();
  });
});
