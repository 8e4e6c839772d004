// What the loader uses of WebAssembly: Node has it, its types for version 20 do not.
declare namespace WebAssembly {
  class Module {
    constructor(bytes: Uint8Array);
  }
  class Instance {
    constructor(module: Module);
    readonly exports: Readonly<Record<string, unknown>>;
  }
  interface Memory {
    readonly buffer: ArrayBuffer;
    /** Detaches all views of `buffer`. @returns the size before, in pages of 64 KiB */
    grow(pages: number): number;
  }
}
