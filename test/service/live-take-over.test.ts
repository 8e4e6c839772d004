import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { setTimeout as pause } from "node:timers/promises";
import { ChangeMessageVisibilityCommand } from "@aws-sdk/client-sqs";
import { GetObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Alert } from "../../src/notifier/index.js";
import { type Channel, openChannel } from "../support/channel.js";
import { eventually, openWorld, type RunningService, type World } from "../support/service.js";

const id = "channel-1";
const stream = "News One";

let world: World;
let channel: Channel;
let receiver: Server;
let posted: Alert[];
let services: RunningService[];
let settings: Record<string, string>;
beforeAll(async () => {
  channel = await openChannel();
  posted = [];
  services = [];
  receiver = createServer(async (request, response) => {
    posted.push(JSON.parse(await text(request)) as Alert);
    response.writeHead(204).end();
  }).listen(0, "127.0.0.1");
  await once(receiver, "listening");
  settings = {
    FRAMEWATCH_ALLOW_HOSTS: channel.host,
    FRAMEWATCH_WEBHOOK_URL: `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`,
    FRAMEWATCH_WEBHOOK_SECRET: `whsec_${Buffer.alloc(32, 1).toString("base64")}`,
  };
  world = await openWorld();
});
afterAll(async () => {
  await world.close();
  await channel.close();
  receiver.closeAllConnections();
  receiver.close();
});

async function start(): Promise<RunningService> {
  const service = await world.start(settings);
  services.push(service);
  return service;
}

const isUp = (service: RunningService) =>
  eventually(
    "the stream is up",
    async () => (await service.metrics()).get(`framewatch_stream_up{stream="${stream}"}`) === 1 || undefined,
  );

const frames = async (service: RunningService) => (await service.metrics()).get("framewatch_frames_analyzed_total") ?? 0;

/** What people were told of the picture, by SNS, in the order in which it came: `opened black ID`. */
async function toldBySns(): Promise<string[]> {
  return (await world.alerts())
    .map(({ alert }) => alert)
    .filter(isOfPicture)
    .map(brief);
}
const toldByWebhook = (): string[] => posted.filter(isOfPicture).map(brief);
const isOfPicture = ({ data }: Alert): boolean => data.defect?.type === "black" || data.defect?.type === "freeze";
const brief = ({ type, data }: Alert): string => `${type.split(".").at(-1)} ${data.defect?.type} ${data.defect?.id}`;

const until = (count: number, told: () => readonly string[] | Promise<readonly string[]>) =>
  eventually(`${count} alerts of the picture`, async () => ((await told()).length >= count ? told() : undefined));

/** As if the minute had passed after which a process that says nothing counts as dead. */
async function letTimePass(): Promise<void> {
  for (const name of (await world.keys(id)).filter((key) => key.startsWith(".state/owner/"))) {
    const place = { Bucket: world.bucket, Key: `reports/${id}/${name}` };
    const { Body } = await world.aws.s3.send(new GetObjectCommand(place));
    const mark = JSON.parse((await Body?.transformToString()) ?? "") as object;
    const body = JSON.stringify({ ...mark, atMilliseconds: Date.now() - 120_000 });
    await world.aws.s3.send(new PutObjectCommand({ ...place, Body: body }));
  }
}

/** Gives the message back until the service has it: the emulator also hands it to what the dead process had asked for. */
async function comesBackTo(service: RunningService): Promise<void> {
  const name = world.queue.url.slice(world.queue.url.lastIndexOf("/") + 1);
  await eventually("the job begins in another process", async () => {
    for (const { receiptHandle } of world.aws.server.inspectQueue(name)?.messages.inflight ?? []) {
      const message = { QueueUrl: world.queue.url, ReceiptHandle: receiptHandle };
      await world.aws.sqs.send(new ChangeMessageVisibilityCommand({ ...message, VisibilityTimeout: 0 }));
    }
    await pause(1000);
    return service.log.some(({ job, msg }) => job === id && msg === "job begins") || undefined;
  });
}

describe("a live job", () => {
  it("whose SNS is away goes on; the webhook hears at once, SNS all in order when it is back", async () => {
    const first = await start();
    await world.send({ id, source: channel.url, mode: "live", stream });
    await isUp(first);
    await world.snsGate.shut();
    channel.show("black");
    await until(1, toldByWebhook);
    channel.show("moving");
    const told = await until(2, toldByWebhook);
    expect(await toldBySns()).toEqual([]);
    const before = await frames(first);
    await eventually("frames go on", async () => (await frames(first)) > before + 25 || undefined);
    expect((await first.metrics()).get('framewatch_alerts_waiting{sink="sns"}')).toBeGreaterThanOrEqual(2);
    await world.snsGate.open();
    expect(await until(2, toldBySns)).toEqual(told);
  }, 120_000);

  it("whose process is killed in the middle of an incident goes on in another, which does not tell it again, and tells its end", async () => {
    const [first] = services;
    channel.show("still");
    const [, , opened = ""] = await until(3, toldBySns);
    const second = await start();
    first?.signal("SIGKILL");
    await first?.exit;
    await letTimePass();
    await comesBackTo(second);
    await isUp(second);
    await eventually(
      "the freeze is found again",
      async () =>
        (await second.metrics()).get(`framewatch_stream_defect_active{stream="${stream}",type="freeze"}`) === 1 || undefined,
    );
    const before = await frames(second);
    await eventually("it stands still for a while", async () => (await frames(second)) > before + 75 || undefined);
    channel.show("moving");
    expect((await until(4, toldBySns)).slice(2)).toEqual([opened, opened.replace("opened", "resolved")]);
    // The first process was killed before it could make any evidence.
    const clip = `evidence/${opened.split(" ").at(-1)}.mp4`;
    await eventually("the second has made a clip", async () => (await world.keys(id)).some((key) => key.endsWith(clip)));
  }, 120_000);

  it("whose process is told to stop is in another within seconds, and its report holds the time of all of them", async () => {
    const [, second] = services;
    const third = await start();
    second?.signal("SIGTERM");
    expect(await second?.exit).toEqual({ code: 0, signal: null });
    await isUp(third);
    await world.send({ action: "cancel", id });
    await world.waitForAlert(id, "framewatch.job.completed");
    await world.queueIsEmpty();
    const hours = (await world.keys(id)).filter((key) => key.endsWith("/report.json"));
    const reports = await Promise.all(hours.map((key) => world.report(`${id}/${key.slice(0, -"/report.json".length)}`)));
    const found = reports.flatMap((report) => report?.defects ?? []).filter(({ type }) => type === "black" || type === "freeze");
    const told = await toldBySns();
    expect(told).toHaveLength(4);
    expect(new Set(found.map((defect) => `${defect.type} ${defect.id}`))).toEqual(
      new Set(told.map((alert) => alert.replace(/^\w+ /, ""))),
    );
    for (const defect of found) expect(defect.endSeconds).toBeGreaterThan(defect.startSeconds + 2);
    expect(reports[0]?.media?.range?.startSeconds).toBeLessThan(5);
    expect(toldByWebhook()).toEqual(told);
  }, 120_000);
});
