import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { jobsSchema, type StreamEntry, streamEntrySchema, streamsSchema } from "../../src/api/answers.js";
import { freePort, openStudio, type Studio } from "../ingest/live/senders.js";
import { eventually, openWorld, type RunningService, type World } from "../support/service.js";

const token = "a-token-of-32-letters-and-digits";
const stream = "Kanal 1/Süd 50% #ü?";
const id = "channel-1";

let world: World;
let studio: Studio;
let service: RunningService;
let source = "";
beforeAll(async () => {
  [world, studio] = await Promise.all([openWorld(), openStudio()]);
  const port = await freePort("udp");
  source = `udp://127.0.0.1:${port}`;
  service = await world.start({ FRAMEWATCH_ALLOW_LISTEN: `127.0.0.1:${port}`, FRAMEWATCH_HTTP_TOKEN: token });
  studio.send(["-f", "mpegts", `${source}?pkt_size=1316`], { picture: "color=black:size=160x90:rate=25" });
  const policy = { version: 1, name: "house", detectors: { black: { severity: "critical" } } };
  await world.send({ id, source, mode: "live", stream, policy, profile: "fast", labels: { desk: "night" } });
  await eventually("the black is told", async () => {
    return (await one()).lastAlerts.some(({ incidentKey = "" }) => incidentKey.includes("black")) || undefined;
  });
});
afterAll(async () => {
  await studio.close();
  await world.close();
});

const get = (path: string, init?: RequestInit) => fetch(`${service.url}${path}`, init);

/** The stream's entry; a made-up one where there is none yet. */
async function one(): Promise<Pick<StreamEntry, "openIncidents" | "lastAlerts">> {
  const { streams } = streamsSchema.parse(await (await get("/api/streams")).json());
  return streams[0] ?? { openIncidents: [], lastAlerts: [] };
}

