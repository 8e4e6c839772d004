import { readFile } from "node:fs/promises";
import path from "node:path";
import { inferenceClient, loadModels, startInference } from "../analyzers/index.js";
import { loadConfig } from "../config.js";
import { FramewatchError } from "../errors.js";
import { modelFolders } from "../model-folders.js";

/** Prints name, version and signals of each model. */
export async function listModels(): Promise<void> {
  for (const { manifest } of await loadModels(modelFolders(loadConfig(process.env)))) {
    process.stdout.write(
      `${manifest.name} ${manifest.version}   ${Object.keys(manifest.output.signals).join(", ")}   ${manifest.licence}\n`,
    );
  }
}

/**
 * Checks each model against its manifest, and against its golden vectors on the provider that would be used.
 * @throws FramewatchError `model-invalid`
 */
export async function verifyModels(): Promise<void> {
  const inference = await startInference(modelFolders(loadConfig(process.env)));
  const client = inferenceClient(inference.connect());
  try {
    for (const { manifest, file } of inference.models) {
      const goldenFile = file.replace(/\.onnx$/, ".golden.json");
      const golden = JSON.parse(await readFile(goldenFile, "utf8")) as readonly {
        readonly pixels: string;
        readonly signals: readonly number[];
      }[];
      for (const { pixels, signals } of golden) {
        const values = await client.run(manifest.name, new Uint8Array(Buffer.from(pixels, "base64")));
        const differs = signals.some(
          (expected, column) => !(Math.abs((values[column] ?? Number.NaN) - expected) <= 1e-3 * (1 + Math.abs(expected))),
        );
        if (differs)
          throw new FramewatchError(
            "model-invalid",
            `${file} gives ${[...values].join(", ")} where ${path.basename(goldenFile)} says ${signals.join(", ")}.`,
          );
      }
      process.stdout.write(
        `${manifest.name} ${manifest.version}   ok on ${inference.provider}, ${golden.length} golden vectors\n`,
      );
    }
  } finally {
    client.close();
    await inference.close();
  }
}
