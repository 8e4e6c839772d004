import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { cutTransport, makeFragments, type PartedRendition, type PartServing, serveParts } from "../../support/part-server.js";
import { collect, decoded, makeSegments, openHlsOf, soundApart, stepsOf } from "../../support/rolling-hls.js";

const partSeconds = 0.25;

let folder: string;
/** Four segments of a second, four parts each. */
let transport: PartedRendition;
beforeAll(async () => {
  folder = await makeSegments({ seconds: 4 });
  const whole = await Promise.all([0, 1, 2, 3].map((index) => readFile(path.join(folder, `v${index}.ts`))));
  transport = { name: "v", segments: whole.map((bytes) => cutTransport(bytes, 4)), partSeconds };
});
afterAll(() => rm(folder, { recursive: true }));

/** What is to be undone, the last first. */
const undo: (() => Promise<unknown> | void)[] = [];
afterEach(async () => {
  for (const one of undo.splice(0).toReversed()) await one();
});

/** The first segment is complete, and one part of the second one is there. */
async function source(
  renditions: readonly PartedRendition[],
  serving: Partial<PartServing> = {},
  first = "v.m3u8",
  patienceSeconds = 20,
) {
  const served = await serveParts(renditions, { shown: 5, ...serving });
  const opened = await openHlsOf(served, { first, patienceSeconds });
  undo.push(opened.close);
  return { ...opened, asked: served.asked };
}

/** Receives to the end. */
async function received(serving: Partial<PartServing> = {}) {
  const { receiver, asked, told, events } = await source([transport], serving);
  const { sink, stretches, reasons } = collect();
  await receiver.receive(sink, AbortSignal.timeout(30_000));
  expect(reasons).toEqual([]);
  return { bytes: stretches()[0] ?? Buffer.alloc(0), asked, told, events };
}

const bytesOf = (from = 0, to = 4): Buffer => Buffer.concat(transport.segments.slice(from, to).flat());
const partNames = (segment: number, parts = [0, 1, 2, 3]) => parts.map((part) => `v${segment}.${part}`);

