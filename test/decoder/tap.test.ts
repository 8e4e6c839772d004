import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { PutObjectCommand } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { watchTransport } from "../../src/decoder/decoding.js";
import { probe, type TransportFacts } from "../../src/decoder/index.js";
import {
  type EgressProxy,
  type MediaInput,
  openEgressProxy,
  openS3Gateway,
  openSource,
  type S3Gateway,
} from "../../src/ingest/index.js";
import { h264, makeClip, movingPicture, warble } from "../media/make.js";
import { openAws, type TestAws } from "../support/aws.js";
import { openChecking } from "../support/check-media.js";
import { readInput } from "../support/read-input.js";

/** Packets are missing in the middle. */
const recipe = {
  inputs: [movingPicture({ seconds: 8 }), warble({ seconds: 8 })],
  options: [...h264, "-c:a", "mp2"],
  extension: "ts",
  edits: [{ edit: "drop", from: 0.5, to: 0.52, multipleBytes: 188 }],
} as const;

let aws: TestAws;
let gateway: S3Gateway;
let proxy: EgressProxy;
let film: Buffer;
let ofFile: TransportFacts | undefined;
const servers: Server[] = [];
const { signal } = new AbortController();
const rules = { trusted: true, allowLocal: [], allowHosts: [] };

beforeAll(async () => {
  aws = await openAws();
  process.env["AWS_ENDPOINT_URL_S3"] = aws.endpoint;
  gateway = await openS3Gateway();
  proxy = await openEgressProxy();
  const file = await makeClip(recipe);
  film = await readFile(file);
  ofFile = await factsOf({ kind: "file", url: `file:${file}`, inputOptions: [], environment: {} });
});
afterAll(async () => {
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
  await proxy.close();
  await gateway.close();
  delete process.env["AWS_ENDPOINT_URL_S3"];
  await aws.close();
});

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, "127.0.0.1");
  servers.push(server);
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** What is seen while a real child reads the input. */
async function factsOf(input: MediaInput): Promise<TransportFacts | undefined> {
  const { originSeconds } = await probe(input, { signal });
  const watch = await watchTransport(input, originSeconds, { emit: () => undefined }, signal);
  try {
    await readInput(watch.input);
    return await watch.facts();
  } finally {
    await watch.close();
  }
}

async function factsOfSource(source: string): Promise<TransportFacts | undefined> {
  const opened = await openSource(source, { ...rules, proxy, s3: gateway });
  try {
    return await factsOf(opened.input);
  } finally {
    opened.close();
  }
}

describe("what is seen of a transport stream on its way to the decoder is what a file gives", () => {
  test("from S3", async () => {
    const bucket = aws.bucket();
    await aws.s3.send(new PutObjectCommand({ Bucket: bucket, Key: "film.ts", Body: film }));
    expect(ofFile?.indicators.find(({ name }) => name.startsWith("1.4"))?.count).toBeGreaterThan(0);
    expect(await factsOfSource(`s3://${bucket}/film.ts`)).toEqual(ofFile);
  });

  test("from a host that gives ranges, behind a redirect, of which each byte is asked for no more often than by the child", async () => {
    const asked: string[] = [];
    const origin = await serve((request, response) => {
      if (request.url === "/moved.ts") return void response.writeHead(302, { location: "/film.ts" }).end();
      const { range = "none" } = request.headers;
      asked.push(range);
      const [, first = 0, last = film.length - 1] = /^bytes=(\d+)-(\d+)?$/.exec(range)?.map(Number) ?? [];
      const end = Number.isNaN(last) ? film.length - 1 : last;
      response.writeHead(206, { "content-range": `bytes ${first}-${end}/${film.length}`, "accept-ranges": "bytes" });
      response.end(film.subarray(first, end + 1));
    });
    expect(await factsOfSource(`${origin}/moved.ts`)).toEqual(ofFile);
    const opened = await openSource(`${origin}/film.ts`, { ...rules, proxy, s3: gateway });
    const before = asked.length;
    await readInput(opened.input);
    const plain = asked.slice(before);
    const watch = await watchTransport(opened.input, 0, { emit: () => undefined }, signal);
    const middle = asked.length;
    await readInput(watch.input);
    await watch.close();
    opened.close();
    expect(asked.slice(middle)).toEqual(plain);
  });

  test("from a host that gives no ranges and no length", async () => {
    const origin = await serve((_, response) => void response.writeHead(200).end(film));
    expect(await factsOfSource(`${origin}/film.ts`)).toEqual(ofFile);
  });
});

test("a job over HTTP finds in the packets what one out of a file finds, picture and sound side by side", async () => {
  const origin = await serve((request, response) => {
    const [, first = 0] = /^bytes=(\d+)-/.exec(request.headers.range ?? "")?.map(Number) ?? [];
    response.writeHead(206, { "content-range": `bytes ${first}-${film.length - 1}/${film.length}`, "accept-ranges": "bytes" });
    response.end(film.subarray(first));
  });
  const checking = await openChecking();
  try {
    const [ofHost, local] = [
      await checking.check(`${origin}/film.ts`, ["transport"]),
      await checking.check(await makeClip(recipe), ["transport"]),
    ];
    expect(local.defects.map(({ kind }) => kind)).toContain("continuity-count-error");
    const told = ({ defects }: typeof local) => defects.map(({ id, ...defect }) => defect);
    expect(told(ofHost)).toEqual(told(local));
    expect(ofHost.stream?.transport).toEqual(local.stream?.transport);
  } finally {
    await checking.close();
  }
});

test("says of how many bytes it is where the child read no further", async () => {
  const bucket = aws.bucket();
  await aws.s3.send(new PutObjectCommand({ Bucket: bucket, Key: "film.ts", Body: film }));
  const opened = await openSource(`s3://${bucket}/film.ts`, { ...rules, proxy, s3: gateway });
  const watch = await watchTransport(opened.input, 0, { emit: () => undefined }, signal);
  const answer = await fetch(watch.input.url, { headers: { range: "bytes=0-18799" } });
  await answer.arrayBuffer();
  // What lies beyond a leap is not seen.
  await (await fetch(watch.input.url, { headers: { range: "bytes=37600-56399" } })).arrayBuffer();
  expect(await watch.facts()).toMatchObject({ packets: 100, seenBytes: 18_800 });
  expect((await fetch(new URL("/other", watch.input.url))).status).toBe(403);
  await watch.close();
  opened.close();
});
