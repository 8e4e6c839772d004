import type { Defect, Severity, SignalBlock } from "../../../src/analyzers/index.js";
import { buildReport, type Envelopes, openEnvelopes, type PageFacts, type ReportFacts } from "../../../src/notifier/index.js";
import { exampleDefect, exampleJob, exampleMedia } from "../examples.js";

const kinds: readonly (readonly [type: string, medium: Defect["medium"], severity: Severity])[] = [
  ["black", "video", "warning"],
  ["freeze", "video", "warning"],
  ["silence", "audio", "warning"],
  ["decode-error", "stream", "error"],
  ["letterbox", "video", "info"],
  ["stall", "stream", "critical"],
];

/** So many defects of all severities, spread over two minutes. */
export function exampleDefects(count: number): Defect[] {
  return Array.from({ length: count }, (_, index) => {
    const [type, medium, severity] = kinds[index % kinds.length] ?? ["black", "video", "warning"];
    const startSeconds = (index * 113) / Math.max(1, count) + 2;
    const measured = { durationSeconds: 2.5, darkRatio: 0.9961 };
    return exampleDefect({
      id: `${type}-${index}`,
      type,
      medium,
      severity,
      startSeconds,
      endSeconds: startSeconds + 2.5,
      measured,
      detector: { name: type, version: "1.0.0" },
    });
  });
}

/** Signals of two minutes: one value per frame, or per 10 ms of sound; those of defects look like it. */
function exampleEnvelopes(defects: readonly Defect[]): Envelopes {
  const envelopes = openEnvelopes();
  const inside = (type: string, seconds: number) =>
    defects.some((defect) => defect.type === type && seconds >= defect.startSeconds && seconds < (defect.endSeconds ?? 120));
  const lane = (name: "picture" | "sound", rate: number, signals: Record<string, (seconds: number) => number>): SignalBlock => {
    const pts = Float64Array.from({ length: 120 * rate }, (_, index) => index / rate);
    const columns = Object.entries(signals).map(([signal, value]) => [signal, Float32Array.from(pts, value)]);
    return { lane: { name, track: 0 }, startIndex: 0, pts, signals: Object.fromEntries(columns), discontinuityBefore: false };
  };
  const scene = (seconds: number) => Math.floor(seconds / 7.3);
  const texture = (seconds: number) => Math.abs(Math.sin(seconds * 91.7) * Math.cos(seconds * 37.1));
  envelopes.push(
    lane("picture", 25, {
      "luma.mean": (seconds) =>
        inside("black", seconds) ? 16 : 96 + 40 * Math.sin(scene(seconds) * 2.1) + 14 * texture(seconds),
      "luma.darkRatio": (seconds) =>
        inside("black", seconds) ? 1 : 0.1 + 0.08 * Math.cos(scene(seconds)) + 0.02 * texture(seconds),
      "diff.mean": (seconds) =>
        inside("freeze", seconds) || inside("black", seconds)
          ? 0
          : 1.2 + 2.5 * texture(seconds) + (seconds % 7.3 < 0.04 ? 22 : 0),
    }),
  );
  envelopes.push(
    lane("sound", 100, {
      "audio.rmsDbfs": (seconds) =>
        inside("silence", seconds) ? -91 : -24 + 6 * Math.sin(scene(seconds)) - 9 * texture(seconds),
      "audio.peakDbfs": (seconds) =>
        inside("silence", seconds) ? -90 : -9 + 4 * Math.sin(scene(seconds)) - 6 * texture(seconds),
    }),
  );
  return envelopes;
}

/** A page of a made-up film. */
export function examplePage(defects: readonly Defect[], changes: Partial<ReportFacts> = {}): PageFacts {
  const report = buildReport({
    job: {
      ...exampleJob,
      source: "s3://media/films/evening-harbour.mp4",
      policy: "default",
      policyHash: "5f0c2a9d41e7b3c8",
      profile: "full",
    },
    media: { info: exampleMedia, outcome: { frames: 3000, pictureEndSeconds: 120, soundEndSeconds: 119.98 } },
    verdict: defects.length === 0 ? "pass" : "fail",
    defects,
    loudness: [
      { track: 0, integratedLufs: -23.1, rangeLu: 7.4, maxMomentaryLufs: -17.2, maxShortTermLufs: -19.3, truePeakDbtp: -3.2 },
    ],
    models: [{ name: "picture-quality", version: "1.0.0", sha256: "9c1185a5c5e9fc54612808977ee8f548b2258d31", provider: "cpu" }],
    performance: { wallSeconds: 11.4, decoder: "cpu", finishedAt: new Date("2026-01-02T03:04:05Z"), framewatch: "0.1.0" },
    ...changes,
  });
  const declared = (unit: string, meaning: string) => ({ unit, meaning, range: [0, 1] as const });
  return {
    report,
    thumbnails: new Map(),
    envelopes: exampleEnvelopes(defects).read(),
    signals: {
      "luma.mean": declared("level", "Mean of the luma"),
      "luma.darkRatio": declared("ratio", "Share of pixels at or near black"),
      "diff.mean": declared("level", "Mean difference to the frame before"),
      "audio.rmsDbfs": declared("dbfs", "Level of 10 ms"),
      "audio.peakDbfs": declared("dbfs", "Peak of 10 ms"),
    },
    chapterPictures: [],
    types: {
      "black": { summary: "The picture is black", signals: ["luma.darkRatio"] },
      "freeze": { summary: "The picture stands still", signals: ["diff.mean"] },
      "silence": { summary: "There is no sound", signals: ["audio.peakDbfs"] },
      "decode-error": { summary: "Data that the decoder cannot read", signals: ["decode.errorCount"] },
      "letterbox": { summary: "Bars at top and bottom", signals: ["luma.darkRatio"] },
      "stall": { summary: "No frames arrive", signals: [] },
    },
  };
}
