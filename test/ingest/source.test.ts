import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { appendFile, copyFile, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type EgressProxy, openEgressProxy, openSource, type OpenedSource, type S3Gateway } from "../../src/ingest/index.js";
import { readInput, renderClip, runProgram } from "../support/read-input.js";

const noS3: S3Gateway = { open: () => Promise.reject(new Error("no S3 in this test")), close: () => Promise.resolve() };
const corpus = process.env["FRAMEWATCH_CORPUS"];
let folder: string;
let proxy: EgressProxy;
let host: string;
const pages = new Map<string, RequestListener>();
const server = createServer((request, response) => {
  const listener = pages.get(request.url ?? "");
  if (listener === undefined) response.writeHead(404).end();
  else listener(request, response);
});

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "framewatch-source-"));
  proxy = await openEgressProxy();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  await writeFile(join(folder, "clip.ts"), await renderClip("clip.ts"));
});
afterAll(async () => {
  await proxy.close();
  server.close();
  server.closeAllConnections();
  await rm(folder, { recursive: true });
});

const open = (source: string, trusted = false): Promise<OpenedSource> =>
  openSource(source, { trusted, allowLocal: [folder], allowHosts: [host], proxy, s3: noS3 });

describe("a local file", () => {
  it.each(["-b 'c\" d.ts", "10:30, take 2.ts", "http:__x.ts", "%03d.ts", "ä?#.ts", "a|b.ts"])(
    "is read whatever its name holds: %s",
    async (name) => {
      const path = join(folder, name);
      await copyFile(join(folder, "clip.ts"), path);
      const opened = await open(path);
      expect((await readInput(opened.input)).frames).toBe(25);
      expect(opened).toMatchObject({ displayName: path, bytes: expect.any(Number), version: expect.stringMatching(/^\d+-20/) });
      expect([opened.failure(), opened.incompleteReason()]).toEqual([undefined, undefined]);
      opened.close();
    },
  );

  it("that changes while it is read is not whole", async () => {
    const path = join(folder, "growing.ts");
    await copyFile(join(folder, "clip.ts"), path);
    const opened = await open(path);
    await appendFile(path, "more");
    expect(opened.incompleteReason()).toBe("the file changed while it was read");
    expect(opened.failure()).toMatchObject({ code: "source-changed" });
    opened.close();
  });

  it("that is a playlist is read for the person at the command line, not for a job", async () => {
    const path = join(folder, "list.m3u8");
    await writeFile(path, "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nclip.ts\n#EXT-X-ENDLIST\n");
    expect((await readInput((await open(path, true)).input)).frames).toBe(25);
    const { frames, stderr } = await readInput((await open(path)).input);
    expect(frames).toBe(0);
    expect(stderr).toContain("not on whitelist");
  });

  it("that is no media but text is not drawn as pictures", async () => {
    for (const name of ["passwd", "passwd.txt", "a.xbin", "a.ans", "a.sub"]) {
      await writeFile(join(folder, name), "root:x:0:0:root:/root:/bin/bash\n".repeat(100));
      expect((await readInput((await open(join(folder, name), true)).input)).frames, name).toBe(0);
    }
  });

  it("that names other files by a pattern reads none of them", async () => {
    const { code } = await runProgram("ffmpeg", [
      "-v",
      "error",
      "-f",
      "lavfi",
      "-i",
      "testsrc2=size=64x64:duration=0.2",
      join(folder, "n%03d.png"),
    ]);
    expect(code).toBe(0);
    await copyFile(join(folder, "n001.png"), join(folder, "n%03d.png"));
    expect((await readInput((await open(join(folder, "n%03d.png"))).input)).frames).toBeLessThanOrEqual(1);
    expect((await readInput((await open(join(folder, "n001.png"))).input)).frames).toBe(1);
  });
});

