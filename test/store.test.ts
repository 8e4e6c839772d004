import { mkdtemp, readdir, readFile, readlink, rm, stat, writeFile } from "node:fs/promises";
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { CreateBucketCommand, HeadObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { type FauxqsServer, startFauxqs } from "fauxqs";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { openStore } from "../src/open-store.js";
import type { Store } from "../src/store.js";

let folder: string;
let aws: FauxqsServer;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "framewatch-store-"));
  aws = await startFauxqs({ port: 0, logger: false });
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: `http://127.0.0.1:${aws.port}`,
    AWS_REGION: "eu-central-1",
    AWS_ACCESS_KEY_ID: "test",
    AWS_SECRET_ACCESS_KEY: "test",
  });
  await s3().send(new CreateBucketCommand({ Bucket: "reports" }));
});

afterAll(async () => {
  await aws.stop();
  await rm(folder, { recursive: true, force: true });
});

const s3 = () => new S3Client({ forcePathStyle: true });

describe.each([
  ["a folder", () => openStore(path.join(folder, "out put"))],
  ["a file URL", () => openStore(new URL(`file://${folder}/by%20url/`).href)],
  ["an S3 prefix", () => openStore("s3://reports/some/prefix")],
] satisfies [string, () => Store][])("a store in %s", (_, open) => {
  it("gives back what was put, and nothing for what was not", async () => {
    const store = open();
    expect(await store.get("job/report.json")).toBeUndefined();
    expect(await store.has("job/report.json")).toBe(false);
    await store.put("job/report.json", "{}", "application/json");
    await store.put("job/report.json", '{"ä":1}', "application/json");
    expect((await store.get("job/report.json"))?.toString()).toBe('{"ä":1}');
    expect(await store.has("job/report.json")).toBe(true);
    await store.put("job/empty", new Uint8Array(), "application/octet-stream");
    expect(await store.get("job/empty")).toEqual(Buffer.alloc(0));
  });

  it("lets exactly one of many create an object, and keeps what that one wrote", async () => {
    const writers = Array.from({ length: 12 }, (_, index) => `writer ${index}`);
    const won = await Promise.all(writers.map((writer) => open().create("race/mark", writer, "text/plain")));
    expect(won.filter(Boolean)).toHaveLength(1);
    expect((await open().get("race/mark"))?.toString()).toBe(writers[won.indexOf(true)]);
    expect(await open().create("race/mark", "late", "text/plain")).toBe(false);
  });

  it("changes an object as what is there asks for, or not at all", async () => {
    const count = (): Promise<void> =>
      open().update("race/count", (bytes) => `${Number(bytes?.toString() ?? 0) + 1}`, "text/plain");
    // S3 as it is emulated here knows no conditions.
    if (open().url.startsWith("file:")) await Promise.all(Array.from({ length: 8 }, count));
    else for (let round = 0; round < 8; round++) await count();
    expect((await open().get("race/count"))?.toString()).toBe("8");
    await open().update("race/count", () => undefined, "text/plain");
    const refuse = (): never => {
      throw new RangeError("it is not ours");
    };
    await expect(open().update("race/count", refuse, "text/plain")).rejects.toThrow(RangeError);
    await open().update("race/count", (bytes) => `${bytes?.toString()}!`, "text/plain");
    expect((await open().get("race/count"))?.toString()).toBe("8!");
  });

  it("stores the content of a file and downloads it into a folder that was not there", async () => {
    const store = open();
    const bytes = Buffer.alloc(3_000_000, "signals ");
    const source = path.join(folder, "source.bin");
    const target = path.join(folder, `${Math.random()}`, "deep", "target.bin");
    await writeFile(source, bytes);
    await store.put("segments/0.signals", { file: source }, "application/octet-stream");
    expect(await store.create("segments/0.signals", { file: source }, "application/octet-stream")).toBe(false);
    expect(await store.create("segments/1.signals", { file: source }, "application/octet-stream")).toBe(true);
    expect(await store.download("segments/1.signals", target)).toBe(true);
    expect((await readFile(target)).equals(bytes)).toBe(true);
    expect(await store.download("segments/2.signals", target)).toBe(false);
  });

  it("removes an object, and is content when there is none", async () => {
    const store = open();
    await store.put("gone", "soon", "text/plain");
    await store.remove("gone");
    await store.remove("gone");
    expect(await store.get("gone")).toBeUndefined();
  });

  it("names objects by its URL, also below a prefix", async () => {
    const store = open();
    await store.under("job-1/").under(".state/").put("done.json", "1", "application/json");
    expect((await store.get("job-1/.state/done.json"))?.toString()).toBe("1");
    expect(store.under("job-1/").url).toBe(`${store.url}job-1/`);
    expect((await openStore(`${store.url}job-1/`).get(".state/done.json"))?.toString()).toBe("1");
  });

  it.each(["", "/etc/passwd", "a/../../b", "..", "a//b", "a/", "./a", "a\\b", "a\nb"])("refuses the key %j", async (key) => {
    await expect(async () => open().get(key)).rejects.toThrow("not a key");
    await expect(async () => open().put(key, "", "text/plain")).rejects.toThrow("not a key");
    expect(() => open().under(`${key}/`)).toThrow("not a key");
  });
});

