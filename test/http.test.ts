import { connect } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { isError } from "../src/errors.js";
import { type Api, type HttpServer, openHttp, type ReadinessCheck } from "../src/http.js";
import { openMetrics } from "../src/metrics.js";

let server: HttpServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

const api: Api = async ({ method }, path) => {
  if (path === "/api/broken") throw new Error("no answer from https://user:hunter2@example.com/");
  return { status: 418, body: { method, path }, headers: { allow: "BREW" } };
};

async function open(checks: Record<string, ReadinessCheck> = {}): Promise<HttpServer> {
  server = await openHttp({ host: "127.0.0.1", port: 0, metrics: openMetrics(), checks, api });
  return server;
}

describe("the HTTP server", () => {
  test("serves the metrics as Prometheus reads them", async () => {
    const { url } = await open();
    const response = await fetch(`${url}/metrics`);
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toContain("text/plain; version=0.0.4");
    expect(await response.text()).toContain("# TYPE framewatch_jobs_total counter");
  });

  test("says that it is alive whether or not it is ready", async () => {
    const { url } = await open({ queue: () => Promise.reject(new Error("away")) });
    const response = await fetch(`${url}/healthz`);
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ alive: true });
  });

  test("is ready when every check passes", async () => {
    const { url } = await open({ queue: async () => {}, ffmpeg: async () => {} });
    const response = await fetch(`${url}/readyz`);
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ ready: true, checks: { queue: "ok", ffmpeg: "ok" } });
  });

  test("is not ready when one check fails, and gives the reason without its secrets", async () => {
    const failing = () => Promise.reject(new Error("GET https://user:hunter2@sqs.example/q?sig=hunter2 timed out"));
    const { url } = await open({ queue: failing, models: async () => {} });
    const response = await fetch(`${url}/readyz`);
    expect(response.status).toBe(503);
    expect(await response.json()).toEqual({
      ready: false,
      checks: { queue: "GET https://sqs.example/q?… timed out", models: "ok" },
    });
  });

  test("does not wait for a check that never answers", async () => {
    const { url } = await open({ redis: () => new Promise(() => {}) });
    const response = await fetch(`${url}/readyz`);
    expect(response.status).toBe(503);
    expect(await response.json()).toEqual({ ready: false, checks: { redis: "no answer in 3 s" } });
  });

  test("answers 404 elsewhere and 405 to other methods", async () => {
    const { url } = await open();
    expect((await fetch(`${url}/`)).status).toBe(404);
    expect((await fetch(`${url}/constructor`)).status).toBe(404);
    expect((await fetch(`${url}/metrics?x=1`)).status).toBe(200);
    const posted = await fetch(`${url}/metrics`, { method: "POST", body: "x" });
    expect([posted.status, posted.headers.get("allow")]).toEqual([405, "GET, HEAD"]);
  });

  test("hands what is under /api/ on as it is, encoded and with any method, and hides what it says when it breaks", async () => {
    const { url } = await open();
    const brewed = await fetch(`${url}/api/tea%2Fpot?token=x`, { method: "PURGE" });
    expect([brewed.status, brewed.headers.get("allow"), await brewed.json()]).toEqual([
      418,
      "BREW",
      { method: "PURGE", path: "/api/tea%2Fpot" },
    ]);
    const broken = await fetch(`${url}/api/broken`);
    expect([broken.status, await broken.json()]).toEqual([500, { error: "no answer from https://example.com/" }]);
  });

  test("closes although a client keeps its connection open", async () => {
    const { port, close } = await open();
    const socket = connect(port, "127.0.0.1");
    await new Promise((resolve) => socket.once("connect", resolve));
    const closed = new Promise((resolve) => socket.once("close", resolve));
    socket.on("error", () => {});
    await close();
    await closed;
  });

  test("says which port is taken", async () => {
    const { port } = await open();
    const error = await openHttp({ host: "127.0.0.1", port, metrics: openMetrics(), checks: {}, api }).catch(
      (reason: unknown) => reason,
    );
    expect(isError(error, "configuration") && error.message).toContain(`127.0.0.1:${port}`);
  });
});
