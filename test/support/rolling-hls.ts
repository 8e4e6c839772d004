import { execFile } from "node:child_process";
import { mkdtemp, rename, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";
import { openEgressProxy } from "../../src/ingest/egress-proxy.js";
import { openHlsReceiver } from "../../src/ingest/live/hls-receiver.js";
import type { ReceiverSink } from "../../src/ingest/live/receiver.js";
import type { PlaylistEvent } from "../../src/ingest/manifest/watch-playlist.js";
import { serveFolder } from "./hls.js";

const run = promisify(execFile);

/** One-second segments of the same picture and sound, in a folder of their own: `v0.ts` …, or `v0.m4s` with `vi.mp4`. */
export async function makeSegments({ seconds = 8, fragments = false, apart = false, size = "160x90" } = {}): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), "framewatch-rolling-"));
  const out = (name: string): string[] => [
    ...["-f", "hls", "-hls_time", "1", "-hls_playlist_type", "vod"],
    ...(fragments ? ["-hls_segment_type", "fmp4", "-hls_fmp4_init_filename", `${name}i.mp4`] : []),
    ...["-hls_segment_filename", `${name}%d.${fragments ? "m4s" : "ts"}`, `${name}.m3u8`],
  ];
  const picture = ["-c:v", "libx264", "-preset", "ultrafast", "-threads", "1", "-g", "25", "-bf", "2", "-sc_threshold", "0"];
  const inputs = ["-f", "lavfi", "-i", `testsrc2=s=${size}:r=25:d=${seconds}`, "-f", "lavfi", "-i", `sine=d=${seconds}:r=48000`];
  const sound = ["-c:a", "aac"];
  const outputs = apart
    ? ["-map", "0:v", ...picture, ...out("v"), "-map", "1:a", ...sound, ...out("a")]
    : ["-map", "0:v", "-map", "1:a", ...picture, ...sound, ...out("v")];
  await run("ffmpeg", ["-v", "error", ...inputs, ...outputs], { cwd: folder });
  return folder;
}

/** What a receiver gave, a list of chunks for each stretch. */
export function collect() {
  const stretches: Buffer[][] = [[]];
  const reasons: string[] = [];
  const clocks: { readonly ptsSeconds: number; readonly at: number }[] = [];
  const sink: ReceiverSink = {
    bytes: (chunk) => void stretches.at(-1)?.push(Buffer.from(chunk)),
    newStretch(reason) {
      reasons.push(reason);
      stretches.push([]);
    },
    wallClock: (ptsSeconds, at) => void clocks.push({ ptsSeconds, at }),
  };
  return { sink, reasons, clocks, stretches: () => stretches.map((chunks) => Buffer.concat(chunks)) };
}

/** The times of the decoded pictures and how many pieces of sound there are, with what ffmpeg complained of. */
export async function decoded(bytes: Buffer, folder: string) {
  const file = path.join(folder, "received.ts");
  await writeFile(file, bytes);
  const shown = ["-show_entries", "frame=media_type,pts_time", "-of", "csv=p=0"];
  const { stdout, stderr } = await run("ffprobe", ["-v", "warning", "-show_frames", ...shown, file], { maxBuffer: 1 << 26 });
  const lines = stdout.split("\n").map((line) => line.split(","));
  const pictures = lines.filter(([type]) => type === "video").map(([, pts]) => Number(pts));
  const sounds = lines.filter(([type]) => type === "audio").map(([, pts]) => Number(pts));
  return { pictures, sounds: sounds.length, firstSound: sounds[0], complaints: stderr };
}

/** Serves a folder, and receives a playlist of it. */
export async function openHls(folder: string, options: { readonly first?: string; readonly patienceSeconds?: number } = {}) {
  return openHlsOf(await serveFolder(folder), options);
}

interface Served {
  readonly host: string;
  readonly asked: readonly string[];
  url(name: string): URL;
  close(): Promise<void> | void;
}

/** Receives a playlist of a host. */
export async function openHlsOf(served: Served, { first = "v.m3u8", patienceSeconds = 20 } = {}) {
  const proxy = await openEgressProxy();
  const access = { trusted: false, allowHosts: [served.host], proxy };
  const events: PlaylistEvent[] = [];
  const tell = (event: PlaylistEvent): void => void events.push(event);
  return {
    served,
    receiver: openHlsReceiver(served.url(first), access, { tell, patienceSeconds }),
    events,
    told: () => events.map(({ event, kind }) => `${kind} ${event}`),
    async close() {
      await proxy.close();
      await served.close();
    },
  };
}

/** A segment of a playlist, and the lines before it. */
export interface Entry {
  readonly uri: string;
  readonly tags?: readonly string[];
}

const head = ["#EXTM3U", "#EXT-X-VERSION:7", "#EXT-X-TARGETDURATION:1"];

/** A media playlist of segments of a second. */
export function playlistText(
  entries: readonly Entry[],
  { first = 0, ended = false, lines = [] as readonly string[] } = {},
): string {
  const segments = entries.flatMap(({ uri, tags = [] }) => [...tags, "#EXTINF:1.0,", uri]);
  return [...head, `#EXT-X-MEDIA-SEQUENCE:${first}`, ...lines, ...segments, ...(ended ? ["#EXT-X-ENDLIST"] : []), ""].join("\n");
}

/** `v0.ts`, `v1.ts` … */
export function segmentNames(count: number, prefix = "v", suffix = "ts"): Entry[] {
  return Array.from({ length: count }, (_, index) => ({ uri: `${prefix}${index}.${suffix}` }));
}

/** Writes a playlist anew every so often, in one piece, each time a segment further, until it ends. */
export async function roll(
  file: string,
  entries: readonly Entry[],
  { window = 4, lines = [] as readonly string[], milliseconds = 300 } = {},
): Promise<void> {
  for (let end = window; end <= entries.length; end++) {
    const first = end - window;
    await writeFile(`${file}.new`, playlistText(entries.slice(first, end), { first, lines, ended: end === entries.length }));
    await rename(`${file}.new`, file);
    if (end < entries.length) await pause(milliseconds);
  }
}

/** The distances of times, in milliseconds. */
export function stepsOf(times: readonly number[]): number[] {
  return times.slice(1).map((pts, index) => Math.round((pts - (times[index] ?? 0)) * 1000));
}

/** A picture `v` whose sound `a` has a playlist of its own. */
export const soundApart = [
  "#EXTM3U",
  '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="English",DEFAULT=YES,URI="a.m3u8"',
  '#EXT-X-STREAM-INF:BANDWIDTH=100000,CODECS="avc1.42c00a,mp4a.40.2",AUDIO="a"',
  "v.m3u8",
  "",
].join("\n");
