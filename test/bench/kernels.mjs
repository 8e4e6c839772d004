import { openKernels } from "../../dist/analyzers/kernels/index.js";
import { median } from "./child.mjs";

const width = 1920;
const height = 1080;
const rounds = 7;
const planesPerRound = 60;

/** Prints what each kernel takes for a 1920x1080 plane of noise, 8 and 16 bit, and how much slower a plain loop of the same sums is. */
export async function benchKernels() {
  console.log(`Kernels, ${width}x${height}, one thread`);
  for (const bytesPerSample of [1, 2]) {
    const kernels = openKernels();
    const stride = width * bytesPerSample;
    const [a, b] = [0, 1].map((slot) => {
      const data = kernels.memory.frame(slot, stride * height);
      fillWithNoise(data, slot + 1);
      return { data, width, height, stride };
    });
    const scale = 256 ** (bytesPerSample - 1);
    const image = { width: 224, height: 224, black: 16 * scale, white: 235 * scale };
    const times = {
      "luma, all sums": timeOf((now, before) => kernels.measureLuma(now, before, bytesPerSample, 37 * scale)),
      "difference": timeOf((now, before) => kernels.sumDifferences(now, before, bytesPerSample)),
      "steps on the macroblock grid": timeOf((now) => kernels.measureGrid(now, bytesPerSample, 16 * scale)),
      "profiles of steps": timeOf((now) =>
        kernels.measureStepProfiles(now, bytesPerSample, { smallest: 4 * scale, largest: 40 * scale }, 6),
      ),
      "scale to 224x224": timeOf((now) => kernels.scalePlane(now, bytesPerSample, image)),
    };
    for (const [name, milliseconds] of Object.entries(times)) print(`${name}, ${8 * bytesPerSample} bit`, milliseconds);
    if (bytesPerSample === 1) {
      const plain = timeOf((now, before) => plainLuma(now, before, 37), 2);
      print("luma, all sums, plain JavaScript", plain);
      console.log(`  WASM SIMD is ${(plain / times["luma, all sums"]).toFixed(0)} times as fast`);
    }

    /** Milliseconds per plane; the two planes take turns, as frames do. */
    function timeOf(run, planes = planesPerRound) {
      run(a, b);
      return median(
        Array.from({ length: rounds }, () => {
          const started = performance.now();
          for (let n = 0; n < planes; n += 2) {
            run(a, b);
            run(b, a);
          }
          return (performance.now() - started) / planes;
        }),
      );
    }
  }
}

function print(name, milliseconds) {
  const nanoseconds = (milliseconds * 1e6) / (width * height);
  console.log(`  ${name.padEnd(34)} ${milliseconds.toFixed(3)} ms per plane  ${nanoseconds.toFixed(3)} ns per pixel`);
}

function fillWithNoise(data, seed) {
  let state = seed;
  for (let at = 0; at < data.length; at++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    data[at] = state >>> 24;
  }
}

/** What the luma kernel does, as one would write it in JavaScript. */
function plainLuma(now, before, dark) {
  let sum = 0;
  let darkSamples = 0;
  let difference = 0;
  let gradient = 0;
  let minimum = 255;
  let maximum = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = y * width + x;
      const value = now.data[at];
      sum += value;
      if (value <= dark) darkSamples++;
      difference += Math.abs(value - before.data[at]);
      if (x + 1 < width) gradient += Math.abs(value - now.data[at + 1]);
      if (y + 1 < height) gradient += Math.abs(value - now.data[at + width]);
      if (value < minimum) minimum = value;
      if (value > maximum) maximum = value;
    }
  }
  return { sum, darkSamples, difference, gradient, minimum, maximum };
}
