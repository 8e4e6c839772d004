import { appendFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Log } from "../../log.js";
import type { LiveRing } from "./live-source.js";

/** A ring that is being written. */
export interface OpenRing extends LiveRing {
  /** What comes next belongs to another stretch. */
  newStretch(): void;
  /**
   * Keeps bytes that arrived now; never waits. Their memory is the ring's from then on.
   * @param tables packets of the program tables in force before these bytes
   */
  write(bytes: Uint8Array, tables: () => Uint8Array): void;
  /** Removes what is kept. */
  close(): Promise<void>;
}

export interface RingOptions {
  /** The ring's folder is made in here. It may vanish. */
  readonly folder: string;
  /** Wall clock in milliseconds. */
  readonly now: () => number;
  readonly log: Pick<Log, "warn">;
  /** How far back it goes; default three minutes. */
  readonly mostMilliseconds?: number;
  /** Default 512 MiB. */
  readonly mostBytes?: number;
}

/** A part of the stream: a file, once it is written. */
interface Piece {
  readonly file: string;
  readonly stretch: number;
  /** Program tables, which stand in front where a cut begins with this piece. */
  readonly tables: Uint8Array;
  readonly fromMilliseconds: number;
  untilMilliseconds: number;
  bytes: number;
  written: Promise<void>;
}

const pieceMilliseconds = 2_000;
/** A piece is in memory until it is full. */
const mostPieceBytes = 4 * 1024 * 1024;
/** So many bytes may wait for a slow disk, until the ring is given up. */
const mostWaitingBytes = 64 * 1024 * 1024;

/** Opens a ring on disk. It never throws: where nothing can be written it is empty, and says so once in the log. */
export function openRing(options: RingOptions): OpenRing {
  const { folder, now, log, mostMilliseconds = 180_000, mostBytes = 512 * 1024 * 1024 } = options;
  const pieces: Piece[] = [];
  /** Of the last piece, until it goes to disk. */
  let chunks: Uint8Array[] = [];
  let coming: Piece | undefined;
  let stretch = 0;
  let keptBytes = 0;
  let waitingBytes = 0;
  let names = 0;
  let hasFailed = false;
  let isClosed = false;
  /** While somebody copies pieces, none is removed. */
  let cuts = 0;
  const ownFolder = mkdtemp(join(folder, "ring-"));
  ownFolder.catch(fail);
  let writing: Promise<unknown> = ownFolder.catch(() => undefined);

  function fail(error: unknown): void {
    if (!hasFailed && !isClosed) {
      log.warn(
        { reason: String(error) },
        "the last minutes of a live stream can no longer be kept on disk: there will be no clips of it",
      );
    }
    hasFailed = true;
    pieces.length = 0;
    chunks = [];
    coming = undefined;
  }

  /** Hands the coming piece to the disk. */
  function roll(): void {
    if (coming === undefined) return;
    const piece = coming;
    const content = Buffer.concat(chunks);
    chunks = [];
    coming = undefined;
    waitingBytes += content.length;
    piece.written = (async () => {
      await writing;
      if (!hasFailed && !isClosed) await writeFile(join(await ownFolder, piece.file), content);
    })()
      .catch(fail)
      .finally(() => {
        waitingBytes -= content.length;
      });
    writing = piece.written;
    if (waitingBytes > mostWaitingBytes) fail("the disk is too slow");
    prune();
  }

  function prune(): void {
    if (cuts > 0) return;
    for (let [oldest] = pieces; oldest !== undefined && oldest !== coming; [oldest] = pieces) {
      if (now() - oldest.untilMilliseconds <= mostMilliseconds && keptBytes <= mostBytes) return;
      const { file, bytes, written } = oldest;
      pieces.shift();
      keptBytes -= bytes;
      writing = Promise.all([writing, written])
        .then(async () => rm(join(await ownFolder, file), { force: true }))
        .catch(fail);
    }
  }

  async function copy(chosen: readonly Piece[], target: string): Promise<boolean> {
    await Promise.all(chosen.map(({ written }) => written));
    const [first] = chosen;
    if (first === undefined || hasFailed) return false;
    try {
      await writeFile(target, first.tables);
      for (const { file } of chosen) {
        const content = await readFile(join(await ownFolder, file)).catch(fail);
        if (content === undefined) return false;
        await appendFile(target, content);
      }
      return true;
    } catch (error) {
      log.warn({ reason: String(error) }, "a clip of a live stream could not be cut");
      await rm(target, { force: true }).catch(() => undefined);
      return false;
    }
  }

  return {
    newStretch() {
      roll();
      stretch++;
    },
    write(bytes, tables) {
      if (hasFailed || isClosed) return;
      const at = now();
      if (coming !== undefined && (at - coming.fromMilliseconds >= pieceMilliseconds || coming.bytes >= mostPieceBytes)) roll();
      if (hasFailed) return;
      if (coming === undefined) {
        coming = {
          file: `${names++}.ts`,
          stretch,
          tables: tables(),
          fromMilliseconds: at,
          untilMilliseconds: at,
          bytes: 0,
          written: Promise.resolve(),
        };
        pieces.push(coming);
      }
      chunks.push(bytes);
      coming.bytes += bytes.length;
      coming.untilMilliseconds = at;
      keptBytes += bytes.length;
    },
    async cut(fromMilliseconds, untilMilliseconds, file) {
      roll();
      const first = pieces.find((piece) => piece.untilMilliseconds >= fromMilliseconds);
      if (first === undefined || first.fromMilliseconds > untilMilliseconds) return false;
      const chosen = pieces.filter(
        (piece) =>
          piece.stretch === first.stretch &&
          piece.untilMilliseconds >= fromMilliseconds &&
          piece.fromMilliseconds <= untilMilliseconds,
      );
      cuts++;
      try {
        return await copy(chosen, file);
      } finally {
        cuts--;
      }
    },
    async close() {
      isClosed = true;
      pieces.length = 0;
      chunks = [];
      coming = undefined;
      await writing.catch(() => undefined);
      await ownFolder.then((path) => rm(path, { recursive: true, force: true })).catch(() => undefined);
    },
  };
}
