import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { readdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { contractDefectTypes } from "../../src/analyzers/defect-types.js";
import type { Alert } from "../../src/notifier/index.js";
import { freePort } from "../ingest/live/senders.js";
import { type Channel, openChannel, type Sender, startSender } from "../support/channel.js";
import { serveFolder } from "../support/hls.js";
import { makeSegments, playlistText, segmentNames } from "../support/rolling-hls.js";
import { childrenOf, eventually, openWorld, type RunningService, type World } from "../support/service.js";

/** What these tests are about, and nothing that test pictures and noise raise beside it. */
const watched = ["black", "freeze", "silence", "stall", "manifest", "format-change", "timestamp-gap"];
const policy = {
  version: 1,
  name: "watched",
  detectors: Object.fromEntries([
    ...contractDefectTypes.map((type) => [type, { enabled: watched.includes(type) }]),
    ...["black", "stall"].map((type) => [type, { enabled: true, severity: "critical" }]),
  ]),
};

let world: World;
let service: RunningService;
let leaving: Channel;
let changing: Channel;
let folder: string;
let playlists: Awaited<ReturnType<typeof serveFolder>>;
let page: Server;
let pageHost: string;
let udpPort: number;
let sender: Sender;
beforeAll(async () => {
  [leaving, changing, folder, udpPort] = await Promise.all([
    openChannel(),
    openChannel(),
    makeSegments({ seconds: 16 }),
    freePort("udp"),
  ]);
  playlists = await serveFolder(folder);
  page = createServer((_, response) => void response.writeHead(200, { "content-type": "text/html" }).end("<html>Hello</html>"));
  page.listen(0, "127.0.0.1");
  await once(page, "listening");
  pageHost = `127.0.0.1:${(page.address() as AddressInfo).port}`;
  sender = startSender([`udp://127.0.0.1:${udpPort}?pkt_size=1316`]);
  world = await openWorld();
  service = await world.start({
    FRAMEWATCH_ALLOW_HOSTS: [leaving, changing, playlists, { host: pageHost }].map(({ host }) => host).join(","),
    FRAMEWATCH_ALLOW_LISTEN: `127.0.0.1:${udpPort}`,
    FRAMEWATCH_LIVE_STREAMS: "8",
  });
});
afterAll(async () => {
  await world.close();
  await Promise.all([leaving.close(), changing.close(), playlists.close(), sender.stop()]);
  page.closeAllConnections();
  page.close();
  await rm(folder, { recursive: true, force: true });
});

const ofJob = async (id: string): Promise<Alert[]> =>
  (await world.alerts())
    .map(({ alert }) => alert)
    .filter(({ data }) => data.jobId === id)
    .toSorted((one, other) => one.data.sequence - other.data.sequence);

const isAbout = (event: string, type: string) => (alert: Alert) =>
  alert.type === `framewatch.defect.${event}` && alert.data.defect?.type === type;

const told = (id: string, event: string, type: string): Promise<Alert> =>
  eventually(`${type} of ${id} is ${event}`, async () => (await ofJob(id)).find(isAbout(event, type)));

const sample = async (name: string): Promise<number | undefined> => (await service.metrics()).get(`framewatch_${name}`);

const isUp = (stream: string) =>
  eventually(`${stream} is up`, async () => (await sample(`stream_up{stream="${stream}"}`)) === 1 || undefined);

/** The report of the one hour, or of the last one, with the name of its folder. */
async function lastReport(id: string) {
  const hours = (await world.keys(id)).filter((key) => key.endsWith("Z/report.json")).toSorted();
  const hour = path.dirname(hours.at(-1) ?? "");
  const report = await world.report(`${id}/${hour}`);
  if (report === undefined) throw new Error(`There is no report of ${id}.`);
  return { hour, report };
}

/** Ends a job, and gives its last report. */
async function cancel(id: string) {
  await world.send({ action: "cancel", id });
  await world.waitForAlert(id, "framewatch.job.completed");
  return lastReport(id);
}

describe.concurrent("a live job", () => {
  it("tells of a black while it is on screen and when it is over, and ends in good order when it is cancelled", async (test) => {
    const id = "on-screen";
    await world.send({
      ...{ id, mode: "live", stream: "News One", policy, labels: { desk: "night" } },
      source: `udp://127.0.0.1:${udpPort}`,
    });
    await isUp("News One");
    sender.show("black");
    // It stays black until this was told: what is told afterwards would never come.
    const opened = await told(id, "opened", "black");
    test.expect(opened).toMatchObject({
      subject: "News One",
      data: {
        stream: "News One",
        labels: { desk: "night" },
        incidentKey: "News One black video:0",
        defect: { severity: "critical", startTime: expect.stringMatching(/^\d{4}-.*Z$/) },
        evidenceLinks: { clip: expect.stringMatching(/^http/), thumbnail: expect.stringMatching(/^http/) },
      },
    });
    test.expect(opened.data.defect).not.toHaveProperty("endSeconds");
    test.expect(await sample('stream_defect_active{stream="News One",type="black"}')).toBe(1);
    sender.show("moving");
    const resolved = await told(id, "resolved", "black");
    test.expect(resolved.data.defect).toMatchObject({ id: opened.data.defect?.id, endTime: expect.any(String) });
    test.expect(resolved.data.evidenceLinks).toMatchObject({ clip: expect.stringMatching(/^http/) });

    const { hour } = await cancel(id);
    // The job's end does not wait for evidence: that comes into the report when it is made.
    const report = await eventually("the clip is in the report", async () => {
      const { report: last } = await lastReport(id);
      return last.defects.some(({ type, evidence }) => type === "black" && evidence?.clip !== undefined) ? last : undefined;
    });
    const alerts = await ofJob(id);
    test.expect(alerts.at(-1)).toMatchObject({
      type: "framewatch.job.completed",
      data: { verdict: "fail", counts: { black: 1 }, reportUrl: `${world.output}${id}/${hour}/report.json` },
    });
    const black = report.defects.find(({ type }) => type === "black");
    test.expect(black).toMatchObject({ id: opened.data.defect?.id, endSeconds: resolved.data.defect?.endSeconds });
    const clip = black?.evidence?.clip ?? "none";
    test.expect(await world.keys(id)).toContain(`${hour}/${clip}`);
    const answer = await fetch(opened.data.evidenceLinks?.clip ?? "");
    test
      .expect(
        Buffer.from(await answer.arrayBuffer())
          .subarray(4, 8)
          .toString(),
      )
      .toBe("ftyp");
  }, 120_000);

  it("whose sender dies is told as stalled, what follows from that is not, and it goes on when the sender is back", async (test) => {
    const id = "sender-dies";
    await world.send({ id, source: leaving.url, mode: "live", stream: "Two", policy });
    await isUp("Two");
    await leaving.leave();
    const opened = await told(id, "opened", "stall");
    test
      .expect(opened.data.defect)
      .toMatchObject({ severity: "critical", kind: "lost", measured: { waitSeconds: expect.any(Number) } });
    leaving.show("black");
    leaving.comeBack();
    await told(id, "resolved", "stall");
    await eventually(
      "a black is held back",
      async () => ((await sample('alerts_held_back_total{reason="lost-input"}')) ?? 0) > 0 || undefined,
    );
    leaving.show("moving");
    await eventually(
      "the stream moves",
      async () => (await sample('stream_defect_active{stream="Two",type="black"}')) === 0 || undefined,
    );
    const { report } = await cancel(id);
    const stall = report.defects.find(({ type }) => type === "stall");
    const black = report.defects.find(({ type }) => type === "black");
    test.expect(black?.startSeconds, "time runs on").toBeGreaterThan((stall?.startSeconds ?? Infinity) + 20);
    const types = (await ofJob(id)).map(({ data }) => data.defect?.type);
    for (const type of ["black", "freeze", "silence"]) test.expect(types).not.toContain(type);
    test.expect(report.incidentLog?.filter(({ incidentKey }) => incidentKey?.includes(" black "))).toMatchObject([
      { change: "opened", heldBack: "lost-input" },
      { change: "resolved", heldBack: "lost-input" },
    ]);
    test.expect(service.log.filter(({ job, msg }) => job === id && msg === "job begins")).toHaveLength(1);
  }, 150_000);

  it("is one by the playlist alone; one that grows stale is told while it is, as the cause of the stall", async (test) => {
    const id = "stale-playlist";
    const names = segmentNames(16);
    const write = (end: number) =>
      writeFile(path.join(folder, "live.m3u8"), playlistText(names.slice(end - 4, end), { first: end - 4 }));
    await write(4);
    await world.send({ id, source: playlists.url("live.m3u8").href, stream: "Three", policy });
    for (let end = 5; end <= 8; end++) {
      await pause(1000);
      await write(end);
    }
    const opened = await told(id, "opened", "manifest");
    test.expect(opened.data.defect).toMatchObject({ kind: "stale" });
    const stall = await told(id, "opened", "stall");
    test.expect(stall.data).toMatchObject({ cause: "origin", defect: { kind: "lost" } });
    for (let end = 9; end <= 14; end++) {
      await write(end);
      await pause(1000);
    }
    await told(id, "resolved", "stall");
    test.expect((await told(id, "resolved", "manifest")).data.defect?.id).toBe(opened.data.defect?.id);
    await cancel(id);
  }, 150_000);

  it("goes on when picture size and tracks change in mid-stream, says so, and misses no more than a group of pictures", async (test) => {
    const id = "changes";
    await world.send({ id, source: changing.url, mode: "live", stream: "Four", policy });
    await isUp("Four");
    await changing.change({ width: 320, height: 180 });
    const changes = async () => (await ofJob(id)).filter(isAbout("opened", "format-change")).map(({ data }) => data.defect);
    await eventually("another size is told", async () => (await changes()).length === 1 || undefined);
    // So that the next one is another fault.
    await told(id, "resolved", "format-change");
    await changing.change({ sounds: 2 });
    await eventually("other tracks are told", async () => (await changes()).length === 2 || undefined);
    test.expect(await changes()).toMatchObject([
      { kind: "size", measured: { widthBefore: 160, width: 320 } },
      { kind: "tracks", measured: { soundTracksBefore: 1, soundTracks: 2 } },
    ]);
    const { report } = await cancel(id);
    test.expect(report.media).toMatchObject({ video: { width: 320 }, audio: [{}, {}] });
    test.expect(report.defects.map(({ type }) => type)).not.toContain("stall");
    const gaps = report.defects
      .filter(({ type }) => type === "timestamp-gap")
      .map(({ measured }) => measured["missingSeconds"] ?? 0);
    test.expect(Math.max(0, ...gaps)).toBeLessThan(1);
    test.expect(changing.connections).toBe(1);
  }, 120_000);

  it.each([
    ["a private host that nobody allowed", "http://127.0.0.1:9/live.ts", "source-forbidden"],
    ["an address that it may not listen at", "udp://127.0.0.1:9", "source-forbidden"],
    ["an option that is not known", "srt://192.0.2.1:9000?crypto=x", "source-unsupported"],
    ["a file as if it were a stream", "s3://media/film.mp4", "source-unsupported"],
  ])("is rejected that names %s", async (what, source, code) => {
    const id = what.replaceAll(" ", "-");
    await world.send({ id, source, mode: "live" });
    const { data } = await world.waitForAlert(id, "framewatch.job.rejected");
    expect(data.error).toMatchObject({ code, message: expect.stringMatching(/\S/) });
  });

  it("fails whose media is encrypted, since no other connection could mend that, and says that what was wrong is over", async (test) => {
    const id = "encrypted";
    const file = path.join(folder, "encrypted.m3u8");
    const names = segmentNames(5);
    await writeFile(file, playlistText(names.slice(0, 4)));
    await world.send({ id, source: playlists.url("encrypted.m3u8").href, mode: "live", policy });
    await told(id, "opened", "manifest");
    const key = '#EXT-X-KEY:METHOD=SAMPLE-AES,URI="https://keys.example.com/1",KEYFORMAT="com.apple.streamingkeydelivery"';
    await writeFile(file, playlistText([...names.slice(0, 4), { uri: "v4.ts", tags: [key] }]));
    const { data } = await world.waitForAlert(id, "framewatch.job.failed");
    test.expect(data.error).toMatchObject({ code: "media-encrypted" });
    const alerts = (await ofJob(id)).map(({ type, data: { defect } }) => `${type.split(".").at(-1)} ${defect?.type ?? "job"}`);
    test.expect(alerts.slice(0, 2)).toEqual(["opened manifest", "resolved manifest"]);
    test.expect(alerts.at(-1)).toBe("failed job");
    test.expect((await lastReport(id)).report.defects).toMatchObject([{ type: "manifest", endSeconds: expect.any(Number) }]);
  }, 120_000);

  it("that gets a web page instead of a stream says so, and goes on to ask", async (test) => {
    const id = "web-page";
    await world.send({ id, source: `http://${pageHost}/live.ts`, mode: "live", stream: "Five", policy });
    const { data } = await told(id, "opened", "stall");
    test.expect(data.defect?.causes?.join()).toContain("gives no MPEG transport stream");
    await cancel(id);
  }, 120_000);
});

it("when all have ended, nothing of them is left: no message, no child, no file, no metric", async () => {
  await world.queueIsEmpty();
  await eventually("no child runs", () => childrenOf(service.pid).length === 0 || undefined);
  const [own = "none"] = await readdir(world.workDir);
  expect(await readdir(path.join(world.workDir, own))).toEqual([]);
  const names = [...(await service.metrics()).keys()];
  expect(names.filter((name) => name.startsWith("framewatch_stream_"))).toEqual([]);
  expect(names.some((name) => name.startsWith("framewatch_defects_total"))).toBe(true);
});
