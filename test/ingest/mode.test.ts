import { expect, it } from "vitest";
import { modeOf } from "../../src/ingest/mode.js";

it.each([
  ["udp://239.0.0.1:5000", "live"],
  ["srt://ingest.example:9000", "live"],
  ["rtmps://ingest.example/live/one", "live"],
  ["https://cdn.example/live.m3u8", "as-opened"],
  ["s3://media/film.mp4", "file"],
  ["/media/film.mp4", "file"],
] as const)("%s is %s where the request does not say", (source, mode) => {
  expect(modeOf({ source })).toBe(mode);
});

it("is what the request says, whatever the source", () => {
  expect(modeOf({ source: "https://cdn.example/live.m3u8", mode: "live" })).toBe("live");
  expect(modeOf({ source: "udp://239.0.0.1:5000", mode: "file" })).toBe("file");
});
