import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { alertSchema, failedAlert } from "../../../src/notifier/alert.js";
import { type Alert, verifyWebhook, webhookSink } from "../../../src/notifier/index.js";
import { exampleJob } from "../examples.js";

const secret = `whsec_${Buffer.from("what only both sides know").toString("base64")}`;
const { signal } = new AbortController();
const draft = failedAlert(exampleJob, { code: "media-unreadable", message: "kein Ton – 音なし" });
const alert: Alert = { ...draft, data: { ...draft.data, sequence: 1 } };

interface Received {
  readonly method: string | undefined;
  readonly path: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

let server: Server;
let url: string;
let received: Received[];
/** What the receiver answers: status and headers; undefined for nothing at all. */
let answer: { readonly status: number; readonly headers?: Record<string, string> } | undefined;
beforeEach(async () => {
  received = [];
  answer = { status: 204 };
  server = createServer(async (request, response) => {
    received.push({ method: request.method, path: request.url, headers: request.headers, body: await text(request) });
    if (answer === undefined) return;
    response.writeHead(answer.status, answer.headers).end(request.method === "HEAD" || answer.status === 204 ? "" : "words");
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks/hidden-path`;
});
afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await once(server, "close");
});

/** The URL of a receiver that has just gone. */
async function nobodyListens(): Promise<string> {
  const gone = createServer().listen(0, "127.0.0.1");
  await once(gone, "listening");
  const { port } = gone.address() as AddressInfo;
  gone.close();
  await once(gone, "close");
  return `http://127.0.0.1:${port}/hooks/hidden-path`;
}

/** What the documents tell receivers to do, run as it stands there. */
const page = await readFile(new URL("../../../docs/alerts.md", import.meta.url), "utf8");
const [, shown = ""] = /^```js\n(.*?)^```$/ms.exec(page) ?? [];
const receiver = (await import(`data:text/javascript,${encodeURIComponent(shown)}`)) as {
  isFromFramewatch(headers: IncomingHttpHeaders, body: string, secret: string): boolean;
};
const isFromFramewatch = (headers: IncomingHttpHeaders, body: string) => receiver.isFromFramewatch(headers, body, secret);

const publish = (to = url) => webhookSink(to, secret).publish(alert, signal);

describe("the webhook", () => {
  test("posts the alert as a CloudEvent, signed so that a receiver can tell who it is from", async () => {
    await publish();
    const [post] = received;
    expect(post?.method).toBe("POST");
    expect(post?.headers).toMatchObject({ "content-type": "application/cloudevents+json", "webhook-id": alert.id });
    expect(alertSchema.parse(JSON.parse(post?.body ?? ""))).toEqual(alert);
    expect(isFromFramewatch(post?.headers ?? {}, post?.body ?? "")).toBe(true);
    expect(isFromFramewatch(post?.headers ?? {}, `${post?.body} `)).toBe(false);
    expect(isFromFramewatch({ ...post?.headers, "webhook-timestamp": "1700000000" }, post?.body ?? "")).toBe(false);
    expect(isFromFramewatch({ ...post?.headers, "webhook-id": "another" }, post?.body ?? "")).toBe(false);
  });

  test.each([200, 202, 299])("takes %i for acceptance", async (status) => {
    answer = { status };
    await publish();
  });

  test.each([
    [301, "alert-refused"],
    [400, "alert-refused"],
    [401, "alert-refused"],
    [410, "alert-refused"],
    [408, "queue-unavailable"],
    [429, "queue-unavailable"],
    [500, "queue-unavailable"],
    [503, "queue-unavailable"],
  ])("takes %i for %s", async (status, code) => {
    answer = { status };
    await expect(publish()).rejects.toMatchObject({ code, message: expect.stringContaining(String(status)) });
  });

  test("follows no redirect, to wherever it leads", async () => {
    answer = { status: 307, headers: { location: new URL("/elsewhere", url).href } };
    await expect(publish()).rejects.toMatchObject({ code: "alert-refused" });
    expect(received.map(({ path }) => path)).toEqual(["/hooks/hidden-path"]);
  });

  test("hears how long it is to leave the receiver alone, in seconds or as a date", async () => {
    answer = { status: 429, headers: { "retry-after": "17" } };
    await expect(publish()).rejects.toMatchObject({ holdMilliseconds: 17_000 });
    answer = { status: 503, headers: { "retry-after": new Date(Date.now() + 60_000).toUTCString() } };
    const error: { holdMilliseconds?: number } = await publish().then(
      () => ({}),
      (reason: object) => reason,
    );
    expect(error.holdMilliseconds).toBeGreaterThan(50_000);
    expect(error.holdMilliseconds).toBeLessThanOrEqual(60_000);
  });

  test("says who did not answer, without the path, which may be a secret", async () => {
    const away = await nobodyListens();
    await expect(publish(away)).rejects.toMatchObject({
      code: "queue-unavailable",
      message: expect.stringMatching(/127\.0\.0\.1:\d+ did not answer \(.*ECONNREFUSED/),
    });
    await expect(publish(away)).rejects.not.toThrow(/hidden-path/);
  });

  test("stops waiting for an answer when it is told to", async () => {
    answer = undefined;
    const stop = new AbortController();
    const posted = webhookSink(url, secret).publish(alert, stop.signal);
    while (received.length === 0) await new Promise(setImmediate);
    stop.abort(new Error("stopped"));
    await expect(posted).rejects.toThrow("stopped");
  });

  test("is verified without an alert", async () => {
    answer = { status: 405 };
    expect(await verifyWebhook(url)).toContain("405");
    expect(received.map(({ method }) => method)).toEqual(["HEAD"]);
    await expect(verifyWebhook(await nobodyListens())).rejects.toMatchObject({ code: "queue-unavailable" });
  });
});
