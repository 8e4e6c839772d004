import { BlockList, isIP } from "node:net";
import { FramewatchError } from "../errors.js";

/**
 * Addresses that are no public host, with what they are. IANA IPv4 and IPv6 Special-Purpose Address Registries; whole
 * blocks are taken also where the registry excepts a few addresses of them.
 */
const specialIpv4: readonly (readonly [network: string, prefix: number, name: string])[] = [
  ["0.0.0.0", 8, "unspecified"],
  ["10.0.0.0", 8, "private"],
  ["100.64.0.0", 10, "carrier-grade NAT"],
  ["127.0.0.0", 8, "loopback"],
  ["169.254.0.0", 16, "link-local"],
  ["172.16.0.0", 12, "private"],
  ["192.0.0.0", 24, "protocol assignment"],
  ["192.0.2.0", 24, "documentation"],
  ["192.88.99.0", 24, "6to4 relay"],
  ["192.168.0.0", 16, "private"],
  ["198.18.0.0", 15, "benchmarking"],
  ["198.51.100.0", 24, "documentation"],
  ["203.0.113.0", 24, "documentation"],
  ["224.0.0.0", 4, "multicast"],
  ["240.0.0.0", 4, "reserved"],
];

const specialIpv6: readonly (readonly [network: string, prefix: number, name: string])[] = [
  // An IPv4 address inside an IPv6 one (mapped, or behind NAT64) is as public as it is by itself.
  ...specialIpv4.flatMap(([network, prefix, name]) => [
    [`::ffff:${network}`, 96 + prefix, name] as const,
    [`64:ff9b::${network}`, 96 + prefix, name] as const,
  ]),
  ["::", 128, "unspecified"],
  ["::1", 128, "loopback"],
  ["fc00::", 7, "private"],
  ["fe80::", 10, "link-local"],
  ["ff00::", 8, "multicast"],
  ["2001::", 23, "protocol assignment"],
  ["2001:db8::", 32, "documentation"],
  ["2002::", 16, "6to4"],
  ["3fff::", 20, "documentation"],
];

const specialNetworks = [
  ...specialIpv4.map(([network, prefix, name]) => ({ name, list: networkOf(network, prefix) })),
  ...specialIpv6.map(([network, prefix, name]) => ({ name, list: networkOf(network, prefix) })),
];

/** All that can be public in IPv6: global unicast, and IPv4 addresses mapped or behind NAT64. */
const publicIpv6 = new BlockList();
publicIpv6.addSubnet("2000::", 3, "ipv6");
publicIpv6.addSubnet("::ffff:0:0", 96, "ipv6");
publicIpv6.addSubnet("64:ff9b::", 96, "ipv6");

function networkOf(network: string, prefix: number): BlockList {
  const list = new BlockList();
  list.addSubnet(network, prefix, isIP(network) === 6 ? "ipv6" : "ipv4");
  return list;
}

function holds(list: BlockList, address: string): boolean {
  return list.check(address, isIP(address) === 6 ? "ipv6" : "ipv4");
}

/**
 * What a numeric address is when it is not a public one: `private`, `loopback`, `link-local` …; undefined for a public
 * address. What is no numeric address at all is `invalid`.
 */
export function specialAddress(address: string): string | undefined {
  // A zone (`fe80::1%eth0`) only makes sense on the local link.
  if (address.includes("%")) return "link-local";
  const version = isIP(address);
  if (version === 0) return "invalid";
  const special = specialNetworks.find(({ list }) => holds(list, address));
  if (special !== undefined) return special.name;
  return version === 6 && !holds(publicIpv6, address) ? "reserved" : undefined;
}

/** A host that the operator allows although its address is not public. */
export interface AllowedHost {
  /** The name that must be asked for; absent where a network is allowed. */
  readonly hostname?: string;
  readonly network?: BlockList;
  /** Absent: every port. */
  readonly port?: number;
}

/**
 * One entry of FRAMEWATCH_ALLOW_HOSTS: a host, `host:port`, an address (IPv6 with a port in brackets) or a CIDR network.
 *
 * @throws FramewatchError `configuration` when it is none of these
 */
export function parseAllowedHost(entry: string): AllowedHost {
  const wrong = () =>
    new FramewatchError(
      "configuration",
      `FRAMEWATCH_ALLOW_HOSTS holds ${JSON.stringify(entry)}; allowed are host, host:port, address and CIDR network.`,
    );
  const text = entry.trim();
  const [, network, prefix] = /^([0-9a-f:.]+)\/(\d{1,3})$/i.exec(text) ?? [];
  if (network !== undefined) {
    const bits = isIP(network) === 6 ? 128 : 32;
    if (isIP(network) === 0 || Number(prefix) > bits) throw wrong();
    return { network: networkOf(network, Number(prefix)) };
  }
  if (isIP(text) === 6) return { network: networkOf(text, 128) };
  const [, bracketed, name, portText] = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+))(?::(\d{1,5}))?$/i.exec(text) ?? [];
  const port = portText === undefined ? undefined : Number(portText);
  if ((port !== undefined && (port < 1 || port > 65535)) || (bracketed !== undefined && isIP(bracketed) !== 6)) throw wrong();
  const host = bracketed ?? name;
  if (host === undefined) throw wrong();
  const where = isIP(host) === 0 ? { hostname: plainHostname(host) } : { network: networkOf(host, isIP(host) === 6 ? 128 : 32) };
  return { ...where, ...(port !== undefined && { port }) };
}

/** The host as addresses and rules are compared: lower case, without brackets and without the root's dot. */
export function plainHostname(hostname: string): string {
  return hostname
    .toLowerCase()
    .replace(/^\[(.*)\]$/, "$1")
    .replace(/\.$/, "");
}

/** True when one of the entries allows `address`, which was asked for as `hostname` (an address itself, or a name). */
export function isAllowedHost(allowed: readonly AllowedHost[], hostname: string, port: number, address: string): boolean {
  return allowed.some(
    (entry) =>
      (entry.port === undefined || entry.port === port) &&
      (entry.hostname === undefined
        ? entry.network !== undefined && isIP(address) !== 0 && holds(entry.network, address)
        : entry.hostname === plainHostname(hostname)),
  );
}
