import type { IncomingMessage } from "node:http";
import type { EgressRules } from "./dial.js";
import { type Egress, statusFailure } from "./egress-proxy.js";
import { requestHttp } from "./http-request.js";

/** What a host says of a file before it is read. */
export interface HttpFacts {
  readonly bytes?: number;
  /** ETag, or size and date; absent where the host tells neither. */
  readonly version?: string;
}

/**
 * Asks for the first byte of a URL, through the same guard as the child's requests. A ranged GET, not a HEAD: hosts
 * refuse HEAD, and links signed for GET do not hold for it.
 *
 * @throws FramewatchError `source-not-found`, `source-denied`, `source-forbidden`, `source-unreachable`
 */
export function requestHttpFacts(source: URL, egress: Egress, rules: EgressRules): Promise<HttpFacts> {
  return requestHttp(source, { egress, rules, range: "bytes=0-0" }, ({ url, answer }) => factsOf(url, answer));
}

function factsOf(url: URL, { statusCode = 0, headers }: IncomingMessage): HttpFacts {
  const failure = statusFailure(url.host, statusCode);
  if (failure !== undefined) throw failure;
  const total =
    headers["content-range"] === undefined ? headers["content-length"] : /\/(\d+)$/.exec(headers["content-range"])?.[1];
  const bytes = total === undefined ? undefined : Number(total);
  const version =
    headers.etag ??
    (bytes !== undefined && headers["last-modified"] !== undefined ? `${bytes}-${headers["last-modified"]}` : undefined);
  return { ...(bytes !== undefined && { bytes }), ...(version !== undefined && { version }) };
}
