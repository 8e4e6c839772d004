import { isIP } from "node:net";
import { displaySource } from "../../display-source.js";
import { FramewatchError } from "../../errors.js";

/** A live source that is no URL of http(s), taken apart; what of its query means nothing to us is gone. */
export type LiveAddress = UdpAddress | SrtAddress | RtmpAddress;

/** A group that is joined, or an address of this machine on which datagrams are awaited. */
export interface UdpAddress {
  readonly protocol: "udp";
  readonly host: string;
  readonly port: number;
  /** Address of the interface that joins a group. */
  readonly localAddress?: string;
  /** Senders that count; all where empty. */
  readonly senders: readonly string[];
}

export interface SrtAddress {
  readonly protocol: "srt";
  readonly host: string;
  readonly port: number;
  readonly mode: "caller" | "listener";
  readonly streamId?: string;
  readonly passphrase?: string;
  readonly latencyMicroseconds?: number;
  readonly keyBytes?: number;
}

export interface RtmpAddress {
  readonly protocol: "rtmp";
  readonly host: string;
  readonly port: number;
  /** rtmps. */
  readonly isSecure: boolean;
  readonly app: string;
  /** Name of the stream, with what the URL says behind it. */
  readonly playPath: string;
  /** `user:password`, as the URL spells it. */
  readonly credentials?: string;
}

/** Options that others write into such URLs, and that change nothing for a reader as ours. */
const meaningless = [
  "pkt_size",
  "fifo_size",
  "buffer_size",
  "overrun_nonfatal",
  "timeout",
  "reuse",
  "ttl",
  "transtype",
  "connect_timeout",
];

/**
 * Takes the URL of a live source apart. Nothing is looked up, nothing is allowed or forbidden here.
 * @throws FramewatchError `source-forbidden` for what is no URL, `source-unsupported` for protocols and options that are not known
 */
export function parseLiveAddress(source: string): LiveAddress {
  const [, scheme = "", credentials, bracketed, name, portText, path = "", query = ""] =
    /^([a-z]+):\/\/(?:([^@/?#\s]*)@)?(?:\[([0-9a-f:.]+)\]|([\w.-]*))(?::(\d{1,5}))?(\/[^?#\s]*)?(?:\?([^#\s]*))?(?:#\S*)?$/i.exec(
      source,
    ) ?? [];
  const protocol = scheme.toLowerCase();
  const host = (bracketed ?? name ?? "").toLowerCase();
  const port = portText === undefined ? undefined : Number(portText);
  if (protocol === "" || port === 0 || (port ?? 1) > 65_535) throw wrong(source, "is no URL of a live source");
  switch (protocol) {
    case "udp":
      return parseUdp(source, host, port, query);
    case "srt":
      return parseSrt(source, host, port, query);
    case "rtmp":
    case "rtmps":
      return parseRtmp(source, { host, port, isSecure: protocol === "rtmps", path, query, credentials });
    default:
      throw unsupported(source, `${protocol}:// is not read; udp, srt, rtmp, rtmps and http(s) are`);
  }
}

function parseUdp(source: string, host: string, port: number | undefined, query: string): UdpAddress {
  const options = optionsOf(source, query, ["localaddr", "sources"]);
  const localAddress = options.get("localaddr");
  const senders = (options.get("sources") ?? "").split(",").filter((sender) => sender !== "");
  if (port === undefined) throw wrong(source, "names no port");
  if ([...senders, ...(localAddress === undefined ? [] : [localAddress])].some((address) => isIP(address) === 0))
    throw wrong(source, "names what is no address as localaddr or sources");
  return { protocol: "udp", host: host || "0.0.0.0", port, senders, ...(localAddress !== undefined && { localAddress }) };
}

function parseSrt(source: string, host: string, port: number | undefined, query: string): SrtAddress {
  const options = optionsOf(source, query, ["mode", "streamid", "passphrase", "latency", "pbkeylen"]);
  const mode = options.get("mode") ?? (host === "" ? "listener" : "caller");
  const [streamId, passphrase, latency, keyBytes] = ["streamid", "passphrase", "latency", "pbkeylen"].map((key) =>
    options.get(key),
  );
  if (mode !== "caller" && mode !== "listener") throw unsupported(source, "its mode is neither caller nor listener");
  if (port === undefined || (host === "" && mode === "caller")) throw wrong(source, "names no host and port");
  if (latency !== undefined && !/^\d{1,9}$/.test(latency)) throw wrong(source, "has a latency that is no number of microseconds");
  if (keyBytes !== undefined && !/^(0|16|24|32)$/.test(keyBytes)) throw wrong(source, "has a pbkeylen that is not 16, 24 or 32");
  // SRT counts bytes; libsrt refuses others in the middle of connecting.
  if (passphrase !== undefined && !/^.{10,79}$/.test(passphrase))
    throw wrong(source, "has a passphrase that is not 10 to 79 letters long");
  if (streamId !== undefined && streamId.length > 512) throw wrong(source, "has a streamid of more than 512 letters");
  return {
    protocol: "srt",
    host: host || "0.0.0.0",
    port,
    mode,
    ...(streamId !== undefined && { streamId }),
    ...(passphrase !== undefined && { passphrase }),
    ...(latency !== undefined && { latencyMicroseconds: Number(latency) }),
    ...(keyBytes !== undefined && { keyBytes: Number(keyBytes) }),
  };
}

function parseRtmp(
  source: string,
  parts: Pick<RtmpAddress, "host" | "isSecure"> & {
    readonly port: number | undefined;
    readonly path: string;
    readonly query: string;
    readonly credentials: string | undefined;
  },
): RtmpAddress {
  const { host, port, isSecure, path, query, credentials } = parts;
  const names = path.split("/").filter((name) => name !== "");
  const last = names.pop();
  if (host === "" || last === undefined || names.length === 0)
    throw wrong(source, "does not name a host, an application and a stream");
  if (new URLSearchParams(query).has("listen")) throw unsupported(source, "RTMP is only fetched, not awaited");
  return {
    protocol: "rtmp",
    host,
    port: port ?? (isSecure ? 443 : 1935),
    isSecure,
    app: names.join("/"),
    // A token behind the name is for the server, which gets it as it is; to ffmpeg it is no option.
    playPath: query === "" ? last : `${last}?${query}`,
    ...(credentials && { credentials }),
  };
}

/** @throws FramewatchError `source-unsupported` for an option that would mean something, if it were obeyed */
function optionsOf(source: string, query: string, known: readonly string[]): ReadonlyMap<string, string> {
  // Not URLSearchParams: to the programs that made these URLs common, `+` is a letter like others.
  const options = new Map<string, string>();
  for (const part of query.split("&").filter((text) => text !== "")) {
    const [key = "", ...value] = part.split("=");
    if (meaningless.includes(key)) continue;
    if (!known.includes(key))
      throw unsupported(source, `it has the option ${JSON.stringify(key)}; known are ${known.join(", ")}`);
    try {
      options.set(key, decodeURIComponent(value.join("=")));
    } catch (cause) {
      throw wrong(source, `has an option ${key} that is wrongly encoded`, cause);
    }
  }
  return options;
}

function wrong(source: string, reason: string, cause?: unknown): FramewatchError {
  return new FramewatchError("source-forbidden", `${JSON.stringify(displaySource(source))} ${reason}.`, { cause });
}

function unsupported(source: string, reason: string): FramewatchError {
  return new FramewatchError("source-unsupported", `${displaySource(source)} cannot be read: ${reason}.`);
}
