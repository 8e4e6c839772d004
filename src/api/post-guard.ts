/** Who may change something by HTTP, and what a request that does must look like. */
import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { Refusal } from "./refusal.js";

const longestBodyBytes = 16 * 1024;

/**
 * Lets a request through that bears the token, and no other. Compared are hashes, in constant time, so that neither the
 * token's length nor its beginning can be found out by trying.
 * @throws Refusal 403 where there is no token to bear, 401 for none or another one
 */
export function checkToken({ headers: { authorization = "" } }: IncomingMessage, token: string | undefined): void {
  if (token === undefined)
    throw new Refusal(403, "Set FRAMEWATCH_HTTP_TOKEN, and send it as `authorization: Bearer …`: without it nothing is changed.");
  const [, borne = ""] = /^bearer +(\S+) *$/i.exec(authorization) ?? [];
  if (!timingSafeEqual(hash(borne), hash(token)))
    throw new Refusal(401, "The token of FRAMEWATCH_HTTP_TOKEN is needed, as `authorization: Bearer …`.", {
      "www-authenticate": 'Bearer realm="framewatch"',
    });
}

function hash(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}

/**
 * The request's body. JSON by its name only: a form of a foreign page cannot name it without asking first.
 * @throws Refusal 415, 413 above 16 KiB, 400 for what is no JSON
 */
export async function readJson(request: IncomingMessage): Promise<unknown> {
  const [type = ""] = (request.headers["content-type"] ?? "").split(";");
  if (type.trim().toLowerCase() !== "application/json") throw new Refusal(415, "The body must be application/json.");
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    // What is too long is read to its end all the same, for as long as requests may take: who still sends hears no answer.
    if (bytes <= longestBodyBytes) chunks.push(chunk);
  }
  if (bytes > longestBodyBytes) throw new Refusal(413, "The body must fit into 16 KiB.");
  try {
    return JSON.parse(Buffer.concat(chunks).toString("utf8"));
  } catch {
    throw new Refusal(400, "The body is no JSON.");
  }
}
