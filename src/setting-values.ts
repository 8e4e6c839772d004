import { isIP } from "node:net";
import { resolve } from "node:path";
import { z } from "zod";

/** An http or https URL with a path. */
export const httpUrl = z.string().regex(/^https?:\/\/[^\s/]+\/\S+$/);
const s3Prefix = /^s3:\/\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](\/\S*)?$/;
/** Where things are written: an S3 prefix, a `file:///` URL or a folder. */
export const place = z
  .string()
  .min(1)
  .refine((text) => !/^[a-z][a-z0-9+.-]*:\/\//i.test(text) || text.startsWith("file:///") || s3Prefix.test(text));
/** A folder; gives its absolute path. */
export const folder = z
  .string()
  .min(1)
  .transform((path) => resolve(path));
/** A host, host:port or CIDR network, an IPv6 address with port in brackets. */
export const hostPattern = /^(\[[0-9a-f:.]+\](:\d{1,5})?|[\w.-]+(:\d{1,5})?|[0-9a-f:.]+(\/\d{1,3})?)$/i;

/** What the pattern cannot count: ports end at 65535, the bits of a network at those of its address. */
export function isHostInRange(text: string): boolean {
  const [, network = "", bits] = /^(.*)\/(\d+)$/.exec(text) ?? [];
  if (bits !== undefined) return isIP(network) !== 0 && Number(bits) <= (isIP(network) === 6 ? 128 : 32);
  const [, address, host = "", port = "1"] = /^(?:\[(.*)\]|([^:]*))(?::(\d+))?$/.exec(text) ?? [];
  const isHost = address === undefined ? host !== "" || isIP(text) === 6 : isIP(address) === 6;
  return isHost && Number(port) >= 1 && Number(port) <= 65_535;
}

/** `address:port`, an IPv6 address in brackets. */
export function isPlace(text: string): boolean {
  const [, six, four, port] = /^(?:\[(.+)\]|([\d.]+)):(\d{1,5})$/.exec(text) ?? [];
  return isIP(six ?? four ?? "") === (six === undefined ? 4 : 6) && Number(port) >= 1 && Number(port) <= 65_535;
}

/** A number, or its digits as the environment gives them. */
export function wholeNumber(minimum: number, maximum: number) {
  return z
    .union([
      z.number(),
      z
        .string()
        .regex(/^\d{1,9}$/)
        .transform(Number),
    ])
    .pipe(z.int().min(minimum).max(maximum));
}
