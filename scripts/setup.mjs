/**
 * Installs what is missing, so that a fresh clone needs nothing but Node: the npm packages and the programs that Framewatch
 * runs. Plain Node without packages, because it runs before there are any. When all is there it looks and is done: no
 * network, no waiting.
 *
 *   node scripts/setup.mjs            what the demo needs
 *   node scripts/setup.mjs --tests    and what the tests need besides
 *
 * Exit code 4 when something is missing that it cannot install; the message says what to do.
 */
import { spawnSync } from "node:child_process";
import { accessSync, constants, existsSync, readFileSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

const repository = resolve(import.meta.dirname, "..");
const missingExitCode = 4;
const minimumNode = [20, 19];

/** Any one of `programs` will do; `packageName` is how Debian and Ubuntu call it. */
const forDemo = [
  { programs: ["ffmpeg"], packageName: "ffmpeg" },
  { programs: ["ffprobe"], packageName: "ffmpeg" },
];
const forTests = [
  { programs: ["redis-server"], packageName: "redis-server" },
  { programs: ["chromium", "chromium-browser", "google-chrome"], packageName: "chromium" },
];

function say(text) {
  process.stderr.write(`setup: ${text}\n`);
}

function stop(text) {
  say(text);
  process.exit(missingExitCode);
}

function onPath(program) {
  return (process.env.PATH ?? "").split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** Runs a program with its output on standard error; true when it succeeded. */
function run(program, programArguments, environment = {}) {
  const result = spawnSync(program, programArguments, {
    cwd: repository,
    stdio: ["ignore", 2, 2],
    env: { ...process.env, ...environment },
  });
  return result.status === 0;
}

/** Tries again, as networks want it: after 2 s, then after 10 s. */
async function runPatiently(program, programArguments, environment) {
  for (const waitSeconds of [2, 10, undefined]) {
    if (run(program, programArguments, environment)) return true;
    if (waitSeconds === undefined) return false;
    say(`${program} failed; trying again in ${waitSeconds} s`);
    await pause(waitSeconds * 1000);
  }
}

function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  if (major < minimumNode[0] || (major === minimumNode[0] && minor < minimumNode[1])) {
    stop(`Node ${process.versions.node} is too old: install Node ${minimumNode.join(".")} or later (https://nodejs.org).`);
  }
}

/**
 * True when node_modules holds what package-lock.json asks for. npm writes what it installed into a lockfile of its own
 * there, so comparing the two is exact; packages for other platforms are absent rightly.
 */
function packagesInstalled() {
  const installedPath = join(repository, "node_modules/.package-lock.json");
  if (!existsSync(installedPath)) return false;
  const wanted = JSON.parse(readFileSync(join(repository, "package-lock.json"), "utf8")).packages;
  const installed = JSON.parse(readFileSync(installedPath, "utf8")).packages;
  return Object.entries(wanted).every(([path, { version, integrity, optional, devOptional }]) => {
    if (path === "" || ((optional || devOptional) && !installed[path])) return true;
    return installed[path]?.version === version && installed[path]?.integrity === integrity;
  });
}

async function installPackages() {
  if (packagesInstalled()) return;
  say("installing npm packages");
  // The GPU build of the ONNX runtime is some 500 MB from another server; only the CUDA image fetches it.
  const environment = { ONNXRUNTIME_NODE_INSTALL: "skip" };
  const programArguments = ["ci", "--no-audit", "--no-fund"];
  if (!(await runPatiently("npm", programArguments, environment))) {
    stop("`npm ci` failed, see above. Without a network, copy node_modules from a machine that has one.");
  }
}

/** How to run apt-get here: directly, through sudo without a password, or not at all. */
function aptGet() {
  if (!onPath("apt-get")) return undefined;
  if (process.getuid?.() === 0) return { program: "env", first: [] };
  if (onPath("sudo") && spawnSync("sudo", ["-n", "true"], { stdio: "ignore" }).status === 0) {
    return { program: "sudo", first: ["-n", "env"] };
  }
  return undefined;
}

async function installPrograms(wanted) {
  const missing = wanted.filter(({ programs }) => !programs.some(onPath));
  if (missing.length === 0) return;
  const names = missing.map(({ programs }) => programs[0]).join(", ");
  const packages = [...new Set(missing.map(({ packageName }) => packageName))];
  const advice = `Install ${packages.join(", ")}: on Debian or Ubuntu \`sudo apt-get install ${packages.join(" ")}\`, on macOS \`brew install ${packages.join(" ")}\`.`;
  const apt = aptGet();
  if (apt === undefined) stop(`${names} ${missing.length > 1 ? "are" : "is"} missing. ${advice}`);

  say(`installing ${packages.join(", ")} with apt-get`);
  // RUNLEVEL=1 keeps Debian from starting a Redis service of its own: the tests start theirs on a free port.
  const call = [...apt.first, "DEBIAN_FRONTEND=noninteractive", "RUNLEVEL=1", "apt-get", "-q"];
  const updated = await runPatiently(apt.program, [...call, "update"]);
  const installed =
    updated && (await runPatiently(apt.program, [...call, "install", "-y", "--no-install-recommends", ...packages]));
  const still = missing.filter(({ programs }) => !programs.some(onPath)).map(({ programs }) => programs[0]);
  if (!installed || still.length > 0) stop(`${still.join(", ") || names} could not be installed, see above. ${advice}`);
}

checkNode();
await installPackages();
await installPrograms(process.argv.includes("--tests") ? [...forDemo, ...forTests] : forDemo);
