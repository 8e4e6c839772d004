import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, readFile, stat } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { setTimeout as pause } from "node:timers/promises";
import type * as Sdk from "@aws-sdk/client-s3";
import type * as Presigner from "@aws-sdk/s3-request-presigner";
import { FramewatchError } from "./errors.js";
import { s3Settings } from "./s3-settings.js";
import { checkedKey, checkedPrefix, type Store, type StoreBody } from "./store.js";

const require = createRequire(import.meta.url);
/** Loaded when they are first needed: who writes into a folder starts without them. */
const sdk = (): typeof Sdk => require("@aws-sdk/client-s3") as typeof Sdk;
const presigner = (): typeof Presigner => require("@aws-sdk/s3-request-presigner") as typeof Presigner;

/** How long a link of `Store.link` opens, in seconds; it ends earlier where the credentials that signed it do. */
const linkSeconds = 3600;

/** How often a conflict with another writer, or a body that broke off, is tried. */
const attempts = 4;

/** How often an object that others write, too, is tried to be changed. */
const updateAttempts = 30;

/** How long two writers of one key may overlap, in milliseconds, where S3 does not order them for us. */
const overlapMilliseconds = 250;

/** A connection that does not open, or falls silent, must not hold up a job, or the end of this process, for ever. */
const timeouts = { connectionTimeout: 5_000, socketTimeout: 30_000 };

/** One client per endpoint serves the process: it keeps credentials and connections. */
interface Connection {
  readonly client: Sdk.S3Client;
  /** It refuses `If-None-Match: *` on a key that is there; undefined until that was seen or tried. */
  honoursConditions?: boolean;
}
const connections = new Map<string, Connection>();

function connect(): Connection {
  const { AWS_ENDPOINT_URL_S3: s3Endpoint, AWS_ENDPOINT_URL: anyEndpoint } = process.env;
  const endpoint = s3Endpoint ?? anyEndpoint ?? "";
  let connection = connections.get(endpoint);
  if (connection === undefined) {
    // Without a log of its own the SDK writes about streams and retries to the console, past ours.
    const logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
    const client = new (sdk().S3Client)({ ...s3Settings(), requestHandler: timeouts, logger });
    connection = { client };
    connections.set(endpoint, connection);
  }
  return connection;
}

/**
 * A store under an S3 prefix, which is empty or ends in `/`. Credentials, region and endpoint come from the AWS SDK's own
 * chain; with a custom endpoint path-style addresses are used. The role needs s3:GetObject, s3:PutObject and s3:DeleteObject
 * there, and s3:ListBucket on the bucket: without it S3 says 'denied' where it means 'none'.
 */
export function openS3Store(bucket: string, prefix: string): Store {
  return storeUnder(connect(), bucket, prefix);
}

function storeUnder(connection: Connection, bucket: string, prefix: string): Store {
  const { client } = connection;
  const { DeleteObjectCommand, GetObjectCommand, HeadObjectCommand } = sdk();
  const at = (key: string) => ({ Bucket: bucket, Key: prefix + checkedKey(key) });
  const name = (key: string) => `s3://${bucket}/${prefix}${key}`;

  const read = async (key: string) => {
    const { Body: body } = await client.send(new GetObjectCommand(at(key)));
    if (!(body instanceof Readable)) throw new Error("the answer has no body");
    return body;
  };

  return {
    url: name(""),

    async put(key, body, contentType) {
      await reporting(`cannot write ${name(key)}`, () => write(client, { ...at(key), ContentType: contentType }, body));
    },

    async create(key, body, contentType) {
      const object = { ...at(key), ContentType: contentType };
      return reporting(`cannot write ${name(key)}`, () => create(connection, object, body));
    },

    async update(key, change, contentType) {
      const object = { ...at(key), ContentType: contentType };
      for (let attempt = 1; ; attempt += 1) {
        const seen = await reporting(`cannot read ${name(key)}`, () => readTagged(client, at(key)));
        const next = change(seen?.bytes);
        if (next === undefined) return;
        if (await reporting(`cannot write ${name(key)}`, () => writeOver(connection, object, next, seen))) return;
        if (attempt === updateAttempts) throw new FramewatchError("store-unavailable", `others write ${name(key)} all the time`);
        await pause(Math.random() * 50 * attempt);
      }
    },

    async get(key) {
      return reporting(`cannot read ${name(key)}`, () =>
        read(key).then(async (body) => Buffer.concat(await body.toArray()), whenStatus(404, undefined)),
      );
    },

    async has(key) {
      return reporting(`cannot read ${name(key)}`, () =>
        client.send(new HeadObjectCommand(at(key))).then(() => true, whenStatus(404, false)),
      );
    },

    async download(key, file) {
      return reporting(`cannot copy ${name(key)} to ${file}`, async () => {
        await mkdir(path.dirname(file), { recursive: true });
        return persistently(isPassing, async () => {
          const body = await read(key).catch(whenStatus(404, undefined));
          if (body === undefined) return false;
          await pipeline(body, createWriteStream(file));
          return true;
        });
      });
    },

    async remove(key) {
      await reporting(`cannot remove ${name(key)}`, () => client.send(new DeleteObjectCommand(at(key))));
    },

    async link(key) {
      return reporting(`cannot make a link to ${name(key)}`, () =>
        presigner().getSignedUrl(client, new GetObjectCommand(at(key)), { expiresIn: linkSeconds }),
      );
    },

    under: (more) => storeUnder(connection, bucket, prefix + checkedPrefix(more)),
  };
}

