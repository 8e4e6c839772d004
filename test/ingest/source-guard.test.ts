import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { displaySource } from "../../src/display-source.js";
import { checkSource, sourceKind, type SourceRules } from "../../src/ingest/source-guard.js";
import { runProgram } from "../support/read-input.js";

const nothing: SourceRules = { trusted: false, allowLocal: [], allowHosts: [] };

describe("a source's text", () => {
  it.each([
    ["s3://bucket/a b.mp4", "s3"],
    ["https://host/x", "http"],
    ["HTTP://host/x", "http"],
    ["/media/x.mp4", "file"],
    ["x.mp4", "file"],
    ["rtmp://host/live", "live"],
    ["rtmps://host/live", "live"],
    ["srt://host:9000", "live"],
    ["udp://@239.0.0.1:1234", "live"],
    ["rtsp://host/1", "live"],
  ] as const)("%s is of kind %s", (source, kind) => {
    expect(sourceKind(source)).toBe(kind);
  });

  it.each([
    ["https://user:secret@host:8443/a/b.mp4?X-Amz-Signature=secret#secret", "https://host:8443/a/b.mp4"],
    ["https://us@er:secret@host/a@b.mp4", "https://host/a@b.mp4"],
    ["http:\\\\user:secret@host\\a?b", "http:\\\\host\\a"],
    ["http:/user:secret@host/a", "http:/host/a"],
    ["ftp://user:secret@host/a", "ftp://host/a"],
    ["s3://user:secret@bucket/a@b", "s3://bucket/a@b"],
    ["https://host:99999999/%zz?secret", "https://host:99999999/%zz"],
    ["rtmp://user:secret@host/app/key?token=secret", "rtmp://host/app/key"],
    ["s3://bucket/what? #1.mp4", "s3://bucket/what? #1.mp4"],
    ["/media/what?.mp4", "/media/what?.mp4"],
  ])("%s is shown as %s", (source, shown) => {
    expect(displaySource(source)).toBe(shown);
  });

  it("takes a key of S3 as it is", async () => {
    expect(await checkSource("s3://media.example/ä b/c+d%20e?f#g.mp4", nothing)).toEqual({
      kind: "s3",
      bucket: "media.example",
      key: "ä b/c+d%20e?f#g.mp4",
    });
  });

  it("takes a public URL, without its fragment", async () => {
    expect(await checkSource("https://media.example/a b.mp4?x=1#here", nothing)).toEqual({
      kind: "http",
      url: new URL("https://media.example/a%20b.mp4?x=1"),
    });
  });

  it.each([
    "",
    "-i",
    "-",
    "clip.mp4",
    "../clip.mp4",
    "a\nb",
    "https://host/\u0000",
    "concat:/etc/passwd|/etc/group",
    "concatf:/etc/passwd",
    "subfile,,start,0,end,0,,:/etc/passwd",
    "data:text/plain,hello",
    "crypto+http://host/x",
    "cache:http://host/x",
    "async:file:/etc/passwd",
    "pipe:0",
    "fd:0",
    "gopher://host/x",
    "ftp://host/x",
    "file:/etc/passwd",
    "file:///etc/passwd",
    "file://host/etc/passwd",
    "/etc/passwd",
    "/nowhere/at/all",
    "s3://bucket",
    "s3://bucket/",
    "s3:///key",
    "s3://a@b/key",
    "http://",
    "http://127.0.0.1/",
    "http://127.1/",
    "http://2130706433/",
    "http://0x7f000001/",
    "http://0177.0.0.1/",
    "http://0x7f.1/",
    "http://[::1]/",
    "http://[::ffff:169.254.169.254]/",
    "http://[::ffff:a9fe:a9fe]/",
    "http://169.254.169.254/latest/meta-data/",
    "http://8.8.8.8@127.0.0.1/",
    "http://8.8.8.8:80@10.0.0.1/",
    "http://127.0.0.1#@8.8.8.8/",
    "http://127.0.0.1\\@8.8.8.8/",
    "http://①②⑦.0.0.1/",
    "http://127.0.0.1./",
    "http://0/",
    "http://[64:ff9b::10.0.0.1]/",
  ])("jobs may not read %j", async (source) => {
    await expect(checkSource(source, nothing)).rejects.toMatchObject({ code: "source-forbidden" });
  });

  it("repeats no password in its reason", async () => {
    for (const source of [
      "ftp://user:secret@host/a?secret",
      "s3://user:secret@bucket/a",
      "http:/user:secret@host/",
      "https://user:secret@host:x/?secret",
    ]) {
      const reason = await checkSource(source, nothing).catch((error: Error) => error.message);
      expect(reason).toEqual(expect.not.stringContaining("secret"));
    }
  });

  it("names what to allow", async () => {
    await expect(checkSource("http://[::1]:8080/a", nothing)).rejects.toThrow(
      "[::1]:8080 has a loopback address; jobs may read from it when FRAMEWATCH_ALLOW_HOSTS holds [::1]:8080",
    );
    await expect(checkSource("/etc/hostname", nothing)).rejects.toThrow("FRAMEWATCH_ALLOW_LOCAL");
  });

  it("lets an allowed private host through, and the person at the command line", async () => {
    await expect(checkSource("http://127.0.0.1:8080/a", { ...nothing, allowHosts: ["127.0.0.1:8080"] })).resolves.toMatchObject({
      kind: "http",
    });
    await expect(checkSource("http://127.0.0.1:8081/a", { ...nothing, allowHosts: ["127.0.0.1:8080"] })).rejects.toMatchObject({
      code: "source-forbidden",
    });
    await expect(checkSource("http://127.0.0.1:8081/a", { ...nothing, trusted: true })).resolves.toMatchObject({ kind: "http" });
  });
});

