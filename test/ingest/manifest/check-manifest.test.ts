import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openEgressProxy } from "../../../src/ingest/egress-proxy.js";
import { checkManifest } from "../../../src/ingest/manifest/check-manifest.js";
import { checkPlaylists } from "../../../src/ingest/manifest/check-playlists.js";
import { fileResources, httpResources } from "../../../src/ingest/read-resource.js";
import { edit, makeHls, serveFolder } from "../../support/hls.js";

let whole: string;
const signal = new AbortController().signal;
beforeAll(async () => {
  whole = await makeHls();
});
afterAll(() => rm(whole, { recursive: true }));

/** Checks a copy of the whole source after something was done to it. */
async function faultsAfter(damage: (folder: string) => Promise<void>, playlist = "main.m3u8") {
  const folder = await mkdtemp(path.join(tmpdir(), "framewatch-manifest-"));
  try {
    await cp(whole, folder, { recursive: true });
    await damage(folder);
    return (await checkManifest(pathToFileURL(path.join(folder, playlist)), fileResources, signal))?.faults ?? [];
  } finally {
    await rm(folder, { recursive: true });
  }
}

const withoutLine = (name: string) => (text: string) => text.replace(new RegExp(`#EXTINF:[^\\n]*\\n${name}\\n`), "");

describe("a whole source", () => {
  it("has no fault, and each segment of each rendition was asked for", async () => {
    const facts = await checkManifest(pathToFileURL(path.join(whole, "main.m3u8")), fileResources, signal);
    expect(facts).toMatchObject({
      ended: true,
      faults: [],
      renditions: [
        { name: expect.stringContaining("160x90"), segments: 6, durationSeconds: 12, sampledSegments: 6 },
        { name: expect.stringContaining("320x180"), segments: 6, sampledSegments: 6 },
      ],
    });
  });

  it("of fragments has none either, and has one where a duration is wrong", async () => {
    const folder = await makeHls({ fragments: true });
    try {
      const url = pathToFileURL(path.join(folder, "main.m3u8"));
      expect((await checkManifest(url, fileResources, signal))?.faults).toEqual([]);
      await edit(path.join(folder, "v1.m3u8"), (text) => text.replace("EXTINF:2.000000", "EXTINF:1.200000"));
      const faults = (await checkManifest(url, fileResources, signal))?.faults;
      expect(faults).toContainEqual(expect.objectContaining({ kind: "wrong-duration", rendition: 1, endSeconds: 1.2 }));
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it("is read through the checked way out only, a part of each segment", async () => {
    const folder = await makeHls();
    const served = await serveFolder(folder);
    const proxy = await openEgressProxy();
    try {
      const rules = { trusted: false, allowHosts: [served.host] };
      const egress = proxy.admit(rules);
      const facts = await checkManifest(served.url("main.m3u8"), httpResources(egress, rules), signal);
      expect(facts?.faults).toEqual([]);
      expect(served.asked.filter((name) => name.endsWith(".ts"))).toHaveLength(12);

      // A segment on a host that jobs may not read from is not dialled.
      await edit(path.join(folder, "v1.m3u8"), (text) => text.replace("v1_2.ts", "http://127.0.0.2:1/v1_2.ts"));
      const refused = await checkManifest(served.url("main.m3u8"), httpResources(egress, rules), signal);
      expect(refused?.faults).toContainEqual(
        expect.objectContaining({ kind: "missing-segment", reason: expect.stringContaining("FRAMEWATCH_ALLOW_HOSTS") }),
      );
      egress.close();
    } finally {
      await proxy.close();
      await served.close();
    }
  });
});

it("asks for many segments at the same time without taking those who wait for one signal for a leak", async () => {
  const folder = await mkdtemp(path.join(tmpdir(), "framewatch-manifest-"));
  await cp(whole, folder, { recursive: true });
  const served = await serveFolder(folder);
  const proxy = await openEgressProxy();
  const warnings: Error[] = [];
  const note = (warning: Error): void => void warnings.push(warning);
  process.on("warning", note);
  try {
    const rules = { trusted: true, allowHosts: [] };
    const egress = proxy.admit(rules);
    const resources = { url: served.url("main.m3u8"), read: httpResources(egress, rules) };
    expect((await checkPlaylists({ resources }, signal))?.renditions).toHaveLength(2);
    // They are told in the next turn of the event loop.
    await new Promise(setImmediate);
    expect(warnings.map(({ name }) => name)).toEqual([]);
    egress.close();
  } finally {
    process.off("warning", note);
    await proxy.close();
    await served.close();
  }
});

describe("finds, with line, time and reason,", () => {
  it("a segment that is missing", async () => {
    expect(await faultsAfter((folder) => rm(path.join(folder, "v0_3.ts")))).toEqual([
      expect.objectContaining({ kind: "missing-segment", rendition: 0, line: 13, startSeconds: 6, endSeconds: 8 }),
    ]);
  });

  it("a segment that was taken out of one playlist: media time jumps, and the renditions are out of step", async () => {
    const faults = await faultsAfter((folder) => edit(path.join(folder, "v1.m3u8"), withoutLine("v1_2.ts")));
    expect(faults).toEqual([
      expect.objectContaining({
        kind: "discontinuity",
        rendition: 1,
        startSeconds: 4,
        reason: expect.stringContaining("jumps by 2 s"),
      }),
      expect.objectContaining({ kind: "out-of-step", rendition: 1 }),
    ]);
  });

  it("a duration that is not that of the segment, and one beyond the target duration", async () => {
    const longer = (text: string) => text.replace("EXTINF:2.000000,\nv0_1.ts", "EXTINF:4.000000,\nv0_1.ts");
    const faults = await faultsAfter((folder) => edit(path.join(folder, "v0.m3u8"), longer), "v0.m3u8");
    expect(faults.map(({ kind, line, startSeconds }) => [kind, line, startSeconds])).toEqual([
      ["target-duration", 9, 2],
      ["wrong-duration", 9, 2],
    ]);
  });

  it("a segment that comes twice", async () => {
    const faults = await faultsAfter(
      (folder) => edit(path.join(folder, "v0.m3u8"), (text) => text.replace("v0_2.ts", "v0_1.ts")),
      "v0.m3u8",
    );
    expect(faults).toContainEqual(expect.objectContaining({ kind: "sequence", line: 11, startSeconds: 4 }));
  });

  it("a playlist that is missing", async () => {
    expect(await faultsAfter((folder) => rm(path.join(folder, "v1.m3u8")))).toEqual([
      expect.objectContaining({ kind: "missing-playlist", rendition: 1, startSeconds: 0, endSeconds: 12 }),
    ]);
  });

  it("what breaks the standard", async () => {
    const faults = await faultsAfter(
      (folder) => edit(path.join(folder, "v0.m3u8"), (text) => text.replace(/#EXT-X-TARGETDURATION:2\n/, "")),
      "v0.m3u8",
    );
    expect(faults[0]).toMatchObject({ kind: "syntax", rendition: 0, reason: expect.stringContaining("EXT-X-TARGETDURATION") });
  });
});

it("says nothing of what is no playlist", async () => {
  const url = pathToFileURL(path.join(whole, "v0_0.ts"));
  expect(await checkManifest(url, fileResources, signal)).toBeUndefined();
});
