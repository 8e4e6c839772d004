import { describe, expect, it } from "vitest";
import { isAllowedHost, parseAllowedHost, specialAddress } from "../../src/ingest/addresses.js";

describe("specialAddress", () => {
  it.each([
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "100.64.0.1",
    "100.127.255.255",
    "127.0.0.1",
    "127.255.255.254",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.8",
    "192.0.2.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.19.255.255",
    "198.51.100.7",
    "203.0.113.9",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:7f00:1",
    "::ffff:169.254.169.254",
    "::ffff:0:127.0.0.1",
    "64:ff9b::10.0.0.1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::1",
    "fc00::1",
    "fd12:3456::1",
    "fe80::1",
    "fe80::1%eth0",
    "febf::1",
    "fec0::1",
    "ff02::1",
    "100::1",
    "2001::1",
    "2001:db8::1",
    "2002:7f00:1::1",
    "2002:a9fe:a9fe::",
    "3fff::1",
  ])("takes %s for no public host", (address) => {
    expect(specialAddress(address)).toEqual(expect.any(String));
  });

  it.each([
    "1.1.1.1",
    "8.8.8.8",
    "11.0.0.1",
    "100.63.255.255",
    "100.128.0.0",
    "126.1.1.1",
    "128.0.0.1",
    "169.253.1.1",
    "172.15.1.1",
    "172.32.0.1",
    "192.0.1.1",
    "192.169.0.1",
    "198.17.1.1",
    "198.20.0.1",
    "223.255.255.255",
    "2606:4700:4700::1111",
    "2a00:1450:4001::200e",
    "::ffff:8.8.8.8",
    "64:ff9b::8.8.8.8",
    "64:ff9b::808:808",
  ])("takes %s for a public host", (address) => {
    expect(specialAddress(address)).toBeUndefined();
  });

  it.each(["", "localhost", "2130706433", "127.1", "0x7f.0.0.1"])("does not take %j for an address", (text) => {
    expect(specialAddress(text)).toBe("invalid");
  });
});

describe("FRAMEWATCH_ALLOW_HOSTS", () => {
  const allows = (entry: string, hostname: string, port: number, address: string) =>
    isAllowedHost([parseAllowedHost(entry)], hostname, port, address);

  it("allows a host on every port, whatever its address", () => {
    expect(allows("Media.Internal", "media.internal.", 8080, "10.0.0.1")).toBe(true);
    expect(allows("media.internal", "other.internal", 8080, "10.0.0.1")).toBe(false);
  });

  it("allows a host on one port only", () => {
    expect(allows("media.internal:9000", "media.internal", 9000, "10.0.0.1")).toBe(true);
    expect(allows("media.internal:9000", "media.internal", 22, "10.0.0.1")).toBe(false);
  });

  it("allows an address however a name leads to it", () => {
    expect(allows("127.0.0.1:9000", "localhost", 9000, "127.0.0.1")).toBe(true);
    expect(allows("127.0.0.1:9000", "localhost", 9000, "127.0.0.2")).toBe(false);
    expect(allows("[::1]:9000", "::1", 9000, "::1")).toBe(true);
    expect(allows("::1", "::1", 1, "::1")).toBe(true);
  });

  it("allows a network", () => {
    expect(allows("10.1.0.0/16", "a.internal", 443, "10.1.255.1")).toBe(true);
    expect(allows("10.1.0.0/16", "a.internal", 443, "10.2.0.1")).toBe(false);
    expect(allows("fd00::/8", "a.internal", 443, "fd12::1")).toBe(true);
  });

  it.each(["", "10.0.0.0/33", "a b", "http://host", "host:0", "host:99999", "[10.0.0.1]:80", "x/8"])(
    "refuses %j and says why",
    (entry) => {
      expect(() => parseAllowedHost(entry)).toThrow(expect.objectContaining({ code: "configuration" }));
    },
  );
});
