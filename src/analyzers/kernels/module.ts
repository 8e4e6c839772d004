import { readFileSync } from "node:fs";

let compiled: WebAssembly.Module | undefined;

/** The kernels' module, compiled once per thread. */
export function kernelModule(): WebAssembly.Module {
  return (compiled ??= new WebAssembly.Module(readFileSync(new URL("./kernels.wasm", import.meta.url))));
}
