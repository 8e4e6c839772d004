import { readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { definePlanter, type Span, type Strength } from "../planter.js";
import { ffmpeg } from "../program.js";
import { serveFolder } from "../serve.js";

const segmentSeconds = 2;

/** A keyframe at each segment's start. */
const encode = [
  ...["-c:v", "libx264", "-preset", "veryfast", "-crf", "23", "-bf", "0", "-pix_fmt", "yuv420p", "-sc_threshold", "0"],
  ...["-force_key_frames", "expr:gte(t,n_forced)", "-c:a", "aac", "-b:a", "128k", "-f", "mpegts"],
];

/** Cuts a film into segments without coding it again. @returns the text of its playlist, and its segments' names */
async function cutIntoSegments(file: string, seconds: number): Promise<{ folder: string; text: string; names: string[] }> {
  const folder = path.dirname(file);
  const playlist = path.join(folder, "film.m3u8");
  await ffmpeg([
    ...["-i", file, "-map", "0", "-c", "copy", "-f", "hls", "-hls_time", `${seconds}`, "-hls_playlist_type", "vod"],
    ...["-hls_segment_filename", path.join(folder, "part%d.ts"), playlist],
  ]);
  const text = await readFile(playlist, "utf8");
  return { folder, text, names: text.split("\n").filter((line) => line.endsWith(".ts")) };
}

const segmentAt = (seconds: number): number => Math.floor(seconds / segmentSeconds + 1e-6);

/** The segment in which the span begins. */
const itsSegment = ({ startSeconds }: Span): readonly Span[] => {
  const index = segmentAt(startSeconds);
  return [{ startSeconds: index * segmentSeconds, endSeconds: (index + 1) * segmentSeconds }];
};

/** A playlist that was changed by hand, or of which something is gone. */
function broken(
  name: string,
  change: (playlist: {
    readonly text: string;
    readonly folder: string;
    readonly name: string;
    readonly before: string;
  }) => Promise<string> | string,
  expected: NonNullable<Strength["expected"]> = itsSegment,
): Strength {
  return {
    name,
    actionable: true,
    lastsSeconds: 1,
    encode,
    async serve(file, span) {
      const { folder, text, names } = await cutIntoSegments(file, segmentSeconds);
      const index = segmentAt(span.startSeconds);
      const changed = await change({ text, folder, name: names[index] ?? "", before: names[index - 1] ?? "" });
      await writeFile(path.join(folder, "film.m3u8"), changed);
      const host = await serveFolder(folder, () => undefined);
      return { source: `${host.url}/film.m3u8`, close: host.close };
    },
    expected,
  };
}

/** EXTINF and name of a segment. */
const entryOf = (name: string): RegExp => new RegExp(`#EXTINF:([\\d.]+),\n${name}\n`);

const aliveSeconds = 1;
const windowSegments = 4;

/** A playlist that goes on by a segment of a second each second from its first reader on, until it ends, and stays as it is from the span's start on, for a while. */
function stale(seconds: number, actionable: boolean): Strength {
  return {
    name: `the live playlist stays as it is for ${seconds} s`,
    actionable,
    // So that the playlist has segments left when it stops, and goes on after it.
    lastsSeconds: 6,
    encode,
    async serve(file, span) {
      // A segment ends at the first keyframe from here on, and one that is due a moment early must do.
      const { folder, names } = await cutIntoSegments(file, 0.9 * aliveSeconds);
      let began: number | undefined;
      const newest = (): number => {
        began ??= performance.now();
        const now = (performance.now() - began) / 1000;
        const lost = Math.min(seconds, Math.max(0, now - span.startSeconds));
        return Math.min(names.length, windowSegments + Math.floor((now - lost) / aliveSeconds));
      };
      const text = (): string => {
        const last = newest();
        const first = Math.max(0, last - windowSegments);
        const entries = names.slice(first, last).map((name) => `#EXTINF:${aliveSeconds}.0,\n${name}\n`);
        const end = last === names.length ? "#EXT-X-ENDLIST\n" : "";
        return `#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:${aliveSeconds}\n#EXT-X-MEDIA-SEQUENCE:${first}\n${entries.join("")}${end}`;
      };
      const host = await serveFolder(folder, (name) => (name === "film.m3u8" ? text() : undefined));
      return { source: `${host.url}/film.m3u8`, watchSeconds: names.length + seconds + 5, close: host.close };
    },
    // It is late once 1.5 times the target duration went by (RFC 8216, 6.2.2).
    expected: ({ startSeconds }) => [
      { startSeconds: startSeconds + 1.5 * aliveSeconds, endSeconds: startSeconds + seconds + aliveSeconds },
    ],
  };
}

export const planter = definePlanter({
  type: "manifest",
  needs: "both",
  strengths: [
    broken("one segment is gone", async ({ text, folder, name }) => {
      await rm(path.join(folder, name));
      return text;
    }),
    broken("one segment lasts 1 s longer than it is said to", ({ text, name }) =>
      text.replace(entryOf(name), `#EXTINF:${segmentSeconds - 1},\n${name}\n`),
    ),
    broken("one segment is said to last longer than the target duration", ({ text, name }) =>
      text.replace(entryOf(name), `#EXTINF:${segmentSeconds + 2},\n${name}\n`),
    ),
    broken("one segment comes twice", ({ text, name, before }) => text.replace(entryOf(name), `#EXTINF:$1,\n${before}\n`)),
    broken("one segment is left out, unannounced", ({ text, name }) => text.replace(entryOf(name), "")),
    broken(
      "a rendition's playlist is gone",
      async ({ text, folder }) => {
        await writeFile(path.join(folder, "first.m3u8"), text);
        const variants = ["first.m3u8", "second.m3u8"].map((name) => `#EXT-X-STREAM-INF:BANDWIDTH=900000\n${name}\n`);
        return `#EXTM3U\n${variants.join("")}`;
      },
      (_, { durationSeconds }) => [{ startSeconds: 0, endSeconds: durationSeconds }],
    ),
    stale(4, true),
    stale(2, false),
  ],
  alsoRaises: [
    "timestamp-gap",
    "decode-error",
    "freeze",
    "silence",
    "dropout",
    "block-corruption",
    "frame-drop",
    "stall",
    "av-sync",
  ],
});
