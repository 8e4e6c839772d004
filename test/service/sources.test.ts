import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Gate, openGate } from "../support/gate.js";
import { openWorld, type World } from "../support/service.js";
import { soundClip } from "./clips.js";

let world: World;
let allowed: Gate;
let forbidden: Gate;
let redirector: Server;
let redirectTo = "";
let media = "";
beforeAll(async () => {
  world = await openWorld();
  [allowed, forbidden] = await Promise.all([openGate(world.aws.server.port), openGate(world.aws.server.port)]);
  redirector = createServer((_, response) => response.writeHead(302, { location: redirectTo }).end()).listen(0, "127.0.0.1");
  await once(redirector, "listening");
  await world.upload("film.mp4", await soundClip());
  media = `/${world.bucket}/film.mp4`;
  const { port } = redirector.address() as AddressInfo;
  await world.start({
    FRAMEWATCH_ALLOW_HOSTS: `${new URL(allowed.endpoint).host},127.0.0.1:${port}`,
    FRAMEWATCH_ALLOW_OUTPUTS: `s3://${world.bucket}/team/`,
  });
});
afterAll(async () => {
  redirector.close();
  await Promise.all([allowed.close(), forbidden.close()]);
  await world.close();
});

const redirectorUrl = () => `http://127.0.0.1:${(redirector.address() as AddressInfo).port}/film.mp4?token=secret`;

describe("an http:// source", () => {
  it("is read from a private host that is allowed", async () => {
    await world.send({ id: "allowed", source: `${allowed.endpoint}${media}` });
    await world.waitForAlert("allowed", "framewatch.job.completed");
    expect(await world.report("allowed")).toMatchObject({ verdict: "pass", media: { complete: true, video: { frames: 50 } } });
  });

  it("is followed to an allowed host, without showing its query", async () => {
    redirectTo = `${allowed.endpoint}${media}`;
    await world.send({ id: "followed", source: redirectorUrl() });
    const completed = await world.waitForAlert("followed", "framewatch.job.completed");
    expect(completed.subject).toBe(redirectorUrl().replace(/\?.*/, ""));
    expect(JSON.stringify([completed, await world.report("followed")])).not.toContain("token=secret");
  });

  it.each(["another private port", "the metadata endpoint", "a local file"])("is not followed to %s", async (where) => {
    const places: Record<string, string> = {
      "another private port": `${forbidden.endpoint}${media}`,
      "the metadata endpoint": "http://169.254.169.254/latest/meta-data/",
      "a local file": "file:///etc/hostname",
    };
    redirectTo = places[where] ?? "";
    const id = `to-${where.replaceAll(" ", "-")}`;
    await world.send({ id, source: redirectorUrl() });
    const { data } = await world.waitForAlert(id, "framewatch.job.rejected");
    expect(data.error?.code).toBe("source-forbidden");
    expect(await world.report(id)).toBeUndefined();
  });
});

describe("a job's own output", () => {
  it("gets the report, where it is allowed", async () => {
    const output = `s3://${world.bucket}/team/a/`;
    await world.send({ id: "elsewhere", source: `s3://${world.bucket}/film.mp4`, output });
    const { data } = await world.waitForAlert("elsewhere", "framewatch.job.completed");
    expect(data.reportUrl).toBe(`${output}elsewhere/report.json`);
    expect(await (await fetch(data.reportLink ?? "")).json()).toMatchObject({ verdict: "pass" });
    expect(await world.report("elsewhere")).toBeUndefined();
  });
});
