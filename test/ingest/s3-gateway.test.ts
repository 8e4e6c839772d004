import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer, get, type IncomingMessage, request as httpRequest } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  PutObjectCommand,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import {
  type EgressProxy,
  openEgressProxy,
  openS3Gateway,
  openSource,
  type OpenedSource,
  type S3Gateway,
} from "../../src/ingest/index.js";
import { openAws, type TestAws } from "../support/aws.js";
import { readInput, renderClip, runProgram } from "../support/read-input.js";
import { type TcpDoor, tcpDoor } from "../support/tcp-door.js";

let aws: TestAws;
let door: TcpDoor;
let gateway: S3Gateway;
let proxy: EgressProxy;
let bucket: string;

beforeAll(async () => {
  aws = await openAws();
  door = await tcpDoor(aws.server.port);
  process.env["AWS_ENDPOINT_URL_S3"] = door.endpoint;
  gateway = await openS3Gateway();
  proxy = await openEgressProxy();
  bucket = aws.bucket();
});
afterAll(async () => {
  await proxy.close();
  await gateway.close();
  await door.close();
  delete process.env["AWS_ENDPOINT_URL_S3"];
  await aws.close();
});

const put = (key: string, body: Buffer | string): Promise<unknown> =>
  aws.s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: Buffer.from(body) }));
async function putInParts(key: string, body: Buffer): Promise<void> {
  const upload = await aws.s3.send(new CreateMultipartUploadCommand({ Bucket: bucket, Key: key }));
  const partOf = { Bucket: bucket, Key: key, UploadId: upload.UploadId };
  const parts: { PartNumber: number; ETag: string }[] = [];
  for (let at = 0; at < body.length; at += 5 << 20) {
    const PartNumber = parts.length + 1;
    const part = new UploadPartCommand({ ...partOf, PartNumber, Body: body.subarray(at, at + (5 << 20)) });
    parts.push({ PartNumber, ETag: (await aws.s3.send(part)).ETag ?? "" });
  }
  await aws.s3.send(new CompleteMultipartUploadCommand({ ...partOf, MultipartUpload: { Parts: parts } }));
}
const open = (key: string): Promise<OpenedSource> =>
  openSource(`s3://${bucket}/${key}`, { trusted: false, allowLocal: [], allowHosts: [], proxy, s3: gateway });

async function ask(
  url: string,
  headers: Record<string, string> = {},
  method = "GET",
): Promise<{ response: IncomingMessage; body: Buffer }> {
  const request = httpRequest(url, { method, headers, agent: false }).end();
  const [response] = (await once(request, "response")) as [IncomingMessage];
  return { response, body: await buffer(response) };
}

const digest = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex");

