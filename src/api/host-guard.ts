/** By which names the API may be called: a foreign page must not reach it by a name of its own that leads here. */
import type { IncomingMessage } from "node:http";
import { isIP } from "node:net";
import { hostname } from "node:os";
import { Refusal } from "./refusal.js";

/**
 * Lets a request through that names an address, this machine, or the host that we listen at. A page in somebody's browser whose
 * name was made to resolve to our address (DNS rebinding) says that name; an address it cannot say without being of it.
 * @param listensAt the host that the server was told to listen at
 * @throws Refusal 421
 */
export function checkHost({ headers: { host } }: IncomingMessage, listensAt: string): void {
  // Only what is no browser leaves it out.
  if (host === undefined) return;
  const [, name = ""] = /^(\[[0-9a-f:.]+\]|[^:]*)(?::\d+)?$/i.exec(host.toLowerCase()) ?? [];
  const isAddress = isIP(name.replace(/^\[(.*)\]$/, "$1")) !== 0;
  const isOurs = [listensAt, hostname()].some((own) => own.toLowerCase() === name);
  if (isAddress || isOurs || /^([a-z0-9-]+\.)*localhost$/.test(name)) return;
  throw new Refusal(421, "Call this by an address, as localhost, by the machine's name, or by that of FRAMEWATCH_HTTP_HOST.");
}
