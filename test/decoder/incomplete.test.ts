import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import type { FramewatchError } from "../../src/errors.js";
import { decode } from "../../src/decoder/decode.js";
import { probe } from "../../src/decoder/probe.js";
import { h264, makeClip, movingPicture, warble } from "../media/make.js";
import { decodeFile, fileInput, openMemory } from "./collect.js";

const film = { inputs: [movingPicture({ seconds: 4 }), warble({ seconds: 4 })], options: [...h264, "-c:a", "aac"] } as const;
const forEver = new AbortController().signal;

test.each([
  [
    "an MP4 cut in the middle",
    { ...film, options: [...film.options, "-movflags", "+faststart"], extension: "mp4", edits: [{ edit: "cut", keep: 0.5 }] },
    /partial file/,
  ],
  ["a Matroska file cut in the middle", { ...film, extension: "mkv", edits: [{ edit: "cut", keep: 0.5 }] }, /ended prematurely/],
  [
    "a transport stream cut inside a packet",
    { ...film, extension: "ts", edits: [{ edit: "cut", keep: 0.4999 }] },
    /inside a transport packet/,
  ],
  [
    "an M2TS cut inside a packet",
    { ...film, options: [...film.options, "-mpegts_m2ts_mode", "1"], extension: "ts", edits: [{ edit: "cut", keep: 0.4999 }] },
    /inside a transport packet/,
  ],
  [
    "a transport stream cut between packets, in a picture",
    {
      inputs: [movingPicture({ size: "640x360", seconds: 2 })],
      options: ["-c:v", "mpeg2video", "-b:v", "8M"],
      extension: "ts",
      edits: [{ edit: "cut", keep: 0.5, multipleBytes: 188 }],
    },
    /last access unit/,
  ],
  [
    "an MP4 whose last picture is damaged",
    {
      inputs: [movingPicture({ seconds: 4 })],
      options: [...h264, "-bf", "0", "-movflags", "+faststart"],
      extension: "mp4",
      edits: [{ edit: "damage", from: 0.991, to: 1, everyBytes: 1 }],
    },
    /last access unit/,
  ],
  [
    "an AVI cut in the middle",
    { ...film, options: ["-c:v", "mpeg4", "-c:a", "mp2"], extension: "avi", edits: [{ edit: "cut", keep: 0.5 }] },
    /shorter than its header declares/,
  ],
  [
    "a WAV cut in the middle",
    { inputs: [warble({ seconds: 4 })], options: ["-c:a", "pcm_s16le"], extension: "wav", edits: [{ edit: "cut", keep: 0.5 }] },
    /shorter than its header declares/,
  ],
] as const)("says that %s is not whole", async (_, recipe, reason) => {
  const { outcome, media } = await decodeFile(await makeClip(recipe));
  expect(outcome.frames + (outcome.audioSeconds[0] ?? 0)).toBeGreaterThan(media.video === undefined ? 1 : 10);
  expect(outcome.incompleteReason).toMatch(reason);
});

test.each(["mp4", "mkv", "ts", "avi", "mov", "flv"])("says nothing against a whole %s", async (extension) => {
  const options = extension === "avi" ? ["-c:v", "mpeg4", "-c:a", "mp2"] : film.options;
  expect(
    (await decodeFile(await makeClip({ inputs: film.inputs, options, extension }))).outcome.incompleteReason,
  ).toBeUndefined();
});

test("says nothing against a whole M2TS, or a film whose last frame stays on for seconds", async () => {
  expect(
    (await decodeFile(await makeClip({ ...film, options: [...film.options, "-mpegts_m2ts_mode", "1"], extension: "ts" }))).outcome
      .incompleteReason,
  ).toBeUndefined();
  const still = await decodeFile(
    await makeClip({
      inputs: [movingPicture({ seconds: 5 })],
      options: ["-vf", "select='lt(n,50)+eq(n,124)'", "-fps_mode", "vfr", ...h264, "-bf", "0"],
      extension: "mp4",
    }),
  );
  expect(still.outcome.incompleteReason).toBeUndefined();
  expect(still.outcome.pictureEndSeconds).toBeCloseTo(5, 1);
});

test("says nothing against a whole film of which keyframes alone are seen, the last of them far before its end", async () => {
  const clip = { inputs: [movingPicture({ seconds: 4 })], options: [...h264, "-g", "50", "-sc_threshold", "0"] };
  for (const extension of ["mp4", "mkv"]) {
    const { frames, outcome } = await decodeFile(await makeClip({ ...clip, extension }), { profile: "keyframes" });
    expect(frames.map(({ pts }) => pts)).toEqual([0, 2]);
    expect(outcome.incompleteReason).toBeUndefined();
  }
});

