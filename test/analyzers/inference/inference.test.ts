import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, expect, test } from "vitest";
import { inferenceClient } from "../../../src/analyzers/inference/client.js";
import { loadModels } from "../../../src/analyzers/inference/manifest.js";
import { type Inference, startInference } from "../../../src/analyzers/inference/start.js";

const shipped = fileURLToPath(new URL("../../../models", import.meta.url));
const releases: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const release of releases.splice(0).reverse()) await release();
});

async function start(onRun?: Parameters<typeof startInference>[1]): Promise<Inference> {
  const inference = await startInference([shipped], onRun);
  releases.push(() => inference.close());
  return inference;
}

async function copyOfModels(): Promise<string> {
  const folder = await mkdtemp(path.join(os.tmpdir(), "framewatch-models-"));
  releases.push(() => rm(folder, { recursive: true }));
  await cp(shipped, folder, { recursive: true });
  return folder;
}

test("every shipped model equals its golden vectors", async () => {
  const inference = await start();
  const client = inferenceClient(inference.connect());
  releases.push(async () => client.close());
  expect(inference.models.length).toBeGreaterThan(0);
  for (const { manifest } of inference.models) {
    const golden: { pixels: string; signals: number[] }[] = JSON.parse(
      await readFile(path.join(shipped, `${manifest.name}.golden.json`), "utf8"),
    );
    expect(golden.length).toBeGreaterThan(0);
    for (const { pixels, signals } of golden) {
      const values = await client.run(manifest.name, new Uint8Array(Buffer.from(pixels, "base64")));
      // float32 against double: four significant digits and more agree.
      signals.forEach((expected, column) =>
        expect(Math.abs((values[column] ?? Number.NaN) - expected)).toBeLessThan(1e-4 * (1 + expected)),
      );
    }
  }
});

test("images of several streams share a batch and each gets its own answer", async () => {
  const batches: number[] = [];
  const inference = await start((run) => batches.push(run.images));
  const clients = [inferenceClient(inference.connect()), inferenceClient(inference.connect())];
  releases.push(async () => clients.forEach((client) => client.close()));
  const { manifest } = inference.models[0] as Inference["models"][number];
  const bytes = manifest.input.width * manifest.input.height;

  const answers = await Promise.all(
    Array.from({ length: 24 }, (_, place) => {
      const pixels = new Uint8Array(bytes).map((_, at) => (at % manifest.input.width < place * 8 ? 200 : 20));
      return clients[place % 2]?.run(manifest.name, pixels);
    }),
  );

  await expect.poll(() => batches.reduce((sum, images) => sum + images, 0)).toBe(24);
  expect(Math.max(...batches)).toBeGreaterThan(1);
  // A plain picture is flat all over; one with an edge is not.
  expect(answers[0]?.[1]).toBe(1);
  expect(answers[5]?.[1]).toBeLessThan(1);
});

test("an image for a model that is not there is refused by name", async () => {
  const inference = await start();
  const client = inferenceClient(inference.connect());
  releases.push(async () => client.close());
  await expect(client.run("nothing", new Uint8Array(1))).rejects.toMatchObject({ code: "model-invalid" });
});

test("a model that is not the one its manifest names is refused", async () => {
  const folder = await copyOfModels();
  await writeFile(path.join(folder, "picture-detail.onnx"), "another model");
  await expect(loadModels([folder])).rejects.toMatchObject({ code: "model-invalid", message: expect.stringContaining("sha256") });
});

test("a wrong manifest is refused with the field's name", async () => {
  const folder = await copyOfModels();
  const file = path.join(folder, "picture-detail.json");
  await writeFile(file, JSON.stringify({ ...JSON.parse(await readFile(file, "utf8")), input: { layout: "NCHW" } }));
  await expect(loadModels([folder])).rejects.toMatchObject({ code: "model-invalid", message: expect.stringContaining("layout") });
});

test("a request in flight fails when the inference worker goes away", async () => {
  const inference = await startInference([shipped]);
  const client = inferenceClient(inference.connect());
  const { manifest } = inference.models[0] as Inference["models"][number];
  const answer = client.run(manifest.name, new Uint8Array(manifest.input.width * manifest.input.height));
  const failed = expect(answer).rejects.toMatchObject({ code: "worker-lost" });
  await inference.close();
  await failed;
});
