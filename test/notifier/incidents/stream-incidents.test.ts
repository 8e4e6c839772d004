import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { alertSchema } from "../../../src/notifier/alert.js";
import { alertLimit, limitWindowMilliseconds } from "../../../src/notifier/incidents/rules.js";
import { openLiveIds } from "../../../src/notifier/incidents/live-defect-id.js";
import { beganAt, VirtualStream } from "./virtual-stream.js";

const key = "channel-1 black video:0";
const heldBack = (stream: VirtualStream) =>
  stream.log.map(({ change, heldBack: reason, alert }) => `${change} ${reason ?? (alert ? "sent" : "known")}`);
const time = (seconds: number) => new Date(beganAt + seconds * 1000).toISOString();

describe("an incident", () => {
  it("is told at once when it opens and when it is over, with the wall clock", () => {
    const stream = new VirtualStream().until(10).open("black", { startSeconds: 8 }).until(20).resolve("black").until(60);
    expect(stream.told()).toEqual(["10 opened black", "20 resolved black"]);
    const [opened, resolved] = stream.heard.map(({ alert }) => alert);
    expect(opened).toMatchObject({ time: time(10), data: { incidentKey: key, defect: { startSeconds: 8, startTime: time(8) } } });
    expect(opened?.data.defect).not.toHaveProperty("endTime");
    expect(resolved?.data.defect).toMatchObject({
      startTime: time(8),
      endTime: time(20),
      endSeconds: 20,
      id: opened?.data.defect?.id,
    });
    for (const { alert } of stream.heard) alertSchema.parse({ ...alert, data: { ...alert.data, sequence: 1 } });
    expect(heldBack(stream)).toEqual(["opened sent", "resolved sent"]);
  });

  it("is told again when its severity rises, and not when only its measure changes", () => {
    const stream = new VirtualStream()
      .open("black")
      .until(1)
      .change("black", { measured: { darkRatio: 1 } });
    stream.until(2).change("black", { severity: "critical" }).until(3).change("black", { severity: "error" });
    expect(stream.told()).toEqual(["0 opened black", "2 updated black"]);
  });

  it("lasts as long as any defect of its key, and each defect is in the log", () => {
    const stream = new VirtualStream().open("manifest", { kind: "stale" });
    const [first] = stream.heard;
    const other = { id: "other", type: "manifest", startSeconds: 1, kind: "syntax" };
    stream.until(1).open("manifest", other).until(2).resolve("manifest");
    expect(stream.told()).toEqual(["0 opened manifest"]);
    expect(stream.incidents.openIncidents()).toMatchObject([
      { startTime: time(0), defect: { id: first?.alert.data.defect?.id } },
    ]);
    expect(heldBack(stream)).toEqual(["opened sent", "opened known", "resolved known"]);
  });

  it("has an id that is the stream's, the detector's, the track's and the second's, and another for each within a second", () => {
    const ids = openLiveIds("channel-1");
    const first = ids.next("flash", "picture:0", beganAt);
    expect(first).toMatch(/^[0-9a-f]{24}$/);
    const others = [
      ids.next("flash", "picture:0", beganAt + 999),
      ids.next("flash", "picture:0", beganAt + 1000),
      ids.next("flash", "picture:1", beganAt),
      ids.next("freeze", "picture:0", beganAt),
      openLiveIds("channel-2").next("flash", "picture:0", beganAt),
    ];
    expect(new Set([first, ...others]).size).toBe(6);
    expect(openLiveIds("channel-1").next("flash", "picture:0", beganAt + 500)).toBe(first);
    const stream = new VirtualStream().open("flash", { id: first });
    expect(stream.heard[0]?.alert.data.defect?.id).toBe(first);
  });

  it("is told with what is known of its cause, and what becomes known later when it is over", () => {
    const stream = new VirtualStream().until(10).open("freeze").until(11).open("manifest", { kind: "stale" });
    stream.until(20).resolve("freeze");
    const causes = stream.heard.filter(({ alert }) => alert.data.defect?.type === "freeze").map(({ alert }) => alert.data.cause);
    expect(causes).toEqual(["encoder", "origin"]);
    expect(stream.log.at(-1)?.cause).toMatchObject({ word: "origin" });
  });

  it("that begins and ends four times in ten minutes flaps: that is told, then quiet until it was stable", () => {
    const stream = new VirtualStream();
    for (let seconds = 0; seconds < 600; seconds += 60)
      stream
        .until(seconds)
        .open("black")
        .until(seconds + 30)
        .resolve("black");
    stream.until(630).open("black").until(2000);
    expect(stream.told()).toEqual([
      "0 opened black",
      "30 resolved black",
      "60 opened black",
      "90 flapping black is flapping 4",
      "1230 flapping black was flapping 21",
    ]);
    const [began, ended] = stream.heard.slice(3).map(({ alert }) => alert.data);
    expect(began?.flapping).toEqual({ startTime: time(0), changes: 4, isOpen: false });
    expect(ended).toMatchObject({
      flapping: { startTime: time(0), endTime: time(630), changes: 21, isOpen: true },
      heldBack: 17,
    });
    stream.resolve("black");
    expect(stream.told().at(-1)).toBe("2000 resolved black");
  });

  it("that flapped is told as it is, where that is not what was told before", () => {
    const stream = new VirtualStream();
    for (let seconds = 0; seconds < 120; seconds += 60)
      stream
        .until(seconds)
        .open("black")
        .until(seconds + 30)
        .resolve("black");
    stream.until(1000);
    expect(stream.told().slice(3)).toEqual(["90 flapping black is flapping 4", "690 resolved black was flapping 4"]);
    expect(stream.believed()).toEqual([]);
  });

  it("is told at most six times an hour, the last of which says so, and then as it is", () => {
    const stream = new VirtualStream();
    for (let seconds = 0; seconds < 3000; seconds += 600)
      stream
        .until(seconds)
        .open("black")
        .until(seconds + 300)
        .resolve("black");
    stream.until(3000).open("black").until(3300).resolve("black").until(3400).open("black");
    expect(stream.heard).toHaveLength(alertLimit);
    expect(stream.heard.at(-1)?.alert.data.quietUntil).toBe(time(3600.001));
    expect(stream.believed()).toEqual([]);
    stream.until(3700);
    expect(stream.told().at(-1)).toBe("3600.5 opened black");
    expect(stream.heard.at(-1)?.alert.data).toMatchObject({ heldBack: 7, defect: { startTime: time(3400) } });
  });

  it("is counted with those of the same type on other tracks, and not with other types", () => {
    const stream = new VirtualStream();
    for (let track = 0; track < 8; track++) stream.open("silence", { medium: "audio", track, id: `s${track}` });
    stream.open("black");
    expect(stream.told().filter((line) => line.includes("silence"))).toHaveLength(alertLimit);
    expect(stream.told().at(-1)).toBe("0 opened black");
  });
});