describe("an http source", () => {
  it("tells size and ETag by a range, after redirects", async () => {
    pages.set("/1", (_, response) => response.writeHead(302, { location: "2" }).end());
    pages.set("/2", (request, response) => {
      expect(request.headers.range).toBe("bytes=0-0");
      response.writeHead(206, { "content-range": "bytes 0-0/1234", "content-length": 1, etag: '"v1"' }).end("x");
    });
    const opened = await open(`http://user:secret@${host}/1#here`);
    expect(opened).toMatchObject({ bytes: 1234, version: '"v1"', displayName: `http://${host}/1` });
    opened.close();
  });

  it("tells size and date where there is no ETag", async () => {
    pages.set("/date", (_, response) =>
      response.writeHead(200, { "content-length": 3, "last-modified": "Thu, 01 Jan 2026 00:00:00 GMT" }).end("abc"),
    );
    const opened = await open(`http://${host}/date`);
    expect(opened).toMatchObject({ bytes: 3, version: "3-Thu, 01 Jan 2026 00:00:00 GMT" });
    opened.close();
  });

  it("gives its user name and password to the host", async () => {
    pages.set("/login.ts", (request, response) => {
      if (request.headers.authorization === `Basic ${Buffer.from("us er:p@ss").toString("base64")}`) response.end("x");
      else response.writeHead(401, { "www-authenticate": "Basic" }).end();
    });
    (await open(`http://us%20er:p%40ss@${host}/login.ts`)).close();
    await expect(open(`http://${host}/login.ts`)).rejects.toMatchObject({ code: "source-denied" });
  });

  it.each([
    [404, "source-not-found"],
    [410, "source-not-found"],
    [401, "source-denied"],
    [403, "source-denied"],
    [500, "source-unreachable"],
    [503, "source-unreachable"],
  ])("that answers %i is %s", async (status, code) => {
    pages.set("/status", (_, response) => response.writeHead(status).end());
    await expect(open(`http://${host}/status`)).rejects.toMatchObject({ code });
  });

  it("that does not answer, has no address, redirects for ever or is no http is unreachable", async () => {
    pages.set("/loop", (_, response) => response.writeHead(302, { location: "/loop" }).end());
    await expect(open(`http://${host}/loop`)).rejects.toMatchObject({ code: "source-unreachable" });
    await expect(open("http://127.0.0.1:1/", true)).rejects.toMatchObject({ code: "source-unreachable" });
    await expect(open("http://nowhere.invalid/")).rejects.toMatchObject({ code: "source-unreachable" });
    await expect(open(`https://${host}/loop`)).rejects.toMatchObject({ code: "source-unreachable" });
  });
});

describe.skipIf(corpus === undefined)("the demuxers allowed (needs FRAMEWATCH_CORPUS)", () => {
  it("open every real clip that ffmpeg opens without a list", async () => {
    const entries = await readdir(corpus ?? "", { recursive: true, withFileTypes: true });
    const media = entries.filter((entry) => entry.isFile() && !/\.(csv|md|json|txt|m4s)$/.test(entry.name));
    // Still pictures are many and alike; a few stand for all.
    const still = media.filter(({ name }) => name.endsWith(".jpg")).slice(3);
    const refused: string[] = [];
    for (const entry of media.filter((candidate) => !still.includes(candidate))) {
      const opened = await open(join(entry.parentPath, entry.name), true);
      const probe = (options: readonly string[]) =>
        runProgram("ffprobe", [
          "-v",
          "error",
          "-show_entries",
          "format=format_name",
          "-of",
          "csv=p=0",
          ...options,
          opened.input.url,
        ]);
      const [free, listed] = await Promise.all([probe([]), probe(opened.input.inputOptions)]);
      if (free.stdout !== listed.stdout)
        refused.push(`${entry.name}: ${free.stdout.trim()} but ${listed.stdout.trim()} ${listed.stderr.trim()}`);
    }
    expect(refused).toEqual([]);
  });
});
