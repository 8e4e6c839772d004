import { describe, expect, it } from "vitest";
import { loadPolicy, planLanes, policyHash, type SignalBlock } from "../../src/analyzers/index.js";
import { emptyBlock } from "../../src/analyzers/signal-block.js";
import { identifyLive, type LiveStretch, parseJob } from "../../src/ingest/index.js";
import { openStreamLife } from "../../src/live/stream-life.js";
import { exampleMedia } from "../notifier/examples.js";

const began = Date.parse("2026-11-21T09:00:00Z");
const policy = loadPolicy("default");
const media = { ...exampleMedia, audio: [] };
const lanes = planLanes({ media, profile: "full", wanted: new Set(["source.waitSeconds"]), models: [] });

/** A second of pictures, the first of which came so long after the one before it. */
function pictures(atSeconds: number, waitSeconds = 0): SignalBlock {
  const [lane] = lanes.filter(({ lane: { name } }) => name === "picture");
  if (lane === undefined) throw new Error("There is no picture.");
  const block = emptyBlock(lane.signals, 25);
  block.pts.set(block.pts.map((_, index) => atSeconds + index / 25));
  block.signals["source.waitSeconds"]?.set([waitSeconds]);
  return { lane: lane.lane, startIndex: atSeconds * 25, ...block, discontinuityBefore: false };
}

describe("a stream whose source falls silent", () => {
  it("is lost from then on, also when its decoder gives out what it held as the connection ends", async () => {
    let now = began;
    const told: string[] = [];
    const life = openStreamLife({
      job: identifyLive(parseJob({ source: "udp://239.0.0.1:5000", mode: "live" }), policyHash(policy)),
      policy,
      source: { status: { isUp: true, reconnects: 0, bytes: 0 } },
      startedAtMilliseconds: began,
      now: () => now,
      listener: {
        media: () => undefined,
        block: () => undefined,
        found: (events) =>
          told.push(
            ...events.map(({ kind, defect }) => `${kind} ${defect.kind ?? ""} ${defect.type} ${Math.round(defect.startSeconds)}`),
          ),
        input: (state) => told.push(state),
        mark: () => undefined,
      },
    });
    let end = (): void => undefined;
    const ended = new Promise<{ kind: "lost"; reason: string }>((resolve) => {
      end = () => resolve({ kind: "lost", reason: "silence" });
    });
    const stretch: LiveStretch = {
      input: { kind: "live", url: "http://127.0.0.1/live.ts", inputOptions: [], environment: {} },
      ...{ beganAtMilliseconds: began, isTransport: true, ended },
      abandon: () => undefined,
    };
    life.began(stretch, media, lanes);
    for (let second = 1; second <= 5; second++) {
      now = began + second * 1000;
      life.block(pictures(second - 1));
      life.tick();
    }
    now = began + 25_500;
    end();
    await ended;
    life.block(pictures(5, 19));
    life.tick();
    expect(told).toEqual(["running", "lost", "opened lost stall 5"]);
  });
});
