import { get as httpGet, type IncomingMessage } from "node:http";
import { hostname } from "node:os";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { jobsSchema, streamsSchema } from "../../src/api/answers.js";
import { openApi } from "../../src/api/routes.js";
import { openRunningJobs, type RunningJobs } from "../../src/api/running-jobs.js";
import { type HttpServer, openHttp } from "../../src/http.js";
import { parseJob } from "../../src/ingest/job.js";
import type { StreamStatus } from "../../src/live/stream-status.js";
import { openLog } from "../../src/log.js";
import { openMetrics } from "../../src/metrics.js";

let running: RunningJobs;
let server: HttpServer;
beforeEach(async () => {
  running = openRunningJobs();
  const api = openApi({ running, host: "watch.example", token: undefined, log: openLog("error", () => undefined) });
  server = await openHttp({ host: "127.0.0.1", port: 0, metrics: openMetrics(), checks: {}, api });
});
afterEach(() => server.close());

const get = async (path: string): Promise<{ status: number; body: unknown }> => {
  const response = await fetch(`${server.url}${path}`);
  return { status: response.status, body: await response.json() };
};
const jobs = async () => jobsSchema.parse((await get("/api/jobs")).body).jobs;

const progress = { doneRatio: 0.5, frames: 300, framesPerSecond: 150, realTimeFactor: 6, remainingSeconds: 2, defects: 1 };
const controls = { acknowledge: () => false, maintenance: () => undefined };

function statusOf(jobId: string, stream: string): StreamStatus {
  return {
    jobId,
    stream,
    source: "udp://@239.0.0.1:5000",
    state: "running",
    startedAt: new Date(1_000),
    mediaSeconds: 1 / 3,
    reconnects: 0,
    loudness: [{ track: 0, momentaryLufs: Number.NEGATIVE_INFINITY, integratedLufs: -23.0456789 }],
    inMaintenance: false,
    openIncidents: [],
    lastAlerts: [],
  };
}

function follow(jobId: string, stream: string): void {
  const request = parseJob({ version: 1, source: "udp://@239.0.0.1:5000", mode: "live", stream });
  running.begin(jobId, request, "default").streaming(() => statusOf(jobId, stream), controls);
}

describe("the list of jobs", () => {
  it("shows a file's progress, and its source without secrets", async () => {
    const source = "https://user:hunter2@example.com/film.mp4?sig=hunter2";
    const job = running.begin("a", parseJob({ version: 1, source, labels: { show: "Morning" } }), "house");
    expect(await jobs()).toMatchObject([{ id: "a", source: "https://example.com/film.mp4", mode: "file", state: "starting" }]);
    job.progress(progress);
    expect(await jobs()).toMatchObject([{ state: "running", policy: "house", labels: { show: "Morning" }, progress }]);
    job.ended();
    expect(await jobs()).toEqual([]);
  });

  it("holds a job once that was asked for twice, as it runs, until both are over", async () => {
    const request = parseJob({ version: 1, source: "s3://bucket/film.mp4" });
    const [first, second] = [running.begin("a", request, "default"), running.begin("a", request, "default")];
    first.progress(progress);
    expect(await jobs()).toMatchObject([{ id: "a", state: "running" }]);
    first.ended();
    expect(await jobs()).toMatchObject([{ id: "a", state: "starting" }]);
    second.ended();
    expect(await jobs()).toEqual([]);
  });
});

describe("the list of streams", () => {
  it("holds numbers that JSON can hold, rounded as in reports", async () => {
    follow("one", "Channel 1");
    const { streams } = streamsSchema.parse((await get("/api/streams")).body);
    expect(streams).toMatchObject([
      { mediaSeconds: 0.333333, startedAt: "1970-01-01T00:00:01.000Z", loudness: [{ track: 0, integratedLufs: -23.0457 }] },
    ]);
    expect(streams[0]?.loudness[0]).not.toHaveProperty("momentaryLufs");
  });

  it("asks for the job's id where several streams have the name", async () => {
    follow("one", "Channel 1");
    follow("two", "Channel 1");
    expect(await get("/api/streams/Channel%201")).toEqual({
      status: 409,
      body: { error: "Several streams have this name; ask by job id: one, two." },
    });
    expect(await get("/api/streams/two")).toMatchObject({ status: 200, body: { jobId: "two" } });
  });

  it("takes what is a job's id for that, also where another stream has it for its name", async () => {
    follow("one", "two");
    follow("two", "Channel 2");
    expect(await get("/api/streams/two")).toMatchObject({ status: 200, body: { jobId: "two" } });
  });
});

describe("a request that names a host", () => {
  const statusFor = async (path: string, host: string): Promise<number | undefined> => {
    const answer = await new Promise<IncomingMessage>((resolve, reject) =>
      httpGet(`${server.url}${path}`, { headers: { host } }, resolve).once("error", reject),
    );
    answer.resume();
    return answer.statusCode;
  };

  it("gets no list by a name that somebody else made lead here, and metrics all the same", async () => {
    for (const host of ["evil.example", "evil.example:9464", "127.0.0.1.evil.example", "localhost.evil.example"])
      expect(await statusFor("/api/streams", host), host).toBe(421);
    expect(await statusFor("/metrics", "framewatch.internal:9464")).toBe(200);
  });

  it("gets it by an address, by a name that is private, by one of this machine, and by the one that it listens at", async () => {
    const own = ["localhost:1", "LOCALHOST", "watch.example:9464", hostname()];
    const inside = ["framewatch:9464", "framewatch.media.svc:9464", "framewatch.media.svc.cluster.local", "watch.internal"];
    const hosts = ["127.0.0.1:9464", "[::1]:9464", "10.0.0.7", ...own, ...inside];
    for (const host of hosts) expect(await statusFor("/api/streams", host), host).toBe(200);
  });
});