it("says 'store-unavailable' with the cause when a folder cannot be written or read", async () => {
  await writeFile(path.join(folder, "a-file"), "");
  const store = openStore(path.join(folder, "a-file"));
  const refused = { name: "FramewatchError", code: "store-unavailable", cause: expect.any(Error) };
  await expect(store.put("key", "", "text/plain")).rejects.toMatchObject(refused);
  await expect(store.get("key")).rejects.toMatchObject(refused);
});

it("says 'store-unavailable' with the cause when S3 refuses or does not answer", async () => {
  const refused = { name: "FramewatchError", code: "store-unavailable", cause: expect.any(Error) };
  await expect(openStore("s3://no-such-bucket/").put("key", "", "text/plain")).rejects.toMatchObject(refused);
  await writeFile(path.join(folder, "body"), "some bytes");
  const endpoint = process.env["AWS_ENDPOINT_URL"];
  onTestFinished(() => {
    process.env["AWS_ENDPOINT_URL"] = endpoint;
  });
  process.env["AWS_ENDPOINT_URL"] = "http://127.0.0.1:9";
  await expect(openStore("s3://reports/").put("key", { file: path.join(folder, "body") }, "text/plain")).rejects.toMatchObject(
    refused,
  );
  await expect(openStore("s3://reports/").get("key")).rejects.toMatchObject(refused);
});

it("lets S3 itself choose among many writers where it knows conditional writes, and tries a conflict again", async () => {
  const endpoint = process.env["AWS_ENDPOINT_URL"];
  const strict = await startConditionalWrites(Number(aws.port));
  onTestFinished(async () => {
    process.env["AWS_ENDPOINT_URL"] = endpoint;
    await strict.stop();
  });
  process.env["AWS_ENDPOINT_URL"] = `http://127.0.0.1:${strict.port}`;
  const writers = Array.from({ length: 8 }, (_, index) => `writer ${index}`);
  const won = await Promise.all(writers.map((writer) => openStore("s3://reports/strict/").create("mark", writer, "text/plain")));
  expect(won.filter(Boolean)).toHaveLength(1);
  expect((await openStore("s3://reports/strict/").get("mark"))?.toString()).toBe(writers[won.indexOf(true)]);
  expect(strict.conditional).toBeGreaterThan(1);

  const count = (): Promise<void> =>
    openStore("s3://reports/strict/").update("count", (bytes) => `${Number(bytes?.toString() ?? 0) + 1}`, "text/plain");
  await Promise.all(Array.from({ length: 8 }, count));
  expect((await openStore("s3://reports/strict/").get("count"))?.toString(), "none has overwritten another").toBe("8");
});

it.runIf(process.platform === "linux")("closes the files that it sends, also when S3 answers early", async () => {
  const endpoint = process.env["AWS_ENDPOINT_URL"];
  const source = path.join(folder, "sent.signals");
  await writeFile(source, Buffer.alloc(300_000));
  const hasty = createServer((incoming, outgoing) => {
    incoming.once("data", () => outgoing.writeHead(200, { connection: "close", "content-length": 0 }).end());
    outgoing.once("finish", () => incoming.socket.destroySoon());
  });
  await new Promise<void>((resolve) => hasty.listen(0, "127.0.0.1", resolve));
  onTestFinished(async () => {
    process.env["AWS_ENDPOINT_URL"] = endpoint;
    await new Promise((resolve) => hasty.close(resolve));
  });
  process.env["AWS_ENDPOINT_URL"] = `http://127.0.0.1:${(hasty.address() as AddressInfo).port}`;
  for (let count = 0; count < 5; count++) await openStore("s3://reports/").put("key", { file: source }, "text/plain");
  // A descriptor is closed in the background.
  const isOpen = async () => (await openFiles()).includes(source);
  for (const deadline = Date.now() + 5_000; (await isOpen()) && Date.now() < deadline; ) await pause(20);
  expect(await isOpen()).toBe(false);
});

