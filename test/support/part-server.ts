import { execFile } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { promisify } from "node:util";

/** A rendition of LL-HLS: the parts of each of its segments. */
export interface PartedRendition {
  readonly name: string;
  readonly segments: readonly (readonly Buffer[])[];
  readonly header?: Buffer;
  readonly partSeconds: number;
}

export interface PartServing {
  /** So many parts are there before the first request. */
  readonly shown: number;
  /**
   * `held`: a request that names the next part brings it. Else each request for the playlist does, and one that names a part is
   * answered as it is (`early`), refused (`refused`) or not answered at all (`silent`); `none` promises nothing.
   */
  readonly reload?: "held" | "early" | "refused" | "silent" | "none";
  /** Default 4: a machine that is slow is no stale playlist. */
  readonly targetSeconds?: number;
  /** Parts are ranges of their segment. */
  readonly ranges?: boolean;
  /** Parts are named of the segment that is still written, and of no other. */
  readonly openOnly?: boolean;
  /** Behind the last part: the playlist ends, or its segment is complete and nothing more comes, or it stays open for ever. */
  readonly end?: "ended" | "complete" | "open";
  /** Attributes of a part, for example `,GAP=YES`. */
  readonly attributes?: (name: string) => string;
  /** Other bytes of a resource, or none. */
  readonly other?: (name: string) => Buffer | undefined | "as it is";
  readonly main?: string;
}

/** Cuts MPEG-TS into so many parts, between packets. */
export function cutTransport(bytes: Buffer, parts: number): Buffer[] {
  const packets = bytes.length / 188;
  const cut = (part: number): number => 188 * Math.round((packets * part) / parts);
  return Array.from({ length: parts }, (_, part) => bytes.subarray(cut(part), cut(part + 1)));
}

/** Serves LL-HLS (draft-pantos-hls-rfc8216bis), a part further with each request for it: no clock goes. */
export async function serveParts(renditions: readonly PartedRendition[], serving: PartServing) {
  const {
    reload = "held",
    targetSeconds = 4,
    ranges = false,
    openOnly = false,
    end = "ended",
    attributes = () => "",
    other,
    main,
  } = serving;
  const asked: string[] = [];
  const resources = new Map<string, Buffer>();
  const lists = new Map(renditions.map((rendition) => [`${rendition.name}.m3u8`, openList(rendition)]));
  for (const { name, segments, header } of renditions) {
    if (header !== undefined) resources.set(`${name}i.mp4`, header);
    for (const [index, parts] of segments.entries()) {
      resources.set(`${name}${index}`, Buffer.concat(parts));
      for (const [part, bytes] of parts.entries()) resources.set(`${name}${index}.${part}`, bytes);
    }
  }

  function openList({ name, segments, header, partSeconds }: PartedRendition) {
    const all = segments.flatMap((parts, segment) => parts.map((_, part) => ({ segment, part })));
    const completes = ({ segment, part }: { readonly segment: number; readonly part: number }): boolean =>
      part === (segments[segment] ?? []).length - 1 && !(end === "open" && segment === segments.length - 1);
    let shown = serving.shown;
    const text = (): string => {
      const there = all.slice(0, shown);
      const newest = there.at(-1);
      const open = newest === undefined || completes(newest) ? -1 : newest.segment;
      const lines = there.flatMap(({ segment, part }) => {
        const parts = segments[segment] ?? [];
        const start = Buffer.concat(parts.slice(0, part)).length;
        const range = ranges ? `,BYTERANGE="${parts[part]?.length}@${start}"` : "";
        const uri = `${name}${segment}${ranges ? "" : `.${part}`}`;
        const tag = `#EXT-X-PART:DURATION=${partSeconds},URI="${uri}"${range}${attributes(`${name}${segment}.${part}`)}`;
        const whole = [`#EXTINF:${(parts.length * partSeconds).toFixed(3)},`, `${name}${segment}`];
        return [...(openOnly && segment !== open ? [] : [tag]), ...(completes({ segment, part }) ? whole : [])];
      });
      return [
        ...[
          "#EXTM3U",
          "#EXT-X-VERSION:9",
          `#EXT-X-TARGETDURATION:${targetSeconds}`,
          `#EXT-X-PART-INF:PART-TARGET=${partSeconds}`,
        ],
        `#EXT-X-SERVER-CONTROL:${reload === "none" ? "" : "CAN-BLOCK-RELOAD=YES,"}PART-HOLD-BACK=${3 * partSeconds}`,
        "#EXT-X-MEDIA-SEQUENCE:0",
        ...(header === undefined ? [] : [`#EXT-X-MAP:URI="${name}i.mp4"`]),
        ...lines,
        ...(shown > all.length ? ["#EXT-X-ENDLIST"] : []),
        "",
      ].join("\n");
    };
    let requests = 0;
    return (isAhead: boolean, response: ServerResponse): void => {
      requests++;
      if (isAhead && reload === "refused") return void response.writeHead(400).end();
      if (isAhead && reload === "silent") return;
      const isFurther = reload === "held" ? isAhead : reload !== "early" || requests % 2 === 0;
      if (isFurther && requests > 1) shown++;
      if (shown > all.length && end !== "ended") {
        shown = all.length;
        if (isAhead) return;
      }
      response.end(text());
    };
  }

  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "", "http://host");
    const name = path.basename(pathname);
    const list = lists.get(name);
    if (name === "main.m3u8") return void response.end(main);
    if (list !== undefined) return list(searchParams.has("_HLS_msn"), response);
    asked.push(name);
    const changed = other?.(name) ?? (other === undefined ? "as it is" : undefined);
    const bytes = changed === "as it is" ? resources.get(name) : changed;
    if (bytes === undefined) return void response.writeHead(404).end();
    const [, from = "0", to = ""] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? "") ?? [];
    return void response.writeHead(206).end(bytes.subarray(Number(from), Number(to) + 1));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    host,
    /** Names of parts, segments and headers, in the order in which they were asked for. */
    asked,
    url: (name: string) => new URL(`http://${host}/${name}?token=a%20b`),
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** Picture or sound of fragments of a quarter of a second, four to a segment, each of which begins with a keyframe; with their header. */
export async function makeFragments(folder: string, name: "v" | "a", seconds: number): Promise<PartedRendition> {
  const input = name === "v" ? `testsrc2=s=160x90:r=25:d=${seconds}` : `sine=d=${seconds}:r=48000`;
  const coded =
    name === "v"
      ? ["-c:v", "libx264", "-preset", "ultrafast", "-threads", "1", "-g", "25", "-bf", "0", "-sc_threshold", "0"]
      : ["-c:a", "aac"];
  const cut = ["-movflags", "+empty_moov+default_base_moof+frag_keyframe", "-frag_duration", "250000"];
  await promisify(execFile)("ffmpeg", ["-v", "error", "-f", "lavfi", "-i", input, ...coded, ...cut, `${name}.mp4`], {
    cwd: folder,
  });
  const bytes = await readFile(path.join(folder, `${name}.mp4`));
  const starts: number[] = [];
  let end = bytes.length;
  for (let at = 0; at < bytes.length; at += bytes.readUInt32BE(at)) {
    const type = bytes.toString("latin1", at + 4, at + 8);
    if (type === "moof") starts.push(at);
    if (type === "mfra") end = at;
  }
  const parts = starts.map((start, index) => bytes.subarray(start, starts[index + 1] ?? end));
  const segments = Array.from({ length: Math.ceil(parts.length / 4) }, (_, index) => parts.slice(4 * index, 4 * index + 4));
  return { name, segments, header: bytes.subarray(0, starts[0]), partSeconds: 0.25 };
}
