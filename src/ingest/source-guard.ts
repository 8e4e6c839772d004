import { realpath, stat } from "node:fs/promises";
import { isIP } from "node:net";
import { isAbsolute, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { displaySource } from "../display-source.js";
import { FramewatchError } from "../errors.js";
import { isAllowedHost, parseAllowedHost, plainHostname, specialAddress } from "./addresses.js";
import { type LiveAddress, parseLiveAddress } from "./live/live-address.js";

/** What may be read, by whom. */
export interface SourceRules {
  /** The person at the command line: may read whatever that person may read. */
  readonly trusted: boolean;
  /** Folders from which jobs may read. */
  readonly allowLocal: readonly string[];
  /** Private hosts, host:port or CIDR networks that jobs may read from. */
  readonly allowHosts: readonly string[];
  /** `address:port` of this machine on which jobs may wait for senders; none where absent. */
  readonly allowListen?: readonly string[];
}

export type SourceKind = "file" | "http" | "s3" | "live";

/** A source that may be read, taken apart. */
export type CheckedSource =
  | { readonly kind: "file"; readonly path: string; readonly bytes: number; readonly modifiedMilliseconds: number }
  | { readonly kind: "http"; readonly url: URL }
  | { readonly kind: "s3"; readonly bucket: string; readonly key: string }
  | { readonly kind: "live"; readonly address: LiveAddress };

const liveProtocols = /^(?:rtmp(?:|e|s|t|te|ts)|srt|udp|rtp|rtsps?|rist|tcp|mms[ht]?):/i;

/** What a source is, by its text alone; nothing is opened. What names no known protocol is taken for a local path. */
export function sourceKind(source: string): SourceKind {
  if (/^s3:\/\//i.test(source)) return "s3";
  if (/^https?:\/\//i.test(source)) return "http";
  return liveProtocols.test(source) ? "live" : "file";
}

/**
 * Holds a source against the rules, by its text and, for a local one, by the file system. The addresses behind host
 * names are checked where they are dialled, by the egress proxy.
 *
 * @throws FramewatchError `source-forbidden` (the message names what to allow), `source-unsupported`; for local files
 *   also `source-not-found` and `source-denied`
 */
export async function checkSource(source: string, rules: SourceRules): Promise<CheckedSource> {
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  if (source === "" || /[\u0000-\u001f\u007f]/.test(source)) {
    throw new FramewatchError(
      "source-forbidden",
      `The source ${JSON.stringify(displaySource(source))} is empty or holds control characters.`,
    );
  }
  switch (sourceKind(source)) {
    case "s3":
      return checkS3(source);
    case "http":
      return { kind: "http", url: checkHttp(source, rules) };
    case "live":
      return { kind: "live", address: checkLive(source, rules) };
    case "file":
      return checkFile(source, rules);
  }
}

function checkS3(source: string): CheckedSource {
  // The key is taken as it is: nothing is decoded, and `?`, `#`, `%` and `+` are letters.
  const [, bucket, key] = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])\/(.+)$/.exec(source) ?? [];
  if (bucket === undefined || key === undefined) {
    throw new FramewatchError(
      "source-forbidden",
      `${JSON.stringify(displaySource(source))} does not name a bucket and a key, s3://bucket/key.`,
    );
  }
  return { kind: "s3", bucket, key };
}

/** Names are looked up, and what they mean is checked, when the source is connected, each time anew. */
function checkLive(source: string, rules: SourceRules): LiveAddress {
  const address = parseLiveAddress(source);
  const { protocol, host, port } = address;
  if (protocol === "srt" && address.mode === "listener") checkListen(host, port, rules);
  else if (protocol === "udp" && isIP(host) !== 0 && !isMulticast(host)) checkListen(host, port, rules);
  else if (specialAddress(host) !== "invalid") permittedAddresses(host, port, [host], rules);
  return address;
}

/** True for an address of a group of receivers. */
export function isMulticast(address: string): boolean {
  return specialAddress(address) === "multicast";
}

/**
 * Refuses to wait for senders at an address of this machine, unless the rules allow it.
 * @throws FramewatchError `source-forbidden`
 */
export function checkListen(host: string, port: number, rules: Pick<SourceRules, "trusted" | "allowListen">): void {
  const place = host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
  if (rules.trusted || (rules.allowListen ?? []).includes(place)) return;
  throw new FramewatchError(
    "source-forbidden",
    `Jobs may wait for senders at ${place} when FRAMEWATCH_ALLOW_LISTEN holds ${place}.`,
  );
}

function checkHttp(source: string, rules: SourceRules): URL {
  let url: URL;
  try {
    url = new URL(source);
  } catch (cause) {
    throw new FramewatchError("source-forbidden", `${JSON.stringify(displaySource(source))} is no URL.`, { cause });
  }
  url.hash = "";
  checkUrl(url, rules);
  return url;
}

/**
 * Refuses a URL that leaves http(s) or whose host is written as an address that is not public. URL parsing has already
 * turned decimal, octal, hexadecimal and shortened addresses (`2130706433`, `0177.1`) into the usual form.
 *
 * @throws FramewatchError `source-forbidden`
 */
export function checkUrl(url: URL, rules: Pick<SourceRules, "trusted" | "allowHosts">): void {
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    throw new FramewatchError("source-forbidden", `${url.protocol} is no protocol that an http(s) source may lead to.`);
  }
  const hostname = plainHostname(url.hostname);
  if (specialAddress(hostname) !== "invalid") permittedAddresses(hostname, portOf(url), [hostname], rules);
}

