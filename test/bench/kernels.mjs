import { execFileSync } from "node:child_process";
import { loadPolicy, openJudge, openMeasuring } from "../../dist/analyzers/index.js";
import { describePixelFormat, layOutFrame } from "../../dist/decoder/pixel-format.js";
import { benchFilm, framesPerSecond } from "./film.mjs";

const [width, height] = [1920, 1080];
const rounds = 24;
const framesPerRound = 24;
/** So many different frames take turns. */
const distinctFrames = 12;
const sampleRate = 48000;

/** What the kernels took since they were last set to 0, by their names in `assembly/index.ts`. */
const calls = new Map();

/**
 * Prints what measuring takes for a frame of film: each kernel that is exported, as the measurers call it, the JavaScript
 * around them, judging, and the sound of as much time. One thread, warm.
 */
export async function benchKernels() {
  watchKernels();
  for (const pixelFormat of ["yuv420p", "yuv420p10le"]) await benchFrames(pixelFormat);
}

/** Every instance of the kernels counts and times its calls, without the kernels' knowing. */
function watchKernels() {
  const { Instance } = WebAssembly;
  WebAssembly.Instance = function (...parts) {
    const { exports } = new Instance(...parts);
    const watched = Object.entries(exports).map(([name, value]) => [
      name,
      typeof value === "function" ? watch(name, value) : value,
    ]);
    return { exports: Object.fromEntries(watched) };
  };
}

function watch(name, kernel) {
  if (name === "freeMemoryStart") return kernel;
  calls.set(name, { count: 0, milliseconds: 0 });
  return (...values) => {
    const started = performance.now();
    const result = kernel(...values);
    const call = calls.get(name);
    call.milliseconds += performance.now() - started;
    call.count++;
    return result;
  };
}

async function benchFrames(pixelFormat) {
  const format = describePixelFormat(pixelFormat);
  const { bytes, planes } = layOutFrame(format, width, height);
  const raw = await decodeFrames(pixelFormat, bytes);
  const media = mediaOf(pixelFormat, format.bitDepth);
  const blocks = [];
  const measuring = await openMeasuring({ media, profile: "full", wanted: undefined, emit: (block) => blocks.push(block) });
  let shown = 0;
  const sound = new Float32Array(sampleRate / framesPerSecond).map(() => 0.2 * (Math.random() - 0.5));

  const times = Array.from({ length: rounds + 1 }, () => {
    for (const call of calls.values()) call.count = call.milliseconds = 0;
    const took = { picture: 0, sound: 0 };
    for (let n = 0; n < framesPerRound; n++, shown++) {
      const data = measuring.memory.frame(shown % 2, bytes);
      data.set(raw.subarray((shown % distinctFrames) * bytes, ((shown % distinctFrames) + 1) * bytes));
      took.picture += timeOf(() => void measuring.frame(frameOf(data, planes, media.video, shown), true));
    }
    const inPicture = [...calls.values()].reduce((sum, { milliseconds }) => sum + milliseconds, 0);
    for (let n = 0; n < framesPerRound; n++) {
      const pts = (shown - framesPerRound + n) / framesPerSecond;
      const samples = [sound, sound];
      const block = { pts, track: 0, sampleRate, channels: 2, samples, discontinuityBefore: false, decodeErrors: 0 };
      took.sound += timeOf(() => measuring.sound(block));
    }
    const kernels = Object.fromEntries([...calls].map(([name, call]) => [name, { ...call }]));
    return { took, inPicture, kernels };
  }).slice(1);
  await measuring.finish();
  judgeAll(media, measuring.lanes, blocks);
  const judging = Math.min(...times.map(() => timeOf(() => judgeAll(media, measuring.lanes, blocks)))) / shown;
  measuring.close();

  console.log(`Measuring, ${width}x${height} ${pixelFormat}, one thread       calls per frame  ms per frame  ns per pixel`);
  // The least of all rounds: what else the machine does only ever adds to a time.
  const perFrame = (of) => Math.min(...times.map(of)) / framesPerRound;
  for (const name of [...calls.keys()].sort()) {
    const count = perFrame(({ kernels }) => kernels[name].count);
    const milliseconds = perFrame(({ kernels }) => kernels[name].milliseconds);
    if (count > 0) print(`  ${name}`, milliseconds, count);
  }
  const picture = perFrame(({ took }) => took.picture);
  const inPicture = perFrame((times) => times.inPicture);
  print("all kernels of the picture", inPicture);
  print("JavaScript around them", picture - inPicture);
  print("judging", judging);
  print(
    "sound of one frame's time, stereo",
    perFrame(({ took }) => took.sound),
  );
  const silent = [...calls].filter(([name]) => times.every(({ kernels }) => kernels[name].count === 0)).map(([name]) => name);
  console.log(`  not called for these frames: ${silent.join(", ") || "none"}`);
}

function print(name, milliseconds, count) {
  const nanoseconds = (milliseconds * 1e6) / (width * height);
  console.log(
    `  ${name.padEnd(44)} ${(count?.toFixed(2) ?? "").padStart(15)}  ${milliseconds.toFixed(3).padStart(12)}  ${nanoseconds.toFixed(3).padStart(12)}`,
  );
}

function timeOf(run) {
  const started = performance.now();
  run();
  return performance.now() - started;
}

function judgeAll(media, lanes, blocks) {
  let ordinal = 0;
  const judge = openJudge({ policy: loadPolicy("default"), media, lanes, profile: "full", identify: () => `${ordinal++}` });
  for (const block of blocks) judge.push(block);
}

async function decodeFrames(pixelFormat, bytes) {
  const film = await benchFilm({ seconds: 20, width, height });
  const options = ["-v", "error", "-i", film, "-frames:v", `${distinctFrames}`, "-pix_fmt", pixelFormat, "-f", "rawvideo", "-"];
  return execFileSync("ffmpeg", options, { maxBuffer: distinctFrames * bytes + 1 });
}

function frameOf(data, planes, { bitDepth, pixelFormat }, number) {
  return {
    pts: number / framesPerSecond,
    width,
    height,
    planes: planes.map(({ offset, width, height, stride }) => ({
      data: data.subarray(offset, offset + stride * height),
      width,
      height,
      stride,
    })),
    pixelFormat,
    bitDepth,
    fullRange: false,
    keyframe: number % 60 === 0,
    fieldOrder: "progressive",
    discontinuityBefore: false,
    decodeErrors: 0,
  };
}

function mediaOf(pixelFormat, bitDepth) {
  const facts = { streamIndex: 0, codec: "h264", width, height, frameRate: framesPerSecond, pixelFormat, bitDepth };
  return {
    container: "mov",
    durationSeconds: 60,
    durationDeclared: true,
    originSeconds: 0,
    seekable: true,
    video: { ...facts, fullRange: false, scan: "progressive", rotationDegrees: 0, still: false },
    audio: [{ streamIndex: 1, codec: "aac", channels: 2, layout: "stereo", layoutGuessed: false, sampleRateHz: sampleRate }],
  };
}
