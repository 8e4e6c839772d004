import { once } from "node:events";
import { createServer, get, type RequestListener, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { type AddressInfo, connect } from "node:net";
import { buffer } from "node:stream/consumers";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type EgressProxy, openEgressProxy, openSource, type OpenedSource, type S3Gateway } from "../../src/ingest/index.js";
import { selfSignedCertificate } from "../support/certificate.js";
import { readInput, renderClip } from "../support/read-input.js";

/** Host names of these tests; all of them lie on loopback, `media.example` alone is allowed. */
const lookup = async (hostname: string): Promise<readonly string[]> => {
  if (hostname === "dual.example") return ["192.0.2.1", "127.0.0.1"];
  if (hostname.endsWith(".example")) return ["127.0.0.1"];
  throw Object.assign(new Error(`getaddrinfo ENOTFOUND ${hostname}`), { code: "ENOTFOUND" });
};

const noS3: S3Gateway = { open: () => Promise.reject(new Error("no S3 in this test")), close: () => Promise.resolve() };
const servers: Server[] = [];
const pages = new Map<string, RequestListener>();
let clip: Buffer;
let media: string;
let internalPort: number;
let internalHits: string[] = [];
let proxy: EgressProxy;

async function listen(server: Server): Promise<number> {
  servers.push(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

const page = (path: string, body: string | Buffer): string => {
  pages.set(path, (_, response) => response.end(body));
  return `${media}${path}`;
};
const redirect = (path: string, location: string): string => {
  pages.set(path, (_, response) => response.writeHead(302, { location }).end());
  return `${media}${path}`;
};
const open = (source: string, trusted = false): Promise<OpenedSource> =>
  openSource(source, { trusted, allowLocal: [], allowHosts: ["media.example"], proxy, s3: noS3 });

beforeAll(async () => {
  clip = await renderClip("clip.ts");
  const serve: RequestListener = (request, response) => {
    const path = new URL(request.url ?? "", "http://any").pathname;
    const listener = pages.get(path);
    if (listener === undefined) response.writeHead(404).end();
    else listener(request, response);
  };
  media = `http://media.example:${await listen(createServer(serve))}`;
  const internal = createServer((request, response) => {
    internalHits.push(request.url ?? "");
    response.end(request.url?.endsWith("key") ? Buffer.alloc(16) : clip);
  });
  internal.on("connection", () => internalHits.push("connection"));
  internalPort = await listen(internal);
  proxy = await openEgressProxy({ lookup, idleTimeoutMilliseconds: 300 });
  page("/clip.ts", clip);
});
beforeEach(() => {
  internalHits = [];
});
afterAll(async () => {
  await proxy.close();
  for (const server of servers) {
    server.close();
    server.closeAllConnections();
  }
});

/** Sources that a stranger may send, each with a way to the internal listener. */
const traps: Record<string, (host: string) => string> = {
  "an absolute redirect": (host) => redirect("/302.ts", `http://${host}/clip.ts`),
  "a chain of redirects": (host) => {
    redirect("/c2/302.ts", `http://${host}/clip.ts`);
    return redirect("/c1/302.ts", "../c2/302.ts");
  },
  "a segment of a playlist": (host) => page("/a.m3u8", playlist(`#EXTINF:1,\nhttp://${host}/clip.ts`)),
  "a relative segment that redirects": (host) => {
    redirect("/moved.ts", `http://${host}/clip.ts`);
    return page("/b.m3u8", playlist("#EXTINF:1,\nmoved.ts"));
  },
  "a playlist in a playlist": (host) => {
    page("/inner.m3u8", playlist(`#EXTINF:1,\nhttp://${host}/clip.ts`));
    return page("/outer.m3u8", "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\ninner.m3u8\n");
  },
  "a sound track of a playlist": (host) =>
    page(
      "/media.m3u8",
      `#EXTM3U\n#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="a",DEFAULT=YES,URI="http://${host}/a.m3u8"\n#EXT-X-STREAM-INF:BANDWIDTH=1,AUDIO="a"\na.m3u8\n`,
    ),
  "a key of a playlist": (host) =>
    page(
      "/key.m3u8",
      playlist(`#EXT-X-KEY:METHOD=AES-128,URI="http://${host}/key",IV=0x00000000000000000000000000000000\n#EXTINF:1,\nclip.ts`),
    ),
  "an initialisation segment of a playlist": (host) =>
    page("/map.m3u8", playlist(`#EXT-X-MAP:URI="http://${host}/init.mp4"\n#EXTINF:1,\nclip.ts`)),
  "a BaseURL of DASH": (host) =>
    page(
      "/base.mpd",
      `<?xml version="1.0"?>
<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" mediaPresentationDuration="PT1S" profiles="urn:mpeg:dash:profile:isoff-live:2011">
<Period><BaseURL>http://${host}/</BaseURL><AdaptationSet mimeType="video/mp4"><Representation id="0" bandwidth="1" codecs="avc1.42c00b">
<SegmentTemplate timescale="1" duration="1" startNumber="1" initialization="init.mp4" media="$Number$.m4s"/></Representation></AdaptationSet></Period></MPD>`,
    ),
};

const playlist = (lines: string): string => `#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:1\n${lines}\n#EXT-X-ENDLIST\n`;

/** Opens and, where that is allowed, reads the source by the real ffmpeg. What refused it. */
async function tryToRead(source: string, trusted = false): Promise<unknown> {
  let opened: OpenedSource;
  try {
    opened = await open(source, trusted);
  } catch (error) {
    return error;
  }
  try {
    await readInput(opened.input);
    return opened.failure();
  } finally {
    opened.close();
  }
}

describe("hostile sources", () => {
  it.each(Object.keys(traps))("reach the listener by %s when the guard is off, so the traps are real", async (trap) => {
    await tryToRead(traps[trap]?.(`127.0.0.1:${internalPort}`) ?? "", true);
    expect(internalHits.length).toBeGreaterThan(0);
  });

  it.each(Object.keys(traps))("do not reach a private address by %s", async (trap) => {
    const refusal = await tryToRead(traps[trap]?.(`127.0.0.1:${internalPort}`) ?? "");
    expect(refusal).toMatchObject({ code: "source-forbidden" });
    expect(internalHits).toEqual([]);
  });

  it.each([
    "internal.example",
    "localhost.example",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "2130706433",
    "0x7f000001",
    "017700000001",
    "127.1",
    "0",
    "user@127.0.0.1",
    "media.example@127.0.0.1",
    "media.example%40127.0.0.1",
    "127.0.0.1.",
    "internal.example.",
  ])("do not reach a private address by a redirect or a segment that names %s", async (host) => {
    await tryToRead(traps["an absolute redirect"]?.(`${host}:${internalPort}`) ?? "");
    const refusal = await tryToRead(traps["a key of a playlist"]?.(`${host}:${internalPort}`) ?? "");
    expect(refusal).toMatchObject({ code: expect.stringMatching(/^source-(forbidden|unreachable)$/) });
    expect(internalHits).toEqual([]);
  });

  it("do not reach a private address over https", async () => {
    const refusal = await tryToRead(page("/s.m3u8", playlist(`#EXTINF:1,\nhttps://internal.example:${internalPort}/clip.ts`)));
    expect(refusal).toMatchObject({ code: "source-forbidden" });
    expect(internalHits).toEqual([]);
  });

  it("do not reach a local file", async () => {
    for (const lines of [
      "#EXTINF:1,\nfile:///etc/passwd",
      `#EXTINF:1,\nfile://${process.cwd()}/package.json`,
      "#EXTINF:1,\nsubfile,,start,0,end,9,,:/etc/passwd",
      '#EXT-X-KEY:METHOD=AES-128,URI="file:///etc/passwd"\n#EXTINF:1,\nclip.ts',
    ]) {
      const opened = await open(page("/file.m3u8", playlist(lines)));
      const { frames, stderr } = await readInput(opened.input);
      opened.close();
      expect(frames).toBe(0);
      expect(stderr).toMatch(/not on whitelist|Unable to open key file|Invalid data|not in allowed/);
    }
    expect(await tryToRead(redirect("/to-file", "file:///etc/passwd"))).toMatchObject({ code: "source-forbidden" });
  });

  it("do not reach a private address by a name that changes its address between two requests", async () => {
    // The same port on another loopback address, which alone is allowed.
    const allowed = createServer((_, response) => response.end(clip));
    servers.push(allowed);
    allowed.listen(internalPort, "127.0.0.2");
    await once(allowed, "listening");
    let lookups = 0;
    const rebinding = await openEgressProxy({ lookup: async () => (lookups++ === 0 ? ["127.0.0.2"] : ["127.0.0.1"]) });
    const opened = await openSource(`http://rebind.example:${internalPort}/clip.ts`, {
      trusted: false,
      allowLocal: [],
      allowHosts: ["127.0.0.2"],
      proxy: rebinding,
      s3: noS3,
    });
    expect((await readInput(opened.input)).frames).toBe(0);
    expect(opened.failure()).toMatchObject({ code: "source-forbidden" });
    expect(internalHits).toEqual([]);
    await rebinding.close();
  });

  it("names the host to allow, not its address", async () => {
    await expect(open(`http://internal.example:${internalPort}/`)).rejects.toThrow(
      `internal.example:${internalPort} has a loopback address; jobs may read from it when FRAMEWATCH_ALLOW_HOSTS holds internal.example:${internalPort}.`,
    );
    expect(internalHits).toEqual([]);
  });
});

describe("the proxy", () => {
  it("lets ffmpeg read a playlist with its segments", async () => {
    const opened = await open(page("/good.m3u8", playlist("#EXTINF:1,\nclip.ts")));
    const { frames } = await readInput(opened.input);
    expect(frames).toBe(25);
    expect([opened.failure(), opened.incompleteReason()]).toEqual([undefined, undefined]);
    opened.close();
  });

  it("lets ffmpeg read https through a tunnel", async () => {
    const server = createTlsServer(selfSignedCertificate("media.example"), (request, response) => {
      response.writeHead(200, { "content-length": clip.length, etag: '"one"' }).end(request.method === "HEAD" ? undefined : clip);
    });
    const opened = await open(`https://media.example:${await listen(server)}/clip.ts`);
    expect(opened).toMatchObject({ version: '"one"', bytes: clip.length });
    expect((await readInput(opened.input)).frames).toBe(25);
    opened.close();
  });

  it("serves nobody without the token of an open source", async () => {
    const opened = await open(`${media}/clip.ts`);
    const inherited = new URL(opened.input.environment["http_proxy"] ?? "");
    const ask = async (authorization?: string): Promise<number | undefined> => {
      const request = get({
        host: inherited.hostname,
        port: inherited.port,
        path: `${media}/clip.ts`,
        headers:
          authorization === undefined ? {} : { "proxy-authorization": `Basic ${Buffer.from(authorization).toString("base64")}` },
      });
      const [response] = await once(request, "response");
      await buffer(response);
      return response.statusCode;
    };
    expect(await ask()).toBe(407);
    expect(await ask("framewatch:guess")).toBe(407);
    expect(await ask(`framewatch:${inherited.password}`)).toBe(200);
    opened.close();
    expect(await ask(`framewatch:${inherited.password}`)).toBe(407);
  });

  it("keeps its own credentials from the host", async () => {
    let seen: string | undefined = "nothing";
    pages.set("/seen.ts", (request, response) => {
      seen = request.headers["proxy-authorization"];
      response.end(clip);
    });
    const opened = await open(`${media}/seen.ts`);
    expect((await readInput(opened.input)).frames).toBe(25);
    expect(seen).toBeUndefined();
    opened.close();
  });

  it("dials the allowed one of several addresses", async () => {
    const opened = await openSource(`http://dual.example:${new URL(media).port}/clip.ts`, {
      trusted: false,
      allowLocal: [],
      allowHosts: ["127.0.0.0/8"],
      proxy,
      s3: noS3,
    });
    expect((await readInput(opened.input)).frames).toBe(25);
    opened.close();
  });

  it("says that a body ended early", async () => {
    pages.set("/cut.ts", (_, response) => {
      response.writeHead(200, { "content-length": clip.length }).flushHeaders();
      response.write(clip.subarray(0, clip.length >> 1), () => response.destroy());
    });
    const opened = await open(`${media}/cut.ts`);
    await readInput(opened.input);
    expect(opened.incompleteReason()).toBe(`${new URL(media).host} ended after ${clip.length >> 1} bytes of ${clip.length}`);
    opened.close();
  });

  it("ends a transfer that stands still", async () => {
    pages.set("/stall.ts", (request, response) => {
      response.writeHead(200, { "content-length": clip.length }).flushHeaders();
      if (request.headers.range !== "bytes=0-0") response.write(clip.subarray(0, 1000));
    });
    const opened = await open(`${media}/stall.ts`);
    await readInput(opened.input);
    expect(opened.incompleteReason()).toContain("nothing came for 0.3 s");
    opened.close();
  });

  it("does not take a reader who pauses for a host that stands still", async () => {
    const large = Buffer.alloc(24 << 20, 7);
    const opened = await open(page("/large.bin", large));
    const inherited = new URL(opened.input.environment["http_proxy"] ?? "");
    const request = get({
      host: inherited.hostname,
      port: inherited.port,
      path: `${media}/large.bin`,
      headers: { "proxy-authorization": `Basic ${Buffer.from(`framewatch:${inherited.password}`).toString("base64")}` },
    });
    const [response] = await once(request, "response");
    await wait(900); // three times as long as a host may be silent
    expect((await buffer(response)).equals(large)).toBe(true);
    expect(opened.incompleteReason()).toBeUndefined();
    opened.close();
  });

  it("survives a host that answers nonsense", async () => {
    const strange = createServer();
    strange.on("connection", (socket) => socket.on("error", () => undefined).end("HTTP/1.1 999 \u0001\r\nx: \u0002\r\n\r\n"));
    const opened = openSource(`http://media.example:${await listen(strange)}/`, {
      trusted: false,
      allowLocal: [],
      allowHosts: ["media.example"],
      proxy,
      s3: noS3,
    });
    await expect(opened).rejects.toMatchObject({ code: "source-unreachable" });
    const good = await open(`${media}/clip.ts`);
    const inherited = new URL(good.input.environment["http_proxy"] ?? "");
    const socket = connect(Number(inherited.port), "127.0.0.1");
    const authorization = Buffer.from(`framewatch:${inherited.password}`).toString("base64");
    socket.write(
      `GET http://media.example:${(strange.address() as AddressInfo).port}/ HTTP/1.1\r\nHost: x\r\nProxy-Authorization: Basic ${authorization}\r\nConnection: close\r\n\r\n`,
    );
    expect((await buffer(socket)).toString()).toMatch(/^HTTP\/1.1 502/);
    good.close();
  });
});
