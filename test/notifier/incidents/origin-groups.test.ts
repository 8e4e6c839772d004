import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Alert, alertAttributes, alertSchema } from "../../../src/notifier/alert.js";
import { openOriginGroups, type OriginAlert, originOf } from "../../../src/notifier/incidents/origin-groups.js";
import { exampleJob } from "../examples.js";
import { beganAt, VirtualStream } from "./virtual-stream.js";

const loss = { sinceMilliseconds: beganAt, severity: "error" } as const;
const origin = "origin.example:443";

const alertBase = {
  specversion: "1.0",
  id: "1",
  source: "/framewatch/jobs/1",
  type: "framewatch.origin.lost",
  subject: origin,
  time: new Date(beganAt).toISOString(),
  datacontenttype: "application/json",
} as const;

/** Streams of one origin in one process, in virtual time. */
class Process {
  readonly groups = openOriginGroups();
  readonly heard: { readonly seconds: number; readonly data: Omit<Alert["data"], "sequence">; readonly id: string }[] = [];
  readonly streams: readonly VirtualStream[];

  constructor(count: number) {
    this.streams = Array.from({ length: count }, (_, index) => {
      const stream = `channel-${index + 1}`;
      const job = { ...exampleJob, id: `job-${stream}`, stream };
      return new VirtualStream({ stream, origin: this.groups.join({ job, stream, origin }) });
    });
  }

  hear(seconds: number, alerts: readonly OriginAlert[]): void {
    this.heard.push(...alerts.map(({ draft: { data, id } }) => ({ seconds, data, id })));
  }

  until(seconds: number): this {
    const from = this.streams[0]?.seconds ?? 0;
    for (let at = Math.floor(from * 2 + 1) / 2; at <= seconds; at += 0.5) {
      for (const stream of this.streams) stream.until(at);
      this.hear(at, this.groups.tick(beganAt + at * 1000));
    }
    for (const stream of this.streams) stream.until(seconds);
    return this;
  }

  stream(number: number): VirtualStream {
    const stream = this.streams[number - 1];
    if (stream === undefined) throw new Error(`There is no stream ${number}.`);
    return stream;
  }

  /** What was told of the origin: when, how many streams, and whether it is over. */
  told(): string[] {
    return this.heard.map(
      ({ seconds, data: { streams = [], endTime } }) => `${seconds} ${streams.length}${endTime ? " over" : ""}`,
    );
  }

  single(): string[] {
    return this.streams.flatMap((stream, index) => stream.told().map((line) => `${index + 1}: ${line}`));
  }
}