describe("a lost input", () => {
  it("holds back what follows from it, and tells what is still so a moment after", () => {
    const stream = new VirtualStream().until(10);
    stream.do((incidents, now) => incidents.input("lost", now));
    stream
      .until(15)
      .open("stall", { medium: "stream", affects: "picture" })
      .open("black")
      .until(20)
      .open("silence")
      .open("loudness");
    expect(stream.told()).toEqual(["15 opened stall", "20 opened loudness"]);
    stream.until(60).resolve("stall").until(61).resolve("black");
    stream.do((incidents, now) => incidents.input("running", now));
    stream.until(100);
    expect(stream.told().slice(2)).toEqual(["60 resolved stall", "71 opened silence"]);
    expect(heldBack(stream)).toContain("opened lost-input");
    expect(stream.believed()).toEqual(stream.truth());
  });

  it("does not let people believe that the picture is back", () => {
    const stream = new VirtualStream()
      .open("black")
      .until(10)
      .open("stall")
      .until(10.5)
      .resolve("black")
      .until(40)
      .resolve("stall");
    stream.until(41).open("black").until(100);
    expect(stream.told()).toEqual(["0 opened black", "10 opened stall", "40 resolved stall"]);
    expect(stream.believed()).toEqual(stream.truth());
  });
});

