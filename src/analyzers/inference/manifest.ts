import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import { FramewatchError } from "../../errors.js";
import type { ModelMeasurer } from "../measurer.js";

const signal = z.strictObject({
  unit: z.string(),
  range: z.tuple([z.number(), z.number()]),
  meaning: z.string(),
});

/** `models/NAME.json`: what a model takes and gives, and its card. */
export const manifestSchema = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9-]*$/),
  version: z.string(),
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .describe("Of NAME.onnx beside the manifest"),
  input: z.strictObject({
    name: z.string(),
    layout: z.literal("NHWC"),
    type: z.literal("uint8"),
    width: z.int().positive(),
    height: z.int().positive(),
    range: z.literal("full"),
    content: z.string(),
  }),
  output: z.strictObject({
    name: z.string(),
    signals: z.record(z.string(), signal).describe("One per column of the float32 output [N, signals], in order"),
  }),
  thresholds: z.record(z.string(), z.number()),
  imagesPerSecond: z.number().positive().max(60),
  licence: z.string(),
  provenance: z.string(),
  limits: z.string(),
});

export type ModelManifest = z.output<typeof manifestSchema>;

/** A model whose file is the one its manifest names. */
export interface Model {
  readonly manifest: ModelManifest;
  readonly file: string;
}

/**
 * The models of the folders, each checked against its manifest. A later folder replaces a model of the same name.
 * @throws FramewatchError `model-invalid` naming the file, when a manifest is wrong or the model is not the one it names
 */
export async function loadModels(folders: readonly string[]): Promise<Model[]> {
  const models = new Map<string, Model>();
  for (const folder of folders) {
    for (const entry of (await filesOf(folder))
      .filter((name) => name.endsWith(".json") && !name.endsWith(".golden.json"))
      .sort()) {
      const model = await loadModel(path.join(folder, entry));
      models.set(model.manifest.name, model);
    }
  }
  return [...models.values()];
}

async function filesOf(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (cause) {
    throw new FramewatchError("model-invalid", `The folder of models ${folder} cannot be read.`, { cause });
  }
}

async function loadModel(manifestFile: string): Promise<Model> {
  const file = manifestFile.replace(/\.json$/, ".onnx");
  let manifest: ModelManifest;
  let bytes: Buffer;
  try {
    manifest = manifestSchema.parse(JSON.parse(await readFile(manifestFile, "utf8")));
    bytes = await readFile(file);
  } catch (cause) {
    const why = cause instanceof z.ZodError ? z.prettifyError(cause) : String(cause instanceof Error ? cause.message : cause);
    throw new FramewatchError("model-invalid", `${manifestFile}: ${why}`, { cause });
  }
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  if (sha256 !== manifest.sha256) {
    throw new FramewatchError("model-invalid", `${file} has sha256 ${sha256}, its manifest says ${manifest.sha256}.`);
  }
  return { manifest, file };
}

/** The model's outputs as a measurer of the `models` lane. */
export function measurerOf({ manifest }: Model): ModelMeasurer {
  return {
    lane: "models",
    name: manifest.name,
    model: manifest.name,
    provides: manifest.output.signals,
    needs: "any",
    lookbackSeconds: 1 / manifest.imagesPerSecond,
    image: { width: manifest.input.width, height: manifest.input.height },
    imagesPerSecond: manifest.imagesPerSecond,
  };
}