describe("streams that lose the same origin", () => {
  it("are one alert that lists them, and no alerts of their own, until all are back", () => {
    const process = new Process(5).until(10);
    process.stream(1).open("stall", { severity: "critical" });
    for (const number of [2, 3]) process.stream(number).open("stall");
    process.until(60);
    for (const number of [1, 2, 3]) process.stream(number).resolve("stall");
    process.until(120);
    expect(process.single()).toEqual([]);
    expect(process.told()).toEqual(["11 3", "60.5 3 over"]);
    expect(process.heard[0]?.data).toMatchObject({
      incidentKey: `${origin} origin`,
      origin,
      streams: ["channel-1", "channel-2", "channel-3"],
      startTime: new Date(beganAt + 10_000).toISOString(),
    });
    for (const { data } of process.heard) {
      const alert = { ...alertBase, data: { ...data, sequence: 1 } };
      expect(alertAttributes(alert)).toEqual({ event: alert.type, severity: "critical", defect: "stall" });
      alertSchema.parse(alert);
    }
    expect(process.stream(1).log.map(({ heldBack }) => heldBack)).toEqual(["gathering", "origin-lost"]);
  });

  it("are told one by one where they are two, or lost long after each other", () => {
    const process = new Process(5).until(10);
    process.stream(1).open("stall");
    process.stream(2).open("stall");
    process.until(60);
    process.stream(3).open("stall");
    process.until(120);
    expect(process.told()).toEqual([]);
    expect(process.single()).toEqual(["1: 11 opened stall", "2: 11 opened stall", "3: 61 opened stall"]);
  });

  it("are told at once by themselves where the origin has too few streams to be told together", () => {
    const process = new Process(2).until(10);
    process.stream(1).open("stall");
    expect(process.single()).toEqual(["1: 10 opened stall"]);
  });

  it("are listed anew as they come and go, and one that was told by itself is also resolved by itself", () => {
    const process = new Process(5).until(10);
    process.stream(1).open("stall");
    process.until(15);
    for (const number of [2, 3]) process.stream(number).open("stall");
    process.until(20);
    process.stream(4).open("stall");
    process.until(50);
    for (const number of [1, 2, 4]) process.stream(number).resolve("stall");
    process.until(100);
    expect(process.told()).toEqual(["16 3", "31 4", "50.5 1"]);
    expect(process.single()).toEqual(["1: 11 opened stall", "1: 50 resolved stall"]);
  });

  it("are at most five alerts in a minute when there are five hundred, the last of which lists all", () => {
    const gaps = fc.array(fc.integer({ min: 0, max: 20 }), { minLength: 500, maxLength: 500 });
    fc.assert(
      fc.property(gaps, (seconds) => {
        const process = new Process(500);
        for (let at = 0; at <= 60; at++) {
          process.until(at);
          for (const [index, lostAt] of seconds.entries())
            if (lostAt === at)
              process
                .stream(index + 1)
                .open("stall")
                .open("black");
        }
        expect(process.heard.length).toBeLessThanOrEqual(5);
        expect(process.heard.at(-1)?.data.streams).toHaveLength(500);
        expect(process.single()).toEqual([]);
      }),
      { numRuns: 2 },
    );
  });

  it("do not flap one by one when the origin does, and the origin is told at most twelve times an hour", () => {
    const process = new Process(4);
    for (let seconds = 0; seconds < 3600; seconds += 120) {
      process.until(seconds);
      for (const stream of process.streams) stream.open("stall");
      process.until(seconds + 60);
      for (const stream of process.streams) stream.resolve("stall");
    }
    process.until(3600);
    expect(process.single()).toEqual([]);
    expect(process.heard).toHaveLength(12);
    expect(process.heard.at(-1)?.data.quietUntil).toBeDefined();
    expect(new Set(process.heard.map(({ id }) => id)).size).toBe(12);
    expect(process.told().at(-1)).toMatch(/over$/);
  });

  it("that are worked on are not listed", () => {
    const process = new Process(4);
    process
      .stream(1)
      .do((incidents, now) => incidents.maintenance({ fromMilliseconds: now, untilMilliseconds: now + 3_600_000 }, now));
    for (const stream of process.streams) stream.open("stall");
    process.until(30);
    expect(process.heard.map(({ data }) => data.streams)).toEqual([["channel-2", "channel-3", "channel-4"]]);
  });

  it("are not told again by a process that takes them over, which tells when they are back", () => {
    const process = new Process(3);
    for (const stream of process.streams) stream.open("stall");
    process.until(30);
    const groups = openOriginGroups();
    const at = beganAt + 40_000;
    const members = process.streams.map((stream, index) => {
      const told = stream.incidents.state().origin;
      expect(told).toEqual({ isTold: true, sinceMilliseconds: beganAt, severity: "warning" });
      const name = `channel-${index + 1}`;
      return groups.join({ job: { ...exampleJob, id: name }, stream: name, origin, ...(told === undefined ? {} : { told }) });
    });
    for (const member of members) member.set(loss, at);
    expect(groups.tick(at + 20_000)).toEqual([]);
    for (const member of members) member.set(undefined, at + 21_000);
    const [over, ...more] = groups.tick(at + 22_000);
    expect(more).toEqual([]);
    expect(over?.draft.data.endTime).toBeDefined();
    expect(over?.draft.data.streams).toHaveLength(3);
  });

  it("that are not watched any more leave nobody with a lost origin", () => {
    const groups = openOriginGroups();
    const members = [1, 2, 3].map((number) =>
      groups.join({ job: { ...exampleJob, id: `${number}` }, stream: `${number}`, origin }),
    );
    for (const member of members) member.set(loss, beganAt);
    expect(groups.tick(beganAt + 1000)).toHaveLength(1);
    const left = members.flatMap((member) => member.leave(beganAt + 20_000));
    expect(left.map(({ draft: { data } }) => data.endTime)).toEqual([new Date(beganAt + 20_000).toISOString()]);
    expect(groups.tick(beganAt + 60_000)).toEqual([]);
  });
});

describe("the origin of a source", () => {
  it.each([
    ["https://user:secret@Origin.example:8443/live/1.m3u8?token=x", "origin.example:8443"],
    ["rtmp://ingest.example/app/key", "ingest.example"],
    ["srt://10.0.0.1:9000?passphrase=x", "10.0.0.1:9000"],
    ["srt://0.0.0.0:9000", undefined],
    ["srt://:9000?mode=listener", undefined],
    ["udp://239.0.0.1:5000", undefined],
    ["/films/film.ts", undefined],
  ])("%s", (source, expected) => expect(originOf(source)).toBe(expected));
});