test("refuses text, an encrypted film and a picture that is too large, each by its own name", async () => {
  const code = (file: string) =>
    probe(fileInput(file), { signal: forEver }).then(
      () => "accepted",
      (error: FramewatchError) => error.code,
    );
  const noise = await makeClip({ ...film, extension: "mp4", edits: [{ edit: "cut", keep: 0.3 }] });
  expect(await code(noise)).toBe("media-unreadable");
  expect(await code(new URL(import.meta.url).pathname)).toBe("media-unreadable");
  const key = [
    "-encryption_scheme",
    "cenc-aes-ctr",
    "-encryption_key",
    "76a6c65c5ea762046bd749a2e632ccbb",
    "-encryption_kid",
    "a7e61c373e219033c21091fa607bf3b8",
  ];
  expect(await code(await makeClip({ inputs: [movingPicture()], options: [...h264, ...key], extension: "mp4" }))).toBe(
    "media-encrypted",
  );
  expect(
    await code(await makeClip({ inputs: ["color=red:s=9000x4400:d=0.04"], options: ["-frames:v", "1"], extension: "png" })),
  ).toBe("media-too-large");
});

test("gives up a source that accepts and stays silent", async () => {
  const media = (await decodeFile(await makeClip({ ...film, extension: "mp4" }))).media;
  const server = createServer((socket) => socket.on("error", () => undefined)).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as AddressInfo;
  const input = {
    kind: "http",
    url: `http://127.0.0.1:${port}/clip.mp4`,
    inputOptions: ["-protocol_whitelist", "http,tcp"],
    environment: {},
  } as const;
  try {
    await expect(
      decode(
        {
          input,
          media,
          picture: true,
          sound: true,
          startSeconds: 0,
          runInSeconds: 0,
          profile: "full",
          decoder: "cpu",
          live: false,
          stallSeconds: 1,
        },
        { memory: openMemory(), frame: () => undefined, sound: () => undefined },
        forEver,
      ),
    ).rejects.toMatchObject({ code: "media-stalled" });
    const stop = new AbortController();
    const probing = probe(input, { signal: stop.signal });
    setTimeout(() => stop.abort(), 300);
    await expect(probing).rejects.toMatchObject({ code: "interrupted" });
  } finally {
    server.close();
  }
});

test("stops when it is told to, with the reason it was given, and when a sink fails", async () => {
  const media = (await decodeFile(await makeClip({ ...film, extension: "mp4" }))).media;
  const request = {
    input: fileInput(await makeClip({ ...film, extension: "mp4" })),
    media,
    picture: true,
    sound: false,
    startSeconds: 0,
    runInSeconds: 0,
    profile: "full",
    decoder: "cpu",
    live: false,
  } as const;
  const stop = new AbortController();
  let frames = 0;
  await expect(
    decode(
      request,
      {
        memory: openMemory(),
        sound: () => undefined,
        // Waits for ever once it was told to stop: the pipe is full and the child blocked.
        frame() {
          frames++;
          if (frames < 10) return undefined;
          stop.abort();
          return new Promise<void>(() => undefined);
        },
      },
      stop.signal,
    ),
  ).rejects.toMatchObject({ code: "interrupted" });
  expect(frames).toBe(10);

  const fault = new Error("no room");
  const failing = { memory: openMemory(), sound: () => undefined, frame: () => Promise.reject(fault) };
  await expect(decode(request, failing, forEver)).rejects.toBe(fault);
  await expect(
    decode(
      request,
      {
        ...failing,
        frame: () => {
          throw fault;
        },
      },
      forEver,
    ),
  ).rejects.toBe(fault);
});

test("waits for a sink that takes its time, without losing or changing a frame", async () => {
  const file = await makeClip({ ...film, extension: "mp4" });
  const whole = await decodeFile(file);
  const seen: number[] = [];
  let busy = false;
  const media = whole.media;
  await decode(
    {
      input: fileInput(file),
      media,
      picture: true,
      sound: true,
      startSeconds: 0,
      runInSeconds: 0,
      profile: "full",
      decoder: "cpu",
      live: false,
    },
    {
      memory: openMemory(),
      async frame({ pts, planes }) {
        expect(busy).toBe(false);
        busy = true;
        const before = planes[0]?.data.slice();
        await new Promise((resolve) => setImmediate(resolve));
        expect(planes[0]?.data).toEqual(before);
        seen.push(pts);
        busy = false;
      },
      sound: () => new Promise((resolve) => setImmediate(resolve)),
    },
    forEver,
  );
  expect(seen).toEqual(whole.frames.map(({ pts }) => pts));
});
