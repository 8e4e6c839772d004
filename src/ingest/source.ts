import { statSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { displaySource } from "../display-source.js";
import { FramewatchError } from "../errors.js";
import type { EgressProxy } from "./egress-proxy.js";
import { requestHttpFacts } from "./http-facts.js";
import { formatWhitelist } from "./media-formats.js";
import type { MediaInput } from "./media-input.js";
import { fileResources, httpResources, type ReadResource } from "./read-resource.js";
import type { S3Gateway } from "./s3-gateway.js";
import { checkSource, type CheckedSource, type SourceRules } from "./source-guard.js";

/** By which rules and through what a source is read. */
export interface SourceAccess extends SourceRules {
  readonly proxy: EgressProxy;
  readonly s3: S3Gateway;
}

/** A source that is there and may be read. */
export interface OpenedSource {
  /** For the ffmpeg children; good until `close`. */
  readonly input: MediaInput;
  /** The source for people: without user name, password, query and fragment. */
  readonly displayName: string;
  /** What tells this content from another one at the same place: ETag, or size and date. */
  readonly version?: string;
  readonly bytes?: number;
  /** Where it lies, and how what it names is read by the same rules; absent where it may not name anything. */
  readonly resources?: { readonly url: URL; readonly read: ReadResource };
  /** Why what was read is not all there is, or not of one piece; undefined as long as nothing is known against it. */
  incompleteReason(): string | undefined;
  /** Why reading failed, where we know better than the child's message. */
  failure(): FramewatchError | undefined;
  /** Ends what is being read. */
  close(): void;
}

/**
 * Checks that a source may be read and is there, and opens the way to it for ffmpeg.
 *
 * @throws FramewatchError `source-forbidden`, `source-unsupported`, `source-not-found`, `source-denied`,
 *   `source-unreachable`, `source-unavailable`
 */
export async function openSource(source: string, access: SourceAccess): Promise<OpenedSource> {
  const checked = await checkSource(source, access);
  const displayName = displaySource(source);
  switch (checked.kind) {
    case "file":
      return openFile(checked, displayName, access.trusted);
    case "http":
      return openHttp(checked.url, displayName, access);
    case "s3":
      return openS3(checked.bucket, checked.key, displayName, access.s3);
    case "live":
      throw new FramewatchError(
        "source-unsupported",
        `${displayName} is a live source, without an end: \`framewatch watch\` or a job of mode "live" reads it.`,
      );
  }
}

function openFile(file: CheckedSource & { kind: "file" }, displayName: string, trusted: boolean): OpenedSource {
  const url = `file:${file.path}`;
  const changed = (): string | undefined => {
    const now = statSync(file.path, { throwIfNoEntry: false });
    return now?.size === file.bytes && now.mtimeMs === file.modifiedMilliseconds
      ? undefined
      : "the file changed while it was read";
  };
  return {
    input: {
      kind: "file",
      url,
      // Who may read everything may also read a playlist with what it names; never from the network, though.
      inputOptions: [
        "-protocol_whitelist",
        trusted ? "file,crypto,data" : "file",
        "-format_whitelist",
        formatWhitelist(url, trusted),
      ],
      environment: {},
    },
    displayName,
    version: `${file.bytes}-${new Date(file.modifiedMilliseconds).toISOString()}`,
    bytes: file.bytes,
    ...(trusted ? { resources: { url: pathToFileURL(file.path), read: fileResources } } : {}),
    incompleteReason: changed,
    failure: () =>
      changed() === undefined ? undefined : new FramewatchError("source-changed", `${displayName} changed while it was read.`),
    close: () => undefined,
  };
}

async function openHttp(url: URL, displayName: string, access: SourceAccess): Promise<OpenedSource> {
  const egress = access.proxy.admit(access);
  try {
    const facts = await requestHttpFacts(url, egress, access);
    return {
      input: {
        kind: "http",
        url: url.href,
        inputOptions: [
          "-protocol_whitelist",
          "http,https,tls,tcp,httpproxy,crypto,data",
          "-format_whitelist",
          formatWhitelist(url.href, true),
        ],
        environment: egress.environment,
      },
      displayName,
      ...facts,
      resources: { url, read: httpResources(egress, access) },
      incompleteReason: egress.incompleteReason,
      failure: egress.failure,
      close: egress.close,
    };
  } catch (error) {
    egress.close();
    throw error;
  }
}

async function openS3(bucket: string, key: string, displayName: string, gateway: S3Gateway): Promise<OpenedSource> {
  const object = await gateway.open(bucket, key);
  return {
    input: {
      kind: "s3",
      url: object.url,
      inputOptions: [
        "-protocol_whitelist",
        "http,tcp",
        "-format_whitelist",
        formatWhitelist(object.url, false),
        "-seekable",
        "1",
      ],
      environment: object.environment,
    },
    displayName,
    version: object.version,
    bytes: object.bytes,
    incompleteReason: () => object.failure()?.message,
    failure: object.failure,
    close: object.close,
  };
}
