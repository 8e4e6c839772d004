/**
 * Builds `dist/`: the pixel kernels to WebAssembly, TypeScript to JavaScript, and the files that are used as they are.
 * Does nothing when `dist/` was built from exactly the present sources.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";

const repository = resolve(import.meta.dirname, "..");
const source = join(repository, "src");
const output = join(repository, "dist");
const stampPath = join(output, ".built-from");

/** Files in `src/` that are read as they are at run time. */
const copied = /\.(yaml|html|css|client\.js|wasm)$/;
/** What is compiled elsewhere, or describes other files and is not needed at run time. */
const notCopied = /(^|\/)assembly\/|\.d\.ts$|\.md$/;

function filesUnder(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

function run(program, programArguments) {
  const { status } = spawnSync(program, programArguments, { cwd: repository, stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
}

/** A hash over everything that the build reads; kernels.wasm is made by the build, so it is left out. */
function hashOfInputs() {
  const files = filesUnder(source).filter((path) => !path.endsWith(".wasm"));
  const others = ["package-lock.json", "tsconfig.json", "tsconfig.build.json", "scripts/build.mjs", "scripts/build-kernels.mjs"];
  const hash = createHash("sha256");
  for (const path of [...files, ...others.map((name) => join(repository, name))]) {
    hash.update(`${relative(repository, path)}\0`).update(readFileSync(path));
  }
  return hash.digest("hex");
}

/** What `dist/` must hold, as paths in it; the rest is left over from files that are gone. */
function copyAndExpect() {
  const expected = new Set([".built-from"]);
  for (const path of filesUnder(source).map((file) => relative(source, file))) {
    if (notCopied.test(path)) continue;
    if (path.endsWith(".ts")) {
      expected.add(path.replace(/\.ts$/, ".js")).add(path.replace(/\.ts$/, ".js.map"));
    } else if (copied.test(path)) {
      expected.add(path);
      mkdirSync(dirname(join(output, path)), { recursive: true });
      cpSync(join(source, path), join(output, path));
    } else {
      process.stderr.write(`build: nothing says what to do with src/${path}\n`);
      process.exit(1);
    }
  }
  return expected;
}

const hash = hashOfInputs();
// Tests load the kernels from src/, so that file counts too.
const isBuilt = existsSync(stampPath) && existsSync(join(source, "analyzers/kernels/kernels.wasm"));
if (isBuilt && readFileSync(stampPath, "utf8") === hash) process.exit(0);

rmSync(stampPath, { force: true });
run(process.execPath, ["scripts/build-kernels.mjs"]);
const expected = copyAndExpect();
run(process.execPath, ["node_modules/typescript/bin/tsc", "-p", "tsconfig.build.json"]);
for (const path of filesUnder(output)) if (!expected.has(relative(output, path))) rmSync(path);
writeFileSync(stampPath, hash);
