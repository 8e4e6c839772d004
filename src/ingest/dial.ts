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
 * @throws FramewatchError `source-forbidden`, `source-unreachable`
 */
export async function dialChecked(
  host: string,
  port: number,
  rules: EgressRules,
  lookup: Lookup = resolveBySystem,
): Promise<Socket> {
  const hostname = plainHostname(host);
  let addresses: readonly string[];
  try {
    addresses = isIP(hostname) === 0 ? await lookup(hostname) : [hostname];
  } catch (cause) {
    throw new FramewatchError("source-unreachable", `The name ${hostname} has no address.`, { cause });
  }
  let lastError: unknown;
  for (const address of permittedAddresses(hostname, port, addresses, rules)) {
    try {
      return await connectTo(address, port);
    } catch (error) {
      lastError = error;
    }
  }
  throw new FramewatchError("source-unreachable", `${hostname}:${port} does not answer.`, { cause: lastError });
}

async function resolveBySystem(hostname: string): Promise<readonly string[]> {
  return (await systemLookup(hostname, { all: true })).map(({ address }) => address);
}

async function connectTo(address: string, port: number): Promise<Socket> {
  const socket = connect({ host: address, port });
  const giveUp = (): void => void socket.destroy(new Error(`it did not accept within ${connectTimeoutMilliseconds / 1000} s`));
  socket.setTimeout(connectTimeoutMilliseconds, giveUp);
  await once(socket, "connect");
  socket.setTimeout(0, giveUp);
  return socket;
}
