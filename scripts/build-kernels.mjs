// Compiles the AssemblyScript kernels to one WASM file, beside their loader in src (tests read it there) and in dist.
import { copyFile, mkdir, rename, unlink } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import asc from "assemblyscript/asc";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const kernels = path.join("src", "analyzers", "kernels");
// Written beside its place and renamed, so that nobody who loads the kernels meanwhile reads half a file.
const unfinished = path.join(kernels, `kernels.${process.pid}.wasm`);

const { error, stderr } = await asc.main([
  path.join(kernels, "assembly", "index.ts"),
  "--outFile",
  unfinished,
  "--runtime",
  "stub",
  "--enable",
  "simd",
  "-O3",
  "--noAssert",
  "--baseDir",
  root,
]);
if (error) {
  process.stderr.write(`${stderr.toString()}\n${error.message}\n`);
  process.exit(1);
}

for (const tree of ["dist", "src"]) {
  const folder = path.join(root, tree, "analyzers", "kernels");
  await mkdir(folder, { recursive: true });
  const copy = path.join(folder, `kernels.${process.pid}.copy.wasm`);
  await copyFile(path.join(root, unfinished), copy);
  await rename(copy, path.join(folder, "kernels.wasm"));
}
await unlink(path.join(root, unfinished));
