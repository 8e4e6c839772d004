import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type PageFacts, renderPage } from "../../../src/notifier/index.js";
import { exampleJob } from "../examples.js";
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
    await expect.poll(async () => (await coloursOf(page)).length).toBe(5);
    await expect.poll(async () => Math.min(...(await coloursOf(page)))).toBeGreaterThan(3);
    await page.close();
  });

  test.each(["light", "dark"] as const)("shows forty defects as bars and cards (%s)", async (colorScheme) => {
    const page = await open(examplePage(exampleDefects(40)), { colorScheme });
    expect(await page.locator("#verdict").innerText()).toContain("FAIL");
    expect(await page.locator(".span").count()).toBe(40);
    expect(await page.locator(".card").count()).toBe(40);
    expect(await page.locator(".row .name").allInnerTexts()).toEqual([
      "Black",
      "Decode error",
      "Freeze",
      "Letterbox",
      "Silence",
      "Stall",
    ]);
    const background = await page.evaluate<string>("getComputedStyle(document.body).backgroundColor");
    expect(background).toBe(colorScheme === "dark" ? "rgb(16, 19, 23)" : "rgb(244, 245, 247)");
    await page.close();
  });

  test("goes from bar to card, from defect to defect by key, and hides severities", async () => {
    const page = await open(examplePage(exampleDefects(6)));
    await page.locator(".span").last().click();
    await expect.poll(() => page.locator(".card.current h3").innerText()).toContain("Stall");
    await page.keyboard.press("k");
    expect(await page.locator(".card.current h3").innerText()).toContain("Letterbox");
    await page.keyboard.press("j");
    expect(await page.locator(".card.current").getAttribute("id")).toBe("defect-5");
    await page.locator(".chip.warning").click();
    expect(await page.locator(".card:visible").count()).toBe(3);
    expect(await page.locator(".span").count()).toBe(3);
    await page.close();
  });

  test("zooms timeline and plots together, to a defect and back", async () => {
    const page = await open(examplePage(exampleDefects(6)));
    const width = async () => (await page.locator(".span").first().boundingBox())?.width ?? 0;
    const before = await width();
    await page.locator(".card button").first().click();
    await expect.poll(width).toBeGreaterThan(before * 5);
    await page.locator("#reset").click();
    await expect.poll(width).toBeCloseTo(before, 0);
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
    const picture = Buffer.from(
      "/9j/4AAQSkZJRgABAQEASABIAAD/2wBDAAEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQH/wAALCAABAAEBAREA/8QAFAABAAAAAAAAAAAAAAAAAAAACf/EABQQAQAAAAAAAAAAAAAAAAAAAAD/2gAIAQEAAD8AfwD/2Q==",
      "base64",
    );
    const defects = exampleDefects(1);
    const thumbnails = new Map([["black-0", { at: { large: picture, small: picture } }]]);
    const page = await open({
      ...examplePage(defects, { evidence: new Map([["black-0", { thumbnail: "evidence/black-0.jpg" }]]) }),
      thumbnails,
    });
    expect(await page.evaluate<number>("document.querySelector('.pictures img').naturalWidth")).toBe(1);
    expect(await page.locator(".pictures a").getAttribute("href")).toBe("evidence/black-0.jpg");
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
    expect(await page.locator("#plots-section").isVisible()).toBe(false);
    await page.close();
  });
});