function post(action: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
  return get(`/api/streams/${id}/${action}`, {
    method: "POST",
    headers: { "authorization": `Bearer ${token}`, "content-type": "application/json", ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
}

const inAnHour = () => new Date(Date.now() + 3_600_000).toISOString();

describe("what runs", () => {
  it("tells of each live stream what an operator asks: state, open incidents, times, loudness, last alerts", async () => {
    const response = await get("/api/streams");
    expect([
      response.status,
      ...["content-type", "cache-control", "access-control-allow-origin", "set-cookie"].map((name) => response.headers.get(name)),
    ]).toEqual([200, "application/json; charset=utf-8", "no-store", null, null]);
    const { streams } = streamsSchema.parse(await response.json());
    expect(streams).toMatchObject([
      {
        jobId: id,
        stream,
        source,
        state: "running",
        reconnects: 0,
        inMaintenance: false,
        loudness: [{ track: 0, momentaryLufs: expect.any(Number) }],
      },
    ]);
    const [entry] = streams;
    expect(entry?.mediaSeconds).toBeGreaterThan(1);
    expect(entry?.framesPerSecond).toBeGreaterThan(1);
    expect(entry?.lagSeconds).toBeGreaterThanOrEqual(0);
    const incident = entry?.openIncidents.find(({ defect }) => defect.type === "black");
    expect(incident).toMatchObject({ defect: { severity: "critical", startTime: expect.any(String) } });
    expect(incident).not.toHaveProperty("acknowledged");
    expect(entry?.lastAlerts).toContainEqual(
      expect.objectContaining({ type: "framewatch.defect.opened", incidentKey: incident?.incidentKey }),
    );
  });

  it("finds one stream by its name, whatever letters that has, and by its job's id", async () => {
    for (const name of [encodeURIComponent(stream), id]) {
      const response = await get(`/api/streams/${name}?token=x`);
      expect(response.status).toBe(200);
      expect(streamEntrySchema.parse(await response.json())).toMatchObject({ jobId: id, stream });
    }
  });

  it("lists the jobs, live ones and files, with what they were asked for", async () => {
    const { jobs } = jobsSchema.parse(await (await get("/api/jobs")).json());
    expect(jobs).toEqual([
      {
        id,
        source,
        mode: "live",
        stream,
        policy: "house",
        profile: "fast",
        state: "running",
        startedAt: expect.any(String),
        labels: { desk: "night" },
      },
    ]);
  });

  it("is in the metrics", async () => {
    const metrics = await eventually("the gauges are set", async () => {
      const found = await service.metrics();
      return found.get("framewatch_jobs_running") === 1 ? found : undefined;
    });
    expect(metrics.get(`framewatch_stream_up{stream="${stream}"}`)).toBe(1);
    expect(metrics.get(`framewatch_stream_defect_active{stream="${stream}",type="black"}`)).toBe(1);
    expect(metrics.get(`framewatch_stream_loudness_lufs{stream="${stream}",window="momentary"}`)).toBeLessThan(0);
  });

  it.each([
    ["GET", "/api/streams/nobody", 404],
    ["GET", "/api/streams/%E0%A4%A", 400],
    ["GET", "/api/streams/", 404],
    ["GET", "/api/", 404],
    ["GET", "/api/jobs/channel-1", 404],
    ["GET", "/api/streams/channel-1/acknowledge/x", 404],
    ["GET", "/api/streams/channel-1/acknowledge", 405],
    ["POST", "/api/streams", 405],
    ["DELETE", "/api/jobs", 405],
  ])("answers %s %s with %i, in JSON", async (method, path, status) => {
    const response = await get(path, { method });
    expect([response.status, response.headers.get("content-type")]).toEqual([status, "application/json; charset=utf-8"]);
    expect(await response.json()).toEqual({ error: expect.any(String) });
    if (status === 405) expect(response.headers.get("allow")).toBe(path.endsWith("acknowledge") ? "POST" : "GET, HEAD");
  });

  it("answers HEAD as GET, without a body", async () => {
    const response = await get(`/api/streams/${id}`, { method: "HEAD" });
    expect([response.status, response.headers.get("content-type"), await response.text()]).toEqual([
      200,
      "application/json; charset=utf-8",
      "",
    ]);
  });
});

describe("silencing a stream", () => {
  it("is for who bears the token, and learns nothing otherwise", async () => {
    for (const authorization of ["", "Bearer ", `Bearer ${token}x`, `Basic ${token}`, `Bearer ${token.slice(1)}`]) {
      const response = await post("acknowledge", { incidentKey: "x", by: "me" }, { authorization });
      expect([response.status, response.headers.get("www-authenticate")]).toEqual([401, 'Bearer realm="framewatch"']);
    }
    expect((await get("/api/streams/nobody/maintenance", { method: "POST" })).status).toBe(401);
  });

  it.each<[string, unknown, Record<string, string>, number, RegExp]>([
    ["acknowledge", { incidentKey: "x", by: "me" }, { "content-type": "text/plain" }, 415, /application\/json/],
    ["acknowledge", "incidentKey=x&by=me", { "content-type": "application/x-www-form-urlencoded" }, 415, /application\/json/],
    ["acknowledge", "{", {}, 400, /no JSON/],
    ["acknowledge", [], {}, 400, /^body: /],
    ["acknowledge", { by: "me" }, {}, 400, /incidentKey: /],
    ["acknowledge", { incidentKey: "x", by: "a\nb" }, {}, 400, /by: must be a name/],
    ["acknowledge", { incidentKey: "x", by: "me", til: "" }, {}, 400, /"til"/],
    ["acknowledge", { incidentKey: "x", by: "me", until: "tomorrow" }, {}, 400, /until: must be a time of RFC 3339/],
    ["acknowledge", { incidentKey: "x", by: "me", until: "2020-01-01T00:00:00Z" }, {}, 400, /until: must not be over/],
    ["acknowledge", { incidentKey: "x", by: "me" }, {}, 404, /No such incident/],
    ["maintenance", {}, {}, 400, /until: /],
    ["maintenance", { from: "2999-01-02T00:00:00Z", until: "2999-01-01T00:00:00Z" }, {}, 400, /later than from/],
  ])("refuses %s with %j and %j: %i", async (action, body, headers, status, said) => {
    const response = await post(action, body, headers);
    expect([response.status, await response.json()]).toEqual([status, { error: expect.stringMatching(said) }]);
  });

  it("refuses a body that is too long, however long", async () => {
    for (const length of [17_000, 5_000_000]) {
      const response = await post("maintenance", { until: "x".repeat(length) });
      expect([response.status, await response.json()]).toEqual([413, { error: "The body must fit into 16 KiB." }]);
    }
  });

  it("acknowledges an incident, which is to be seen beside it", async () => {
    const { incidentKey = "" } = (await one()).openIncidents.find(({ defect }) => defect.type === "black") ?? {};
    const until = inAnHour();
    const response = await post("acknowledge", { incidentKey, by: "Ada, night desk", until });
    expect([response.status, await response.json()]).toEqual([200, { jobId: id, incidentKey, by: "Ada, night desk", until }]);
    const incident = (await one()).openIncidents.find((open) => open.incidentKey === incidentKey);
    expect(incident?.acknowledged).toEqual({ by: "Ada, night desk", until });
  });

  it("puts a stream into maintenance from now on, also with an offset of time zone", async () => {
    const response = await post("maintenance", { until: "2999-01-01T02:00:00+02:00" });
    expect([response.status, await response.json()]).toEqual([
      200,
      { jobId: id, from: expect.any(String), until: "2999-01-01T00:00:00.000Z" },
    ]);
    expect(await one()).toMatchObject({ inMaintenance: true });
  });

  it("is logged with who did it, and without the token", () => {
    expect(service.log).toContainEqual(
      expect.objectContaining({ msg: "an incident was acknowledged", by: "Ada, night desk", job: id }),
    );
    expect(JSON.stringify(service.log)).not.toContain(token);
  });

  it("is off where no token is set, and says how to turn it on", async () => {
    const other = await world.start();
    const response = await fetch(`${other.url}/api/streams/${id}/maintenance`, {
      method: "POST",
      headers: { "authorization": "Bearer x", "content-type": "application/json" },
      body: "{}",
    });
    expect([response.status, await response.json()]).toEqual([403, { error: expect.stringContaining("FRAMEWATCH_HTTP_TOKEN") }]);
    other.signal("SIGKILL");
  });
});

describe("a stream that is cancelled", () => {
  it("goes from the lists and the metrics", async () => {
    await world.send({ version: 1, action: "cancel", id });
    await world.waitForAlert(id, "framewatch.job.completed");
    await eventually("it is gone", async () => {
      const { jobs } = jobsSchema.parse(await (await get("/api/jobs")).json());
      const metrics = await service.metrics();
      return (jobs.length === 0 && metrics.get("framewatch_jobs_running") === 0) || undefined;
    });
    expect(await (await get("/api/streams")).json()).toEqual({ version: 1, streams: [] });
    const left = [...(await service.metrics()).keys()].filter((name) => name.startsWith("framewatch_stream_"));
    expect(left).toEqual([]);
  });
});
