import { readdir } from "node:fs/promises";
import { writeFileSync } from "node:fs";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Channel, openChannel } from "../support/channel.js";
import { childrenOf, eventually, openWorld, type RunningService, type World } from "../support/service.js";

let world: World;
let service: RunningService;
let channel: Channel;
beforeAll(async () => {
  channel = await openChannel();
  world = await openWorld();
  service = await world.start({ FRAMEWATCH_ALLOW_HOSTS: channel.host });
});
afterAll(async () => {
  await world.close();
  await channel.close();
});

it("scratch", async () => {
  const id = "channel-1";
  const t0 = Date.now();
  const say = (...a: unknown[]) => console.log(((Date.now() - t0) / 1000).toFixed(1), ...a);
  try {
  await world.send({ id, source: channel.url, mode: "live", stream: "News One", policy: "live-channel" });
  await eventually("up", async () => (await service.metrics()).get('framewatch_stream_up{stream="News One"}') === 1);
  say("up");
  channel.show("black");
  const about = (event: string, type: string) => eventually(event + type, async () => (await world.alerts()).map(({alert}) => alert).find((a) => a.type === "framewatch.defect." + event && a.data.defect?.type === type), 15000);
  const opened = await about("opened", "black");
  say(JSON.stringify(opened, null, 1));
  channel.show("moving");
  const resolved = await about("resolved", "black");
  say(JSON.stringify(resolved, null, 1));
  await channel.change({ width: 320, height: 180 });
  await new Promise((r) => setTimeout(r, 6000));
  say("changed", (await world.alerts()).map(({alert}) => [alert.type, alert.data.defect?.type, alert.data.defect?.kind]));
  await channel.change({ sounds: 2 });
  await new Promise((r) => setTimeout(r, 8000));
  say("changed", (await world.alerts()).map(({alert}) => [alert.type, alert.data.defect?.type, alert.data.defect?.kind]));
  await world.send({ action: "cancel", id });
  await world.waitForAlert(id, "framewatch.job.completed");
  say("completed");
  await world.queueIsEmpty();
  say(await world.keys(id), childrenOf(service.pid), await readdir(world.workDir), [...(await service.metrics()).keys()].filter((k) => k.includes("stream_")));
  } finally {
  const keys = await world.keys(id);
  const rep = keys.find((k) => k.endsWith("report.json"));
  if (rep) writeFileSync("/tmp/lsreport.json", JSON.stringify(await world.report(`${id}/${rep.slice(0, -12)}`), null, 1));
  writeFileSync("/tmp/lslog.json", service.log.map((l) => JSON.stringify(l)).join("\n"));
  writeFileSync("/tmp/lsalerts.json", (await world.alerts()).map((l) => JSON.stringify(l)).join("\n"));
  }
}, 120_000);