describe("the S3 gateway", () => {
  it("lets ffprobe read an MP4 whose index is at the end without fetching it whole", async () => {
    // Lossless noise: more between the head of the file and its index than the sockets on the way can hold.
    const clip = await renderClip("clip.mp4", ["-vf", "noise=alls=100:allf=t", "-qp", "0"], 40);
    expect(clip.length).toBeGreaterThan(28_000_000);
    await putInParts("end.mp4", clip);
    const opened = await open("end.mp4");
    const before = door.bytes();
    const { stdout } = await runProgram(
      "ffprobe",
      ["-v", "error", ...opened.input.inputOptions, "-show_entries", "format=duration", "-of", "csv=p=0", opened.input.url],
      opened.input.environment,
    );
    expect(Number(stdout)).toBe(40);
    expect(door.bytes() - before).toBeLessThan(clip.length / 2);
    expect(opened.failure()).toBeUndefined();
    opened.close();
  });

  it("tells ETag and size, and keeps the key's extension", async () => {
    await put("a.tar.MP4", "12345");
    const opened = await open("a.tar.MP4");
    expect(opened).toMatchObject({
      bytes: 5,
      displayName: `s3://${bucket}/a.tar.MP4`,
      version: expect.stringMatching(/^"[0-9a-f]{32}"$/),
    });
    expect(opened.input.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/[\w-]{32}\/media\.MP4$/);
    expect(JSON.stringify(opened.input)).not.toContain(bucket);
    opened.close();
  });

  it.each(["a b.ts", "ä/日本.ts", "a+b.ts", "50%.ts", "%41.ts", "what?.ts", "nr#1.ts", "a&b=c;d.ts", "a//b.ts", "quote'\".ts"])(
    "reads the key %s",
    async (key) => {
      const body = randomBytes(1000);
      await put(key, body);
      const opened = await open(key);
      expect((await ask(opened.input.url)).body.equals(body)).toBe(true);
      opened.close();
    },
  );

  it("answers ranges as RFC 9110 has them", async () => {
    await put("ten", "0123456789");
    const opened = await open("ten");
    const part = async (range: string) => {
      const { response, body } = await ask(opened.input.url, { range });
      return [response.statusCode, response.headers["content-range"], body.toString()];
    };
    expect(await part("bytes=0-")).toEqual([206, "bytes 0-9/10", "0123456789"]);
    expect(await part("bytes=7-")).toEqual([206, "bytes 7-9/10", "789"]);
    expect(await part("bytes=2-4")).toEqual([206, "bytes 2-4/10", "234"]);
    expect(await part("bytes=8-99")).toEqual([206, "bytes 8-9/10", "89"]);
    expect(await part("bytes=-3")).toEqual([206, "bytes 7-9/10", "789"]);
    expect(await part("bytes=10-")).toEqual([416, "bytes */10", ""]);
    expect(await part("bytes=4-2")).toEqual([416, "bytes */10", ""]);
    expect(await part("lines=1-2")).toEqual([200, undefined, "0123456789"]);
    const { response, body } = await ask(opened.input.url, {}, "HEAD");
    expect([response.statusCode, response.headers["content-length"], response.headers["accept-ranges"], body.length]).toEqual([
      200,
      "10",
      "bytes",
      0,
    ]);
    opened.close();
  });

  it("gives an empty object as nothing", async () => {
    await put("empty.mp4", "");
    const opened = await open("empty.mp4");
    expect(opened.bytes).toBe(0);
    const { response, body } = await ask(opened.input.url, { range: "bytes=0-" });
    expect([response.statusCode, body.length]).toEqual([200, 0]);
    expect((await readInput(opened.input)).frames).toBe(0);
    opened.close();
  });

  it("serves nobody who does not know the address of an open source", async () => {
    await put("secret", "secret");
    const opened = await open("secret");
    const { origin } = new URL(opened.input.url);
    expect((await ask(`${origin}/`)).response.statusCode).toBe(403);
    expect((await ask(`${origin}/${bucket}/secret`)).response.statusCode).toBe(403);
    expect((await ask(opened.input.url, {}, "PUT")).response.statusCode).toBe(403);
    opened.close();
    expect((await ask(opened.input.url)).response.statusCode).toBe(403);
  });

  it("goes on where a connection to S3 broke", async () => {
    const body = randomBytes(3_000_000);
    await put("broken", body);
    const opened = await open("broken");
    door.breakAfter(1_000_000);
    const answer = await ask(opened.input.url, { range: "bytes=100-" });
    expect(digest(answer.body)).toBe(digest(body.subarray(100)));
    expect(opened.failure()).toBeUndefined();
    opened.close();
  });

  it("reads no faster than the child, and ends the transfer when the child goes or the source is closed", async () => {
    let sent = 0;
    let ended = 0;
    // An object of a terabyte is beyond the emulator.
    const endless = createServer((request, response) => {
      const length = request.method === "HEAD" ? 1e12 : 1e12 - 100;
      response.writeHead(request.method === "HEAD" ? 200 : 206, { etag: '"endless"', "content-length": length });
      if (request.method === "HEAD") {
        response.end();
        return;
      }
      const more = (): void => {
        do sent += 65_536;
        while (response.write(Buffer.alloc(65_536)));
      };
      response.on("drain", more).once("close", () => {
        ended++;
      });
      more();
    });
    endless.listen(0, "127.0.0.1");
    await once(endless, "listening");
    process.env["AWS_ENDPOINT_URL_S3"] = `http://127.0.0.1:${(endless.address() as AddressInfo).port}`;
    const endlessGateway = await openS3Gateway();
    for (const [index, end] of ["child", "source"].entries()) {
      const object = await endlessGateway.open(bucket, "large");
      const request = get(object.url, { agent: false, headers: { range: "bytes=100-" } }).on("error", () => undefined);
      const [response] = (await once(request, "response")) as [IncomingMessage];
      response.on("error", () => undefined);
      let before = -1;
      // Nobody reads: once the buffers on the way are full, no more comes.
      await vi.waitFor(
        () => {
          const moved = sent - before;
          before = sent;
          expect(moved).toBe(0);
        },
        { interval: 200, timeout: 20_000 },
      );
      expect(sent).toBeLessThan(200_000_000);
      if (end === "child") request.destroy();
      else object.close();
      await vi.waitFor(() => expect(ended).toBe(index + 1));
      expect(object.failure()).toBeUndefined();
      object.close();
    }
    process.env["AWS_ENDPOINT_URL_S3"] = door.endpoint;
    await endlessGateway.close();
    endless.close();
    endless.closeAllConnections();
  });

  it("says that the object was replaced while it was read", async () => {
    await put("changed.ts", await renderClip("a.ts"));
    const opened = await open("changed.ts");
    expect((await readInput(opened.input)).frames).toBe(25);
    expect(opened.incompleteReason()).toBeUndefined();
    await put("changed.ts", await renderClip("b.ts", [], 2));
    expect((await readInput(opened.input)).frames).toBe(0);
    expect(opened.failure()).toMatchObject({ code: "source-changed" });
    expect(opened.incompleteReason()).toContain("was replaced while it was read");
    opened.close();
  });

  it("says what is not there", async () => {
    await expect(open("nothing.mp4")).rejects.toMatchObject({ code: "source-not-found" });
    await expect(
      openSource("s3://no-such-bucket/a.mp4", { trusted: false, allowLocal: [], allowHosts: [], proxy, s3: gateway }),
    ).rejects.toMatchObject({ code: "source-not-found" });
  });

  it("says that S3 is away, so that the job is tried again", async () => {
    process.env["AWS_ENDPOINT_URL_S3"] = "http://127.0.0.1:1";
    const away = await openS3Gateway();
    const refusal: unknown = await away.open(bucket, "a.mp4").catch((error: unknown) => error);
    process.env["AWS_ENDPOINT_URL_S3"] = door.endpoint;
    await away.close();
    expect(refusal).toMatchObject({ code: "source-unavailable", blames: "infrastructure" });
  });

  it("lets no object lead to a local file or another host", async () => {
    let hits = 0;
    const internal = createServer((_, response) => response.end());
    internal.on("connection", () => {
      hits++;
    });
    internal.listen(0, "127.0.0.1");
    await once(internal, "listening");
    const host = `http://127.0.0.1:${(internal.address() as AddressInfo).port}`;
    const objects = {
      "a.m3u8": `#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n${host}/a.ts\n#EXT-X-ENDLIST\n`,
      "file.m3u8": "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n",
      "disguised.mp4": `#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n${host}/a.ts\n#EXT-X-ENDLIST\n`,
      "a.ffconcat": `ffconcat version 1.0\nfile ${host}/a.ts\n`,
      "a.sdp": `v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 5000 RTP/AVP 96\na=rtpmap:96 H264/90000\n`,
      "a.mpd": `<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" mediaPresentationDuration="PT1S"><Period><BaseURL>${host}/</BaseURL><AdaptationSet mimeType="video/mp4"><Representation id="0" bandwidth="1"><SegmentTemplate duration="1" initialization="init.mp4" media="$Number$.m4s"/></Representation></AdaptationSet></Period></MPD>`,
    };
    for (const [key, body] of Object.entries(objects)) {
      await put(key, body);
      const opened = await open(key);
      const { frames, stderr } = await readInput(opened.input);
      expect(frames, key).toBe(0);
      expect(stderr, key).toMatch(/Format not on whitelist|Invalid (data|argument)/);
      opened.close();
    }
    expect(hits).toBe(0);
    internal.close();
  });

  it("lets the child reach nothing else through it", async () => {
    await put("a.ts", "x");
    const opened = await open("a.ts");
    const other = new URL(aws.endpoint);
    const gatewayUrl = new URL(opened.input.environment["http_proxy"] ?? "");
    const request = get({ host: gatewayUrl.hostname, port: gatewayUrl.port, path: `${other.href}${bucket}/a.ts`, agent: false });
    const [response] = (await once(request, "response")) as [IncomingMessage];
    response.resume();
    expect(response.statusCode).toBe(403);
    opened.close();
  });
});
