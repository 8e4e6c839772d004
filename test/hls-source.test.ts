import { rm } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Checking, openChecking } from "./support/check-media.js";
import { edit, makeHls, serveFolder } from "./support/hls.js";

let checking: Checking;
beforeAll(async () => {
  checking = await openChecking();
});
afterAll(() => checking.close());

const only = ["manifest", "timestamp-gap", "freeze"];

describe("an HLS source over http", () => {
  it("that is whole passes; one variant of it is decoded, and every rendition is told of", async () => {
    const served = await serveFolder(await makeHls());
    try {
      const report = await checking.check(served.url("main.m3u8").href, only);
      expect(report).toMatchObject({
        verdict: "pass",
        defects: [],
        media: { container: "hls", video: { width: 320, frames: 300 } },
      });
      expect(report.media?.audio).toHaveLength(1);
      expect(report.stream?.manifest?.renditions.map(({ segments }) => segments)).toEqual([6, 6]);
    } finally {
      await served.close();
    }
  });

  it("of which a segment is missing fails, and that is the cause of what picture and sound lack", async () => {
    const folder = await makeHls();
    await rm(path.join(folder, "v1_3.ts"));
    const served = await serveFolder(folder);
    try {
      const { verdict, defects, stream } = await checking.check(served.url("main.m3u8").href, only);
      expect(verdict).toBe("fail");
      const missing = defects.find(({ type }) => type === "manifest");
      expect(missing).toMatchObject({ kind: "missing-segment", severity: "error", startSeconds: 6, endSeconds: 8 });
      expect(missing?.causes?.[0]).toMatch(/\/v1\.m3u8:13 v1_3\.ts: .* answered 404/);
      expect(missing?.measured).toMatchObject({ line: 13, rendition: 1 });
      for (const gap of defects.filter(({ type }) => type === "timestamp-gap")) {
        expect(gap).toMatchObject({ kind: "missing", causes: ["manifest: missing-segment"] });
      }
      expect(defects.filter(({ type }) => type === "timestamp-gap")).toHaveLength(2);
      expect(stream?.manifest?.faults).toHaveLength(1);
    } finally {
      await served.close();
    }
  });

  it("of which another rendition is out of step fails, though what is decoded is whole", async () => {
    const folder = await makeHls();
    await edit(path.join(folder, "v0.m3u8"), (text) => text.replace(/#EXTINF:[^\n]*\nv0_5\.ts\n/, ""));
    const served = await serveFolder(folder);
    try {
      const { verdict, defects } = await checking.check(served.url("main.m3u8").href, only);
      expect(verdict).toBe("fail");
      expect(defects.map(({ type, kind }) => `${type} ${kind}`)).toEqual(["manifest out-of-step"]);
    } finally {
      await served.close();
    }
  });
});