interface PutFacts {
  readonly Bucket: string;
  readonly Key: string;
  readonly ContentType: string;
  readonly IfNoneMatch?: "*";
  readonly IfMatch?: string;
}

interface Tagged {
  readonly bytes: Buffer;
  readonly tag: string | undefined;
}

async function readTagged(
  client: Sdk.S3Client,
  place: { readonly Bucket: string; readonly Key: string },
): Promise<Tagged | undefined> {
  const { GetObjectCommand } = sdk();
  const answer = await client.send(new GetObjectCommand(place)).catch(whenStatus(404, undefined));
  if (answer === undefined) return undefined;
  return { bytes: Buffer.from((await answer.Body?.transformToByteArray()) ?? []), tag: answer.ETag };
}

/** Writes over what was seen, and nothing else; false where something else is there by now. */
async function writeOver(connection: Connection, facts: PutFacts, body: string, seen: Tagged | undefined): Promise<boolean> {
  if (seen === undefined) return create(connection, facts, body);
  const condition = seen.tag === undefined ? {} : { IfMatch: seen.tag };
  const { PutObjectCommand } = sdk();
  try {
    await connection.client.send(new PutObjectCommand({ ...facts, ...condition, Body: body }));
    return true;
  } catch (error) {
    // 412: another object is there; 404: none any more; 409: somebody writes it at this moment.
    if ([404, 409, 412].includes(statusOf(error) ?? 0)) return false;
    if (statusOf(error) !== 501) throw error;
    // A maker that knows no conditions says so.
    await connection.client.send(new PutObjectCommand({ ...facts, Body: body }));
    return true;
  }
}

/**
 * Creates an object where none is. S3 itself lets one of many writers win; makers that take no notice of the condition
 * (found out by writing the same once more) are made to agree by looking, after a while, whose bytes have stayed.
 */
async function create(connection: Connection, facts: PutFacts, body: StoreBody): Promise<boolean> {
  const { client } = connection;
  const { GetObjectCommand, HeadObjectCommand } = sdk();
  const { Bucket, Key } = facts;
  const isThere = () => client.send(new HeadObjectCommand({ Bucket, Key })).then(() => true, whenStatus(404, false));
  const putIfNone = () => write(client, { ...facts, IfNoneMatch: "*" }, body).then(() => true, whenStatus(412, false));

  if (connection.honoursConditions !== true && (await isThere())) return false;
  if (!(await putIfNone())) {
    connection.honoursConditions = true;
    return false;
  }
  connection.honoursConditions ??= !(await putIfNone());
  if (connection.honoursConditions) return true;
  await pause(overlapMilliseconds);
  const { Body: stayed } = await client.send(new GetObjectCommand({ Bucket, Key }));
  return bytesOf(body).then(async (ours) => ours.equals((await stayed?.transformToByteArray()) ?? Buffer.alloc(0)));
}

const bytesOf = async (body: StoreBody): Promise<Buffer> =>
  typeof body === "string" ? Buffer.from(body) : "file" in body ? readFile(body.file) : Buffer.from(body);

async function write(client: Sdk.S3Client, facts: PutFacts, body: StoreBody): Promise<void> {
  const { PutObjectCommand } = sdk();
  if (!(typeof body === "object" && "file" in body)) {
    await persistently(
      (error) => statusOf(error) === 409,
      () => client.send(new PutObjectCommand({ ...facts, Body: body })),
    );
    return;
  }
  const { size } = await stat(body.file);
  await persistently(
    (error) => statusOf(error) === 409 || isPassing(error),
    async () => {
      // Told its last byte, a stream ends with it. One that looks for more may be overtaken by the answer, and a request that is
      // left before it has ended keeps its connection.
      const content = createReadStream(body.file, { end: Math.max(0, size - 1) });
      try {
        await client.send(new PutObjectCommand({ ...facts, Body: content, ContentLength: size }));
      } finally {
        // An answer may come early: nobody would read on, and the file would stay open for ever.
        content.destroy();
      }
    },
  );
}

/** Tries again where the SDK does not: a stream cannot be sent or received twice, and a conflict is no failure to it. */
async function persistently<T>(mayPass: (error: unknown) => boolean, act: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await act();
    } catch (error) {
      if (attempt === attempts || !mayPass(error)) throw error;
      await pause(200 * 2 ** attempt * (0.5 + Math.random() / 2));
    }
  }
}

/** The connection broke, or S3 was busy. Errors of the local disk are neither. */
function isPassing(error: unknown): boolean {
  const status = statusOf(error);
  if (status !== undefined) return status >= 500 || status === 429;
  return !(error instanceof Error && "syscall" in error && "path" in error);
}

const statusOf = (error: unknown): number | undefined =>
  error instanceof sdk().S3ServiceException ? error.$metadata.httpStatusCode : undefined;

/** Turns one HTTP status of S3 into a value; other errors stay errors. */
function whenStatus<T>(status: number, value: T): (error: unknown) => T {
  return (error) => {
    if (statusOf(error) !== status) throw error;
    return value;
  };
}

async function reporting<T>(what: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (cause) {
    const reason =
      statusOf(cause) === 403
        ? "access denied (the role needs s3:GetObject, s3:PutObject and s3:DeleteObject there, and s3:ListBucket on the bucket)"
        : cause instanceof Error
          ? cause.message || cause.name
          : String(cause);
    throw new FramewatchError("store-unavailable", `${what}: ${reason}`, { cause });
  }
}