describe("parts of MPEG-TS", () => {
  it.each([false, true])("are given as they come, each once, and no segment is read again (ranges: %s)", async (ranges) => {
    const { bytes, asked, told } = await received({ ranges });
    expect(bytes.equals(bytesOf())).toBe(true);
    const names = ranges
      ? ["v1", "v2", "v3"].flatMap((name) => [name, name, name, name])
      : [1, 2, 3].flatMap((one) => partNames(one));
    expect(asked).toEqual(["v0", ...names]);
    expect(told()).toEqual([]);
  });

  it.each(["none", "early", "refused", "silent"] as const)(
    "come by plain polling where the server holds no requests back (%s)",
    async (reload) => {
      const { bytes, told } = await received({ reload, shown: 12, targetSeconds: reload === "silent" ? 1 : 4 });
      expect(bytes.equals(bytesOf(2))).toBe(true);
      expect(told()).toEqual([]);
    },
  );

  it.each<[string, Partial<PartServing>]>([
    ["cannot be had", { other: (name) => (name === "v2.1" ? undefined : "as it is") }],
    ["is a gap", { attributes: (name) => (name === "v2.1" ? ",GAP=YES" : "") }],
    ["is cut off within a packet", { other: (name) => (name === "v2.1" ? Buffer.alloc(200, 0x47) : "as it is") }],
  ])("that are followed by one that %s are followed by the rest of their segment", async (_, serving) => {
    const { bytes, asked, told } = await received(serving);
    expect(bytes.equals(bytesOf())).toBe(true);
    expect(asked.filter((name) => name.startsWith("v2.") && name !== "v2.1")).toEqual(["v2.0"]);
    expect(asked.filter((name) => !name.includes("."))).toEqual(["v0", "v2"]);
    expect(told()).toEqual([]);
  });

  it("are not needed where the first one cannot be had: the whole segment is read", async () => {
    const { bytes, asked, told } = await received({ other: (name) => (name === "v2.0" ? undefined : "as it is") });
    expect(bytes.equals(bytesOf())).toBe(true);
    expect(asked).toEqual(["v0", ...partNames(1), "v2.0", "v2", ...partNames(3)]);
    expect(told()).toEqual([]);
  });

  it("that leave the playlist with the end of their segment are followed by the rest of it", async () => {
    const { bytes, asked, told } = await received({ openOnly: true });
    expect(bytes.equals(bytesOf())).toBe(true);
    expect(asked).toEqual(["v0", ...[1, 2, 3].flatMap((one) => [...partNames(one, [0, 1, 2]), `v${one}`])]);
    expect(told()).toEqual([]);
  });

  it("never come twice: where a segment is packed otherwise than its parts, what is left of it is told as missing", async () => {
    const { bytes, asked, told, events } = await received({
      other(name) {
        if (name === "v1.2") return undefined;
        return name === "v1" ? Buffer.concat([Buffer.alloc(188, 0x47), bytesOf(1, 2)]) : "as it is";
      },
    });
    const begun = Buffer.concat([bytesOf(0, 1), ...(transport.segments[1]?.slice(0, 2) ?? [])]);
    expect(bytes.subarray(0, begun.length).equals(begun)).toBe(true);
    // Behind what is lost packets are counted on from where they were.
    expect(bytes.length).toBe(begun.length + bytesOf(2).length);
    expect(asked).toEqual(["v0", ...partNames(1, [0, 1, 2]), "v1", "v2", "v3"]);
    expect(told()).toEqual(["missing-segment opened", "missing-segment resolved"]);
    expect(events[0]?.reason).toContain("v1: it does not begin with its parts");
  });

  it("that do not come while the server holds the request back are told as a playlist that is stale", async () => {
    const { receiver, told } = await source([transport], { end: "complete", shown: 15, targetSeconds: 1 }, "v.m3u8", 3);
    const { sink, stretches } = collect();
    await expect(receiver.receive(sink, AbortSignal.timeout(20_000))).rejects.toMatchObject({ code: "media-stalled" });
    expect(stretches()[0]?.equals(bytesOf(3))).toBe(true);
    expect(told()).toEqual(["stale opened"]);
  });

  it("are left where reading is stopped, and reading goes on with the next segment", async () => {
    const { receiver, asked } = await source([transport]);
    const { sink, stretches } = collect();
    const stop = new AbortController();
    const given = (): number => stretches().reduce((sum, { length }) => sum + length, 0);
    const begun = bytesOf(0, 1).length + (transport.segments[1]?.[0]?.length ?? 0);
    const first = receiver.receive(
      {
        ...sink,
        bytes(chunk) {
          sink.bytes(chunk);
          if (given() >= begun) stop.abort(new Error("enough"));
        },
      },
      stop.signal,
    );
    await expect(first).rejects.toThrow("enough");
    await receiver.receive(sink, AbortSignal.timeout(20_000));
    expect(stretches()[0]?.equals(Buffer.concat([bytesOf().subarray(0, begun), bytesOf(2)]))).toBe(true);
    expect(new Set(asked).size).toBe(asked.length);
  });
});

describe("parts with sound of their own playlist", () => {
  async function makeTransport(own: string, name: "v" | "a"): Promise<PartedRendition> {
    const whole = await Promise.all([0, 1, 2, 3].map((index) => readFile(path.join(own, `${name}${index}.ts`))));
    return { name, segments: whole.map((bytes) => cutTransport(bytes, 4)), partSeconds };
  }

  it.each(["fragments", "MPEG-TS"])("become one stream with both (%s)", async (packing) => {
    const isTransport = packing === "MPEG-TS";
    const own = isTransport
      ? await makeSegments({ seconds: 4, apart: true })
      : await mkdtemp(path.join(tmpdir(), "framewatch-parts-"));
    undo.push(() => rm(own, { recursive: true }));
    const make = (name: "v" | "a") => (isTransport ? makeTransport(own, name) : makeFragments(own, name, 4));
    const { receiver, asked, told } = await source([await make("v"), await make("a")], { main: soundApart }, "main.m3u8");
    const { sink, stretches, reasons } = collect();
    await receiver.receive(sink, AbortSignal.timeout(20_000));
    const { pictures, sounds, complaints } = await decoded(stretches()[0] ?? Buffer.alloc(0), own);
    expect(pictures.length).toBe(100);
    expect(new Set(stepsOf(pictures))).toEqual(new Set([40]));
    expect(sounds).toBeGreaterThan(4 * 45);
    expect(complaints).toBe("");
    expect(reasons).toEqual([]);
    expect(told()).toEqual([]);
    expect(new Set(asked).size).toBe(asked.length);
    expect(asked.filter((name) => /^[av]\d+$/.test(name)).toSorted()).toEqual(["a0", "v0"]);
  });
});
