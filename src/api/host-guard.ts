/** By which names the API may be called: a foreign page must not reach it by a name of its own that leads here. */
import type { IncomingMessage } from "node:http";
import { isIP } from "node:net";
import { hostname } from "node:os";
import { Refusal } from "./refusal.js";

/** Names that nobody can have in the public DNS: `framewatch` of a compose file, `framewatch.media.svc` of a cluster. */
const privateName = /^[a-z0-9_-]+$|\.(?:internal|local|localhost|svc)$/;

/**
 * Lets a request through that names an address, a name that is no public one, this machine, or the host that we listen at. A page
 * in somebody's browser whose name was made to resolve to our address (DNS rebinding) says that name; an address it cannot say
 * without being of it, and of others nobody can make a page. Private are names of one label,
 * `.localhost` (RFC 6761), `.local` (RFC 6762), `.internal` (reserved by ICANN), and `.svc`, which is no top-level domain.
 * @param listensAt the host that the server was told to listen at
 * @throws Refusal 421
 */
export function checkHost({ headers: { host } }: IncomingMessage, listensAt: string): void {
  // Only what is no browser leaves it out.
  if (host === undefined) return;
  const [, name = ""] = /^(\[[0-9a-f:.]+\]|[^:]*)(?::\d+)?$/i.exec(host.toLowerCase()) ?? [];
  const isAddress = isIP(name.replace(/^\[(.*)\]$/, "$1")) !== 0;
  const isOurs = [listensAt, hostname()].some((own) => own.toLowerCase() === name);
  if (isAddress || isOurs || privateName.test(name)) return;
  throw new Refusal(
    421,
    "Call this by an address, by a name without dots, by the machine's name, or by that of FRAMEWATCH_HTTP_HOST.",
  );
}