/** The files that this process has open; a descriptor may be closed while it is looked at. */
async function openFiles(): Promise<string[]> {
  const descriptors = await readdir("/proc/self/fd");
  return Promise.all(descriptors.map((descriptor) => readlink(`/proc/self/fd/${descriptor}`).catch(() => "")));
}

/** Stands before an S3 that takes no notice of conditions, and keeps what is written under one; the first answer is a conflict. */
async function startConditionalWrites(upstream: number) {
  const facts = { port: 0, conditional: 0, stop: () => new Promise<void>((resolve) => server.close(() => resolve())) };
  const kept = new Map<string, { readonly tag: string; readonly body: Buffer }>();
  const server = createServer(async (incoming, outgoing) => {
    const { url: target = "/", method, headers } = incoming;
    const { pathname } = new URL(target, "http://s3");
    const known = kept.get(pathname);
    if (method === "PUT" && (headers["if-none-match"] ?? headers["if-match"]) !== undefined) {
      const body = Buffer.concat(await incoming.toArray());
      const refuse = (status: number, code: string) =>
        outgoing.writeHead(status).end(`<Error><Code>${code}</Code><Message>${code}</Message></Error>`);
      if (facts.conditional++ === 0) return refuse(409, "ConditionalRequestConflict");
      // What another has written while this body was on its way counts.
      if (headers["if-match"] !== kept.get(pathname)?.tag) return refuse(412, "PreconditionFailed");
      kept.set(pathname, { tag: `"${facts.conditional}"`, body });
      return outgoing.writeHead(200).end();
    }
    if (known !== undefined) return outgoing.writeHead(200, { etag: known.tag }).end(method === "GET" ? known.body : undefined);
    return incoming.pipe(
      request({ port: upstream, path: target, method, headers }, (answer) => {
        outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
        answer.pipe(outgoing);
      }),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  facts.port = (server.address() as AddressInfo).port;
  server.keepAliveTimeout = 1;
  return facts;
}

it("sends one file after the other through one connection, also to an S3 that answers as soon as the last byte is there", async () => {
  let connections = 0;
  const server = createServer((incoming, outgoing) => {
    let missing = Number(incoming.headers["content-length"]);
    incoming.on("data", (chunk: Buffer) => {
      missing -= chunk.length;
      if (missing === 0) outgoing.writeHead(200, { ETag: '"made"' }).end();
    });
  }).on("connection", () => {
    connections += 1;
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const endpoint = process.env["AWS_ENDPOINT_URL"];
  onTestFinished(() => {
    process.env["AWS_ENDPOINT_URL"] = endpoint;
    server.close();
    server.closeAllConnections();
  });
  process.env["AWS_ENDPOINT_URL"] = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const file = path.join(folder, "answered early");
  await writeFile(file, Buffer.alloc(70_000, 1));
  const store = openStore("s3://reports/early/");
  for (let n = 0; n < 40; n++) await store.put(`key ${n}`, { file }, "text/plain");
  expect(connections).toBe(1);
});

it("leaves no half-written file behind when a body cannot be read", async () => {
  const store = openStore(path.join(folder, "tidy"));
  await expect(store.put("key", { file: path.join(folder, "nowhere") }, "text/plain")).rejects.toThrow("nowhere");
  expect(await readdir(path.join(folder, "tidy"))).toEqual([]);
});

it("gives objects of S3 their content type and a link that opens for an hour at most; files have no link", async () => {
  const store = openStore("s3://reports/linked/");
  await store.put("report.html", "<p>fine</p>", "text/html; charset=utf-8");
  const head = await s3().send(new HeadObjectCommand({ Bucket: "reports", Key: "linked/report.html" }));
  expect(head.ContentType).toBe("text/html; charset=utf-8");
  const link = await store.link("report.html");
  expect(Number(new URL(link ?? "").searchParams.get("X-Amz-Expires"))).toBeLessThanOrEqual(3600);
  expect(await (await fetch(link ?? "")).text()).toBe("<p>fine</p>");
  expect(await openStore(folder).link("report.html")).toBeUndefined();
});

it("keeps the bytes of a stored file apart from the file it came from", async () => {
  const source = path.join(folder, "changing");
  await writeFile(source, "before");
  const store = openStore(path.join(folder, "apart"));
  await store.create("key", { file: source }, "text/plain");
  await writeFile(source, "after");
  expect((await store.get("key"))?.toString()).toBe("before");
  expect((await stat(path.join(folder, "apart", "key"))).nlink).toBe(1);
});

it.each(["", "https://example.com/", "s3://", "s3:///key", "ftp://x"])("refuses %j as an output", (target) => {
  expect(() => openStore(target)).toThrow(expect.objectContaining({ code: "configuration" }));
});
