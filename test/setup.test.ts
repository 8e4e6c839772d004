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

/** As where sudo asks for no password. */
function plantSudo(): void {
  symlinkSync("/usr/bin/env", join(folder, "env"));
  plant("sudo", 'shift; exec "$@"');
  plant("true", "exit 0");
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
    expect(said).toContain("ffmpeg is missing. Install ffmpeg (on Debian or Ubuntu `sudo apt-get install ffmpeg`");
  });

  test("installs what is missing through apt-get, after an update, and says how far it is instead of all that apt-get says", () => {
    plantSudo();
    // Stands for the package manager: notes what it was asked, and an install brings the programs.
    const install = `for name in ffmpeg ffprobe; do /bin/ln -s /bin/true "${folder}/$name"; done
      echo "dlstatus:7:24.9:Retrieving file 7 of 199"; echo "Selecting previously unselected package ffmpeg."
      echo "pmstatus:libx264-164:amd64:99.5:Installed libx264-164"`;
    plant("apt-get", `echo "$*" >> "${folder}/asked"; case "$*" in *install*) ${install};; esac`);
    expect(run()).toEqual({
      status: 0,
      said: ["setup: installing ffmpeg with apt-get (a minute or two)", "setup: fetched 20 %", "setup: installed 80 %", ""].join(
        "\n",
      ),
    });
    expect(readFileSync(join(folder, "asked"), "utf8")).toBe(
      "-q -o APT::Status-Fd=1 update\n-q -o APT::Status-Fd=1 install -y --no-install-recommends ffmpeg\n",
    );
  });

  test("shows what apt-get said when it fails, and tries again", () => {
    plantSudo();
    plant("ffprobe", "exit 1");
    const failOnce = `[ -e "${folder}/failed" ] || { : > "${folder}/failed"; echo "Reading ..."; echo "E: No network" >&2; exit 100; }`;
    plant("apt-get", `${failOnce}; case "$*" in *install*) /bin/ln -s /bin/true "${folder}/ffmpeg";; esac`);
    const { status, said } = run();
    expect(status).toBe(0);
    expect(said).toMatch(/^Reading \.\.\.$/m);
    expect(said).toMatch(/^E: No network$/m);
    expect(said).toContain("setup: apt-get failed; trying again in 2 s\n");
  });

  test("does not claim success when the package manager brought nothing", () => {
    plantSudo();
    plant("apt-get", "exit 0");
    const { status, said } = run();
    expect(status).toBe(4);
    expect(said).toContain("ffmpeg, ffprobe could not be installed");
  });
});