describe("people", () => {
  it("who acknowledge an incident hear only that it is over", () => {
    const stream = new VirtualStream().open("black").until(1);
    stream.do((incidents, now) => incidents.acknowledge({ incidentKey: key, by: "anna" }, now));
    stream.until(2).change("black", { severity: "critical" }).until(30).resolve("black");
    expect(stream.told()).toEqual(["0 opened black", "30 resolved black"]);
    expect(stream.log.find(({ change }) => change === "acknowledged")).toMatchObject({ by: "anna", incidentKey: key });
    stream.until(1000).open("black");
    expect(stream.told()).toHaveLength(3);
    expect(stream.incidents.acknowledge({ incidentKey: "other", by: "anna" }, stream.now)).toBeUndefined();
  });

  it("who acknowledge it for a time hear after it what became worse", () => {
    const stream = new VirtualStream().open("black");
    const untilMilliseconds = beganAt + 60_000;
    stream.do((incidents, now) => incidents.acknowledge({ incidentKey: key, by: "anna", untilMilliseconds }, now));
    stream.until(2).change("black", { severity: "critical" }).until(100);
    expect(stream.told()).toEqual(["0 opened black", "60 updated black"]);
  });

  it("who work on the stream hear nothing, and at the end what is still wrong", () => {
    const stream = new VirtualStream().open("freeze");
    stream.do((incidents, now) =>
      incidents.maintenance({ fromMilliseconds: beganAt + 10_000, untilMilliseconds: beganAt + 100_000 }, now),
    );
    for (let seconds = 20; seconds < 60; seconds += 10)
      stream
        .until(seconds)
        .open("black")
        .until(seconds + 5)
        .resolve("black");
    stream.until(60).resolve("freeze").open("silence").until(200);
    expect(stream.told()).toEqual(["0 opened freeze", "100 resolved freeze", "100 opened silence"]);
    expect(heldBack(stream).filter((line) => line.endsWith("maintenance"))).toHaveLength(10);
    expect(stream.believed()).toEqual(stream.truth());
  });

  it("may say in the policy when they work, once or by the clock of their town", () => {
    const once = { from: "2026-11-21T03:00:10Z", until: "2026-11-21T04:01:40+01:00" };
    const daily = { from: "23:00", until: "04:02", timeZone: "Europe/Berlin" };
    const told = (window: typeof once) => new VirtualStream({ maintenance: [window] }).until(20).open("black").until(200).told();
    expect(told(once)).toEqual(["100 opened black"]);
    expect(told(daily)).toEqual(["120 opened black"]);
  });
});

describe("a stream that ends", () => {
  it("leaves nobody with what was held back", () => {
    const stream = new VirtualStream();
    for (let seconds = 0; seconds < 120; seconds += 20)
      stream
        .until(seconds)
        .open("black")
        .until(seconds + 10)
        .resolve("black");
    stream.do((incidents, now) => incidents.end(now));
    expect(stream.told().at(-1)).toBe("110 resolved black was flapping 12");
  });
});

/** Most alerts of a type that were heard in any hour. */
function mostInAnHour({ heard }: VirtualStream, type: string): number {
  const times = heard.filter(({ alert }) => alert.data.defect?.type === type).map(({ seconds }) => seconds);
  return Math.max(
    0,
    ...times.map((from) => times.filter((at) => at >= from && at <= from + limitWindowMilliseconds / 1000).length),
  );
}

const quiet = 2 * 3600;
const types = ["black", "loudness", "stall"];

const step = fc.record({
  seconds: fc.oneof(
    fc.double({ min: 0.05, max: 5, noNaN: true }),
    fc.double({ min: 5, max: 120, noNaN: true }),
    fc.double({ min: 120, max: 900, noNaN: true }),
  ),
  type: fc.constantFrom(...types),
});

/** Time goes by, and nothing happens but that media runs. */
function settle(stream: VirtualStream): void {
  if (stream.isOpen("stall")) stream.resolve("stall");
  stream.until(stream.seconds + quiet, 10);
}

function toggle(stream: VirtualStream, type: string): void {
  if (stream.isOpen(type)) stream.resolve(type);
  else stream.open(type);
}

describe("a take-over", () => {
  it("goes on with an incident under its id, and tells its end", () => {
    const stream = new VirtualStream().until(10).open("black").until(60).takeOver().until(120).resolve("black").until(200);
    expect(stream.told()).toEqual(["10 opened black", "120 resolved black"]);
    const [opened, resolved] = stream.heard.map(({ alert }) => alert.data.defect);
    expect(resolved).toMatchObject({ id: opened?.id, startTime: time(10), startSeconds: 10, endTime: time(120) });
    expect(heldBack(stream)).toContain("found-again known");
  });

  it("ends an incident that does not come back, at the last moment that it was known", () => {
    const stream = new VirtualStream().until(10).open("black").until(60);
    const gone = stream.takeOver(100, 300);
    expect(gone.told()).toEqual(["10 opened black", "390 resolved black", "460 opened black"]);
    expect(gone.heard[1]?.alert.data.defect).toMatchObject({ endTime: time(60), endSeconds: 60 });
  });

  it("waits longer for what needs longer to be found", () => {
    const stream = new VirtualStream()
      .open("caption-missing", { threshold: { minimumSeconds: 120 } })
      .until(60)
      .takeOver(110);
    expect(stream.told()).toEqual(["0 opened caption-missing"]);
  });

  it("knows what was held back, for how long nothing is told, and who looks after it", () => {
    const stream = new VirtualStream().open("freeze");
    stream.do((incidents, now) => incidents.acknowledge({ incidentKey: "channel-1 freeze video:0", by: "anna" }, now));
    stream.do((incidents, now) =>
      incidents.maintenance({ fromMilliseconds: beganAt, untilMilliseconds: beganAt + 100_000 }, now),
    );
    stream.until(10).open("black").until(20).takeOver().change("freeze", { severity: "critical" }).until(200);
    expect(stream.told()).toEqual(["0 opened freeze", "100 opened black"]);
  });
});

