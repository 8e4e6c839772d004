import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, test } from "vitest";
import { detectHardware } from "../../src/decoder/hardware.js";
import { findProgram } from "../../src/ffmpeg.js";
import { h264, makeClip, movingPicture, warble } from "../media/make.js";
import { decodeFile } from "./collect.js";

const recipe = {
  inputs: [movingPicture({ seconds: 4 }), warble({ seconds: 4 })],
  options: [...h264, "-c:a", "pcm_s16le"],
  extension: "mkv",
} as const;

test("finds out whether NVDEC works by trying it, and says why not", async () => {
  const { decoder, reason } = await detectHardware(new AbortController().signal);
  expect(["nvdec", "cpu"]).toContain(decoder);
  expect(reason).toMatch(/\.$|[a-z]/);
});

test("decodes on the CPU where the GPU cannot be used", async () => {
  const file = await makeClip(recipe);
  const { decoder } = await detectHardware(new AbortController().signal);
  const asked = await decodeFile(file, { decoder: "nvdec" });
  expect(asked.outcome.decoder).toBe(decoder);
  expect(asked.frames.map(({ pts }) => pts)).toEqual((await decodeFile(file)).frames.map(({ pts }) => pts));
});

test("goes on without a seam on the CPU when the GPU fails in mid-decode", async () => {
  const file = await makeClip(recipe);
  const onCpu = await decodeFile(file);
  const ffmpeg = findProgram("ffmpeg");
  // Stands in for a GPU: decodes 60 frames on the CPU when asked for CUDA, and then says what a lost GPU says.
  const folder = await mkdtemp(path.join(tmpdir(), "framewatch-gpu-"));
  const before = process.env["PATH"];
  try {
    const program = path.join(folder, "ffmpeg");
    await writeFile(
      program,
      `#!/bin/bash
case "$*" in *"-hwaccel cuda"*) ;; *) exec ${ffmpeg} "$@" ;; esac
args=()
for arg in "$@"; do
  arg=\${arg/hwdownload,format=nv12,/}
  case "$arg" in -hwaccel|-hwaccel_output_format|cuda) ;; rawvideo) args+=("$arg"); [ "\${args[-2]}" = "-f" ] && args+=(-frames:v 60) ;; *) args+=("$arg") ;; esac
done
${ffmpeg} "\${args[@]}"
echo "[h264 @ 0x55d0c0de] [error] ctx->cvdl->cuvidMapVideoFrame failed -> CUDA_ERROR_LAUNCH_FAILED: unspecified launch failure" >&2
exit 1
`,
    );
    await chmod(program, 0o755);
    process.env["PATH"] = `${folder}:${before}`;
    const fallen = await decodeFile(file, { decoder: "nvdec", media: onCpu.media });
    expect(fallen.outcome.decoder).toBe("cpu");
    expect(fallen.frames).toEqual(onCpu.frames);
    expect(fallen.outcome.audioSeconds[0]).toBeCloseTo(4, 6);
    expect(fallen.rms[0]?.[0]).toBeCloseTo(onCpu.rms[0]?.[0] ?? 0, 9);
    expect(fallen.sound[0]?.some(({ discontinuityBefore }) => discontinuityBefore)).toBe(false);
    expect(fallen.outcome).toMatchObject({ frames: 100, errors: [], backwardJump: false });
  } finally {
    process.env["PATH"] = before;
    await rm(folder, { recursive: true });
  }
});
