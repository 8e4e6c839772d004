import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openEgressProxy } from "../../../src/ingest/index.js";
import { parseLiveAddress } from "../../../src/ingest/live/live-address.js";
import { checkSource, type SourceRules } from "../../../src/ingest/source-guard.js";
import { never, openStudio, type Studio } from "./senders.js";

const job: SourceRules = { trusted: false, allowLocal: [], allowHosts: [] };
let studio: Studio;
beforeAll(async () => {
  studio = await openStudio();
});
afterAll(() => studio.close());

describe("a live source's text", () => {
  it.each([
    ["udp://239.1.2.3:5000", { protocol: "udp", host: "239.1.2.3", port: 5000, senders: [] }],
    [
      "udp://@239.1.2.3:5000?localaddr=10.0.0.7&sources=10.0.0.8,10.0.0.9&fifo_size=1000",
      { protocol: "udp", host: "239.1.2.3", port: 5000, localAddress: "10.0.0.7", senders: ["10.0.0.8", "10.0.0.9"] },
    ],
    ["udp://@:5000", { protocol: "udp", host: "0.0.0.0", port: 5000, senders: [] }],
    ["UDP://[FF05::1]:5000", { protocol: "udp", host: "ff05::1", port: 5000, senders: [] }],
    [
      "srt://host.example:9000?streamid=%23!::r=a+b,m=request&passphrase=ten-letters%261&latency=200000&pbkeylen=32",
      {
        protocol: "srt",
        host: "host.example",
        port: 9000,
        mode: "caller",
        streamId: "#!::r=a+b,m=request",
        passphrase: "ten-letters&1",
        latencyMicroseconds: 200_000,
        keyBytes: 32,
      },
    ],
    ["srt://:9000", { protocol: "srt", host: "0.0.0.0", port: 9000, mode: "listener" }],
    ["rtmp://host/app/key", { protocol: "rtmp", host: "host", port: 1935, isSecure: false, app: "app", playPath: "key" }],
    [
      "rtmps://user:secret@host:444/app/instance/key?token=1&x=2",
      {
        protocol: "rtmp",
        host: "host",
        port: 444,
        isSecure: true,
        app: "app/instance",
        playPath: "key?token=1&x=2",
        credentials: "user:secret",
      },
    ],
  ])("%s is understood", (source, address) => {
    expect(parseLiveAddress(source)).toEqual(address);
  });

  it.each([
    ["udp://239.1.2.3", "source-forbidden"],
    ["udp://239.1.2.3:0", "source-forbidden"],
    ["udp://239.1.2.3:66000", "source-forbidden"],
    ["udp://239.1.2.3:5000?localaddr=eth0", "source-forbidden"],
    ["udp://239.1.2.3:5000 -i /etc/passwd", "source-forbidden"],
    ["srt://host", "source-forbidden"],
    ["srt://host:9000?passphrase=short", "source-forbidden"],
    ["srt://host:9000?passphrase=%", "source-forbidden"],
    ["srt://host:9000?mode=rendezvous", "source-unsupported"],
    ["srt://host:9000?localport=80", "source-unsupported"],
    ["srt://host:9000?protocol_whitelist=file", "source-unsupported"],
    ["rtmp://host/key", "source-forbidden"],
    ["rtmp://host/app/key live=1", "source-forbidden"],
    ["rtmp://host/app/key?listen=1", "source-unsupported"],
    ["rtp://host:5000", "source-unsupported"],
    ["rtsp://host/1", "source-unsupported"],
    ["tcp://host:1", "source-unsupported"],
  ])("%s is refused", (source, code) => {
    expect(() => parseLiveAddress(source)).toThrow(expect.objectContaining({ code }));
  });

  it("is not repeated with its secrets in a reason", () => {
    for (const source of [
      "srt://host:9000?passphrase=secret",
      "srt://host:9000?mode=secret",
      "rtmp://user:secret@host/key?secret",
    ]) {
      expect(() => parseLiveAddress(source)).toThrow(expect.objectContaining({ message: expect.not.stringContaining("secret") }));
    }
  });
});

describe("a job", () => {
  it.each([
    "srt://127.0.0.1:9000",
    "srt://[::1]:9000",
    "srt://[::ffff:127.0.0.1]:9000",
    "srt://169.254.169.254:80",
    "rtmp://10.0.0.1/app/key",
    "rtmps://127.0.0.1/app/key",
    "udp://239.1.2.3:5000",
    "udp://[ff05::1]:5000",
    "udp://127.0.0.1:5000",
    "udp://0.0.0.0:5000",
    "udp://@:5000",
    "udp://8.8.8.8:5000",
    "srt://0.0.0.0:9000?mode=listener",
    "srt://8.8.8.8:9000?mode=listener",
    "http://127.0.0.1/live.ts",
  ])("may not read %s", async (source) => {
    await expect(checkSource(source, job)).rejects.toMatchObject({ code: "source-forbidden" });
    await expect(checkSource(source, { ...job, trusted: true })).resolves.toBeDefined();
  });

  it("may where it is allowed, and is told what to allow", async () => {
    const allowed = { ...job, allowHosts: ["239.0.0.0/8", "10.0.0.1:1935"], allowListen: ["0.0.0.0:5000", "[::]:9000"] };
    for (const source of [
      "udp://239.1.2.3:5000",
      "rtmp://10.0.0.1/app/key",
      "udp://@:5000",
      "srt://[::]:9000?mode=listener",
      "srt://8.8.8.8:9000",
    ])
      await expect(checkSource(source, allowed)).resolves.toMatchObject({ kind: "live" });
    for (const source of ["udp://@:5001", "srt://0.0.0.0:9000?mode=listener", "rtmp://10.0.0.1:1936/app/key"])
      await expect(checkSource(source, allowed)).rejects.toMatchObject({ code: "source-forbidden" });
    await expect(checkSource("udp://@:5001", job)).rejects.toThrow("FRAMEWATCH_ALLOW_LISTEN holds 0.0.0.0:5001");
    await expect(checkSource("srt://127.0.0.1:9000", job)).rejects.toThrow("FRAMEWATCH_ALLOW_HOSTS holds 127.0.0.1:9000");
  });

  it.each([
    "srt://localhost:9000",
    "rtmp://localhost/app/key",
    "udp://localhost:5000",
    "http://localhost:9000/live.ts",
    "http://localhost:9000/live.mpd",
  ])("may not read %s, whose name means a private address, and no other connection is tried", async (source) => {
    const opened = await studio.open(source, { trusted: false });
    await expect(opened.next(never)).rejects.toMatchObject({ code: "source-forbidden" });
    await expect(opened.next(never)).rejects.not.toThrow(/127\.0\.0\.1|::1/);
    await opened.close();
  });

  it("is safe from a name that means another address at the next connection", async () => {
    let answers = 0;
    const proxy = await openEgressProxy({
      lookup: () => Promise.resolve([answers++ === 0 ? "198.51.100.7" : "127.0.0.1"]),
    });
    const egress = proxy.admit({ trusted: false, allowHosts: ["198.51.100.0/24"] });
    expect(await egress.addresses("name.example", 9000)).toEqual(["198.51.100.7"]);
    await expect(egress.addresses("name.example", 9000)).rejects.toMatchObject({ code: "source-forbidden" });
    await proxy.close();
  });

  it("does not take a file for a live source", async () => {
    await expect(studio.open("s3://bucket/key")).rejects.toMatchObject({ code: "source-unsupported" });
    await expect(studio.open("package.json")).rejects.toMatchObject({ code: "source-unsupported" });
  });
});