describe("whatever happens", () => {
  it("a square wave of any frequency stays within the limit, all of it is in the log, and people end up right", () => {
    fc.assert(
      fc.property(fc.double({ min: 0.1, max: 5, noNaN: true }), fc.integer({ min: 0, max: 1 }), (hertz, odd) => {
        const stream = new VirtualStream();
        const changes = Math.floor(30 * 60 * hertz * 2) + odd;
        for (let index = 0; index < changes; index++) toggle(stream.until(index / hertz / 2), "black");
        expect(stream.log.filter(({ change }) => change === "opened" || change === "resolved")).toHaveLength(changes);
        expect(mostInAnHour(stream, "black")).toBeLessThanOrEqual(alertLimit);
        settle(stream);
        expect(stream.believed()).toEqual(stream.truth());
        expect(mostInAnHour(stream, "black")).toBeLessThanOrEqual(alertLimit);
      }),
      { numRuns: 12 },
    );
  });

  it("random faults stay within the limit, all are in the log, each alert has an id of its own, and people end up right", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60, size: "max" }), (steps) => {
        const stream = new VirtualStream();
        for (const { seconds, type } of steps) toggle(stream.until(stream.seconds + seconds), type);
        const changes = stream.log.filter(({ change }) => change === "opened" || change === "resolved");
        expect(changes).toHaveLength(steps.length);
        settle(stream);
        expect(stream.believed()).toEqual(stream.truth());
        for (const type of types) expect(mostInAnHour(stream, type)).toBeLessThanOrEqual(alertLimit);
        expect(new Set(stream.heard.map(({ alert }) => alert.id)).size).toBe(stream.heard.length);
      }),
      { numRuns: 40 },
    );
  });

  it("a take-over at any moment tells nothing twice, and loses nothing", () => {
    fc.assert(
      fc.property(fc.array(fc.record({ step, takesOver: fc.boolean() }), { maxLength: 40, size: "max" }), (steps) => {
        const stream = new VirtualStream();
        for (const {
          step: { seconds, type },
          takesOver,
        } of steps) {
          toggle(stream.until(stream.seconds + seconds), type);
          if (!takesOver) continue;
          const before = stream.heard.length;
          const believedBefore = stream.believed();
          stream.takeOver();
          // Nothing that people know to be open is told to be open again.
          for (const { alert } of stream.heard.slice(before)) {
            if (alert.type === "framewatch.defect.opened") expect(believedBefore).not.toContain(alert.data.incidentKey);
          }
        }
        settle(stream);
        expect(stream.believed()).toEqual(stream.truth());
        for (const type of types) expect(mostInAnHour(stream, type)).toBeLessThanOrEqual(alertLimit);
        expect(new Set(stream.heard.map(({ alert }) => alert.id)).size).toBe(stream.heard.length);
      }),
      { numRuns: 40 },
    );
  });

  it("a crash at any moment, with a state and an outbox that are not of the same moment, tells nothing twice and loses nothing", () => {
    const happening = fc.record({
      step,
      saves: fc.boolean(),
      crashes: fc.boolean(),
      unwritten: fc.integer({ min: 0, max: 2 }),
      kept: fc.integer({ min: 0, max: 6 }),
    });
    fc.assert(
      fc.property(fc.array(happening, { maxLength: 30, size: "max" }), (happenings) => {
        const stream = new VirtualStream();
        for (const {
          step: { seconds, type },
          saves,
          crashes,
          unwritten,
          kept,
        } of happenings) {
          toggle(stream.until(stream.seconds + seconds), type);
          if (saves) stream.save();
          // What is behind is either the state or the outbox, which remembers more than the state may miss.
          if (crashes) stream.crash(saves ? unwritten : 0, saves && unwritten === 0 ? kept : undefined);
        }
        settle(stream);
        expect(stream.believed()).toEqual(stream.truth());
        for (const type of types) expect(mostInAnHour(stream, type)).toBeLessThanOrEqual(alertLimit);
        expect(new Set(stream.heard.map(({ alert }) => alert.id)).size).toBe(stream.heard.length);
      }),
      { numRuns: 40 },
    );
  });
});
