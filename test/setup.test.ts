import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

const setup = resolve(import.meta.dirname, "../scripts/setup.mjs");

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "framewatch-setup-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function plant(name: string, script: string): void {
  writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`);
  chmodSync(join(folder, name), 0o755);
}

/** Runs the setup where only planted programs are on the PATH; npm packages are there, since this test runs. */
function run(...options: string[]): { status: number | null; said: string } {
  const { status, stderr } = spawnSync(process.execPath, [setup, ...options], { encoding: "utf8", env: { PATH: folder } });
  return { status, said: stderr };
}

describe("the setup", () => {
  test("looks and is done when all is there, in silence and without a network", () => {
    for (const name of ["ffmpeg", "ffprobe", "redis-server", "google-chrome"]) plant(name, "exit 1");
    expect(run("--tests")).toEqual({ status: 0, said: "" });
  });

  test("says what to install where it cannot, and exits with 4", () => {
    plant("ffprobe", "exit 1");
    const { status, said } = run();
    expect(status).toBe(4);
    expect(said).toContain("ffmpeg is missing. Install ffmpeg: on Debian or Ubuntu `sudo apt-get install ffmpeg`");
  });

  test("installs what is missing through apt-get, after an update", () => {
    symlinkSync("/usr/bin/env", join(folder, "env"));
    plant("sudo", 'shift; exec "$@"');
    plant("true", "exit 0");
    // Stands for the package manager: notes what it was asked, and an install brings the programs.
    const install = `for name in ffmpeg ffprobe; do /bin/ln -s /bin/true "${folder}/$name"; done`;
    plant("apt-get", `echo "$*" >> "${folder}/asked"; case "$*" in *install*) ${install};; esac`);
    expect(run().status).toBe(0);
    expect(readFileSync(join(folder, "asked"), "utf8")).toBe("-q update\n-q install -y --no-install-recommends ffmpeg\n");
  });

  test("does not claim success when the package manager brought nothing", () => {
    symlinkSync("/usr/bin/env", join(folder, "env"));
    plant("sudo", 'shift; exec "$@"');
    plant("true", "exit 0");
    plant("apt-get", "exit 0");
    const { status, said } = run();
    expect(status).toBe(4);
    expect(said).toContain("ffmpeg, ffprobe could not be installed");
  });
});
