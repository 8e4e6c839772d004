import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

export const segmentSeconds = 2;

/** Two variants of the same 12 s with sound, in six segments each: `main.m3u8`, `v0.m3u8`, `v0_0.ts` …; the second is larger. */
export async function makeHls({ fragments = false } = {}): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), "framewatch-hls-"));
  await run(
    "ffmpeg",
    [
      ...["-v", "error", "-f", "lavfi", "-i", "testsrc2=s=160x90:r=25:d=12", "-f", "lavfi", "-i", "sine=d=12"],
      ...["-filter_complex", "[0:v]split[a][b];[b]scale=320:180[c]", "-map", "[a]", "-map", "1:a", "-map", "[c]", "-map", "1:a"],
      ...["-c:v", "libx264", "-preset", "ultrafast", "-threads", "1", "-g", "50", "-keyint_min", "50", "-sc_threshold", "0"],
      ...["-c:a", "aac", "-f", "hls", "-hls_time", `${segmentSeconds}`, "-hls_playlist_type", "vod"],
      ...(fragments ? ["-hls_segment_type", "fmp4"] : []),
      ...["-master_pl_name", "main.m3u8", "-var_stream_map", "v:0,a:0 v:1,a:1"],
      ...["-hls_segment_filename", fragments ? "v%v_%d.m4s" : "v%v_%d.ts", "v%v.m3u8"],
    ],
    { cwd: folder },
  );
  return folder;
}

/** Changes the text of a file. */
export async function edit(file: string, change: (text: string) => string): Promise<void> {
  await writeFile(file, change(await readFile(file, "utf8")));
}

/** A host that gives the files of a folder, whole or in ranges, and counts what it was asked for. */
export async function serveFolder(folder: string) {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    void (async () => {
      const name = path.basename(new URL(request.url ?? "", "http://host").pathname);
      asked.push(name);
      const bytes = await readFile(path.join(folder, name)).catch(() => undefined);
      if (bytes === undefined) return response.writeHead(404).end();
      const [, from = "0", to = ""] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? "") ?? [];
      if (request.headers.range === undefined) return response.writeHead(200, { "content-length": bytes.length }).end(bytes);
      const part = bytes.subarray(Number(from), to === "" ? undefined : Number(to) + 1);
      const range = `bytes ${from}-${Number(from) + part.length - 1}/${bytes.length}`;
      return response.writeHead(206, { "content-range": range, "content-length": part.length }).end(part);
    })();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    host,
    asked,
    url: (name: string) => new URL(`http://${host}/${name}`),
    async close() {
      server.close();
      server.closeAllConnections();
      await rm(folder, { recursive: true });
    },
  };
}