/** The port that a URL names or means. */
export function portOf(url: URL): number {
  return url.port === "" ? (url.protocol === "https:" ? 443 : 80) : Number(url.port);
}

/**
 * Those of a host's addresses that may be dialled, in their order.
 *
 * @throws FramewatchError `source-forbidden` when there is none
 */
export function permittedAddresses(
  hostname: string,
  port: number,
  addresses: readonly string[],
  rules: Pick<SourceRules, "trusted" | "allowHosts">,
): readonly string[] {
  if (rules.trusted) return addresses;
  const allowed = rules.allowHosts.map(parseAllowedHost);
  const permitted = addresses.filter(
    (address) => specialAddress(address) === undefined || isAllowedHost(allowed, hostname, port, address),
  );
  if (permitted.length === 0) {
    // Which private address a name has is not told to those who may only send jobs.
    const kinds = [...new Set(addresses.map(specialAddress))].join(" and ");
    const host = hostname.includes(":") ? `[${hostname}]` : hostname;
    throw new FramewatchError(
      "source-forbidden",
      `${host}:${port} has a ${kinds} address; jobs may read from it when FRAMEWATCH_ALLOW_HOSTS holds ${host}:${port}.`,
    );
  }
  return permitted;
}

async function checkFile(source: string, rules: SourceRules): Promise<CheckedSource> {
  const path = pathOf(source, rules);
  let real: string;
  try {
    real = await realpath(path);
    if (!rules.trusted && !(await isUnder(real, rules.allowLocal))) throw forbiddenFile(source);
    const facts = await stat(real);
    if (!facts.isFile()) throw new FramewatchError("source-unsupported", `${source} is no regular file.`);
    return { kind: "file", path: real, bytes: facts.size, modifiedMilliseconds: facts.mtimeMs };
  } catch (cause) {
    if (cause instanceof FramewatchError) throw cause;
    // Outside the allowed folders nobody is told what exists.
    if (!rules.trusted && !rules.allowLocal.some((folder) => liesIn(path, resolve(folder)))) throw forbiddenFile(source);
    if (isMissing(cause)) throw new FramewatchError("source-not-found", `There is no file ${source}.`, { cause });
    throw new FramewatchError("source-denied", `${source} cannot be read: ${String(cause)}`, { cause });
  }
}

function pathOf(source: string, rules: SourceRules): string {
  if (/^file:\/\//i.test(source)) {
    try {
      return fileURLToPath(source);
    } catch (cause) {
      throw new FramewatchError("source-forbidden", `${JSON.stringify(source)} names no local file.`, { cause });
    }
  }
  if (rules.trusted || isAbsolute(source)) return resolve(source);
  throw new FramewatchError(
    "source-forbidden",
    `${JSON.stringify(displaySource(source))} is not s3://bucket/key, an http(s) URL or an absolute path: jobs may not read by other protocols.`,
  );
}

function forbiddenFile(source: string): FramewatchError {
  return new FramewatchError(
    "source-forbidden",
    `${source} is a local file in no folder that FRAMEWATCH_ALLOW_LOCAL allows jobs to read.`,
  );
}

async function isUnder(real: string, folders: readonly string[]): Promise<boolean> {
  for (const folder of folders) {
    const root = await realpath(folder).catch((cause: unknown) => {
      if (isMissing(cause)) return undefined;
      throw cause;
    });
    if (root !== undefined && liesIn(real, root)) return true;
  }
  return false;
}

function liesIn(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way !== "" && way !== ".." && !way.startsWith("../") && !isAbsolute(way);
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR");
}
