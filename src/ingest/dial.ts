import { lookup as systemLookup } from "node:dns/promises";
import { once } from "node:events";
import { connect, isIP, type Socket } from "node:net";
import { FramewatchError } from "../errors.js";
import { plainHostname } from "./addresses.js";
import { permittedAddresses, type SourceRules } from "./source-guard.js";

export type EgressRules = Pick<SourceRules, "trusted" | "allowHosts">;

/** The addresses of a host name. */
export type Lookup = (hostname: string) => Promise<readonly string[]>;

const connectTimeoutMilliseconds = 10_000;

/**
 * Connects to a host: resolves its name once, checks every address, and dials only what it has checked, so that a name
 * that means something else a moment later (DNS rebinding) gains nothing.
 *
 * @throws FramewatchError `source-forbidden`, `source-unreachable`; the signal's reason
 */
export async function dialChecked(
  host: string,
  port: number,
  rules: EgressRules,
  lookup: Lookup = resolveBySystem,
  signal?: AbortSignal,
): Promise<Socket> {
  const hostname = plainHostname(host);
  let lastError: unknown;
  for (const address of await checkedAddresses(host, port, rules, lookup, signal)) {
    try {
      return await connectTo(address, port, signal);
    } catch (error) {
      signal?.throwIfAborted();
      lastError = error;
    }
  }
  throw new FramewatchError("source-unreachable", `${hostname}:${port} does not answer.`, { cause: lastError });
}

/**
 * The addresses of a host that may be dialled: its name is resolved once, each address checked.
 *
 * @throws FramewatchError `source-forbidden`, `source-unreachable`; the signal's reason
 */
export async function checkedAddresses(
  host: string,
  port: number,
  rules: EgressRules,
  lookup: Lookup = resolveBySystem,
  signal?: AbortSignal,
): Promise<readonly string[]> {
  const hostname = plainHostname(host);
  let addresses: readonly string[];
  try {
    addresses = isIP(hostname) === 0 ? await unlessAborted(lookup(hostname), signal) : [hostname];
  } catch (cause) {
    signal?.throwIfAborted();
    throw new FramewatchError("source-unreachable", `The name ${hostname} has no address.`, { cause });
  }
  return permittedAddresses(hostname, port, addresses, rules);
}

async function resolveBySystem(hostname: string): Promise<readonly string[]> {
  return (await systemLookup(hostname, { all: true })).map(({ address }) => address);
}

/** A look-up cannot be stopped: who no longer waits does not hear what came of it. */
function unlessAborted<Value>(work: Promise<Value>, signal: AbortSignal | undefined): Promise<Value> {
  if (signal === undefined) return work;
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}

async function connectTo(address: string, port: number, signal: AbortSignal | undefined): Promise<Socket> {
  const socket = connect({ host: address, port });
  const giveUp = (): void => void socket.destroy(new Error(`it did not accept within ${connectTimeoutMilliseconds / 1000} s`));
  socket.setTimeout(connectTimeoutMilliseconds, giveUp);
  try {
    await once(socket, "connect", signal === undefined ? {} : { signal });
  } catch (error) {
    socket.on("error", () => undefined);
    socket.destroy();
    throw error;
  }
  socket.setTimeout(0, giveUp);
  return socket;
}
