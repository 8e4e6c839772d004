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
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { accessSync, constants, existsSync, readFileSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";
import { createInterface } from "node:readline";
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

/** Tries again, as networks want it: after 2 s, then after 10 s. True when an attempt succeeded. */
async function patiently(program, attempt) {
  for (const waitSeconds of [2, 10, undefined]) {
    if (await attempt()) return true;
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
  say("installing npm packages (a minute or less)");
  // Said here as well as in .npmrc, because the environment overrules that file.
  const attempt = () =>
    spawnSync("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], { cwd: repository, stdio: ["ignore", 2, 2] })
      .status === 0;
  if (!(await patiently("npm", attempt)))
    stop("`npm ci` failed, see above. Without a network, copy node_modules from a machine that has one.");
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

/**
 * Runs apt-get and tells how far it is, instead of the thousand lines that it prints; the last of those are shown when it
 * fails. True when it succeeded.
 */
async function runAptGet({ program, first }, aptArguments) {
  // RUNLEVEL=1 keeps Debian from starting a Redis service of its own: the tests start theirs on a free port.
  const call = [
    ...first,
    "DEBIAN_FRONTEND=noninteractive",
    "RUNLEVEL=1",
    "apt-get",
    "-q",
    "-o",
    "APT::Status-Fd=1",
    ...aptArguments,
  ];
  const child = spawn(program, call, { stdio: ["ignore", "pipe", "pipe"] });
  const lines = [];
  let told = "";
  function read(line) {
    const [, kind, percent] = /^(dl|pm)status:.*?:([\d.]+):/.exec(line) ?? [];
    if (kind === undefined) lines.push(line);
    else if (aptArguments[0] === "install") {
      const now = `${kind === "dl" ? "fetched" : "installed"} ${Math.floor(percent / 20) * 20} %`;
      if (now !== told) say(now);
      told = now;
    }
  }
  for (const input of [child.stdout, child.stderr]) createInterface({ input }).on("line", read);
  const [code] = await once(child, "close");
  if (code !== 0) process.stderr.write(`${lines.slice(-20).join("\n")}\n`);
  return code === 0;
}

async function installPrograms(wanted) {
  const missing = wanted.filter(({ programs }) => !programs.some(onPath));
  if (missing.length === 0) return;
  const names = missing.map(({ programs }) => programs[0]).join(", ");
  const packages = [...new Set(missing.map(({ packageName }) => packageName))];
  const advice = `Install ${packages.join(", ")} (on Debian or Ubuntu \`sudo apt-get install ${packages.join(" ")}\`, on macOS \`brew install ${packages.join(" ")}\`), then run this again.`;
  const apt = aptGet();
  if (apt === undefined) stop(`${names} ${missing.length > 1 ? "are" : "is"} missing. ${advice}`);

  say(`installing ${packages.join(", ")} with apt-get (a minute or two)`);
  const updated = await patiently("apt-get", () => runAptGet(apt, ["update"]));
  const install = ["install", "-y", "--no-install-recommends", ...packages];
  const installed = updated && (await patiently("apt-get", () => runAptGet(apt, install)));
  const still = missing.filter(({ programs }) => !programs.some(onPath)).map(({ programs }) => programs[0]);
  if (!installed || still.length > 0) stop(`${still.join(", ") || names} could not be installed, see above. ${advice}`);
}

checkNode();
// First what may need a person.
await installPrograms(process.argv.includes("--tests") ? [...forDemo, ...forTests] : forDemo);
await installPackages();