describe("a local file", () => {
  let folder: string;
  let rules: SourceRules;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "framewatch-guard-"));
    await mkdir(join(folder, "allowed"));
    await mkdir(join(folder, "allowed-not"));
    for (const name of ["allowed/a.mp4", "allowed/-b: c?.mp4", "allowed-not/a.mp4"]) await writeFile(join(folder, name), "bytes");
    await symlink(join(folder, "allowed-not/a.mp4"), join(folder, "allowed/out.mp4"));
    await symlink(join(folder, "allowed/a.mp4"), join(folder, "allowed/in.mp4"));
    await runProgram("mkfifo", [join(folder, "allowed/fifo")]);
    rules = { trusted: false, allowLocal: [join(folder, "nowhere"), join(folder, "allowed")], allowHosts: [] };
  });
  afterAll(() => rm(folder, { recursive: true }));

  it("may be read in an allowed folder", async () => {
    const path = join(folder, "allowed/a.mp4");
    expect(await checkSource(path, rules)).toMatchObject({ kind: "file", path, bytes: 5 });
    expect(await checkSource(pathToFileURL(path).href, rules)).toMatchObject({ kind: "file", path });
    expect(await checkSource(join(folder, "allowed/in.mp4"), rules)).toMatchObject({ kind: "file", path });
    expect(await checkSource(join(folder, "allowed/-b: c?.mp4"), rules)).toMatchObject({ kind: "file" });
  });

  it.each([
    "allowed-not/a.mp4",
    "allowed/../allowed-not/a.mp4",
    "allowed/out.mp4",
    "allowed-not/missing.mp4",
    "allowed/../missing.mp4",
  ])("may not be read at %s", async (name) => {
    await expect(checkSource(`${folder}/${name}`, rules)).rejects.toMatchObject({ code: "source-forbidden" });
  });

  it("is told to be missing only where jobs may look", async () => {
    await expect(checkSource(join(folder, "allowed/missing.mp4"), rules)).rejects.toMatchObject({ code: "source-not-found" });
  });

  it("is a regular file", async () => {
    await expect(checkSource(join(folder, "allowed/fifo"), rules)).rejects.toMatchObject({ code: "source-unsupported" });
    await expect(checkSource(join(folder, "allowed"), { ...rules, trusted: true })).rejects.toMatchObject({
      code: "source-unsupported",
    });
    await expect(checkSource("/dev/zero", { ...rules, trusted: true })).rejects.toMatchObject({ code: "source-unsupported" });
  });

  it("may be any for the person at the command line, by a relative name too", async () => {
    const trusted = { ...rules, trusted: true };
    expect(await checkSource(join(folder, "allowed-not/a.mp4"), trusted)).toMatchObject({ kind: "file" });
    expect(await checkSource("package.json", trusted)).toMatchObject({ path: join(process.cwd(), "package.json") });
  });
});
