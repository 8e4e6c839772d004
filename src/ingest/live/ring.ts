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
  /** So many bytes may wait for a slow disk; default 64 MiB. */
  readonly mostWaitingBytes?: number;
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
/** So many bytes may wait for a slow disk: what comes while they do is not kept. */
const defaultMostWaitingBytes = 64 * 1024 * 1024;
/** A disk that took nothing is tried again after so long. */
const retryMilliseconds = 60_000;

/** Opens a ring on disk. It never throws: where nothing can be written it is empty, says so in the log, and tries again later. */
export function openRing(options: RingOptions): OpenRing {
  const { folder, now, log, mostMilliseconds = 180_000, mostBytes = 512 * 1024 * 1024 } = options;
  const { mostWaitingBytes = defaultMostWaitingBytes } = options;
  const pieces: Piece[] = [];
  /** Of the last piece, until it goes to disk. */
  let chunks: Uint8Array[] = [];
  let coming: Piece | undefined;
  let stretch = 0;
  let keptBytes = 0;
  let waitingBytes = 0;
  let names = 0;
  let failedAtMilliseconds: number | undefined;
  /** Something was left out since the disk last had nothing to do. */
  let isBehind = false;
  let isClosed = false;
  /** While somebody copies pieces, none is removed. */
  let cuts = 0;
  let ownFolder = makeFolder();
  let writing: Promise<unknown> = ownFolder.catch(() => undefined);

  function makeFolder(): Promise<string> {
    const made = mkdtemp(join(folder, "ring-"));
    made.catch(fail);
    return made;
  }

  function fail(error: unknown): void {
    if (failedAtMilliseconds === undefined && !isClosed) {
      log.warn(
        { reason: String(error) },
        "the last minutes of a live stream cannot be kept on disk: there are no clips of it until that works again",
      );
    }
    failedAtMilliseconds ??= now();
    pieces.length = 0;
    chunks = [];
    coming = undefined;
    keptBytes = 0;
  }

  /** Begins anew in a folder of its own; true where that may be tried. */
  function recovers(): boolean {
    if (failedAtMilliseconds === undefined || now() - failedAtMilliseconds < retryMilliseconds) return false;
    failedAtMilliseconds = undefined;
    const before = ownFolder;
    ownFolder = makeFolder();
    writing = Promise.all([remove(before), ownFolder.catch(() => undefined)]);
    return true;
  }

  /** Hands the coming piece to the disk. */
  function roll(): void {
    if (coming === undefined) return;
    const piece = coming;
    const content = Buffer.concat(chunks);
    const own = ownFolder;
    chunks = [];
    coming = undefined;
    if (waitingBytes + content.length > mostWaitingBytes) return leaveOut(piece);
    waitingBytes += content.length;
    piece.written = (async () => {
      await writing;
      if (own === ownFolder && failedAtMilliseconds === undefined && !isClosed) {
        await writeFile(join(await own, piece.file), content);
      }
    })()
      .catch(fail)
      .finally(() => {
        waitingBytes -= content.length;
        if (waitingBytes === 0) isBehind = false;
      });
    writing = piece.written;
    prune();
  }

  /** What was before it and what comes behind it are no longer one: a clip ends there. */
  function leaveOut(piece: Piece): void {
    if (!isBehind)
      log.warn("the disk is too slow for the last minutes of a live stream: some of it is left out, and lacks in clips");
    isBehind = true;
    pieces.splice(pieces.indexOf(piece), 1);
    keptBytes -= piece.bytes;
    stretch++;
  }

  function prune(): void {
    if (cuts > 0) return;
    for (let [oldest] = pieces; oldest !== undefined && oldest !== coming; [oldest] = pieces) {
      if (now() - oldest.untilMilliseconds <= mostMilliseconds && keptBytes <= mostBytes) return;
      const { file, bytes, written } = oldest;
      pieces.shift();
      keptBytes -= bytes;
      const own = ownFolder;
      writing = Promise.all([writing, written])
        .then(async () => rm(join(await own, file), { force: true }))
        .catch(fail);
    }
  }

  async function copy(chosen: readonly Piece[], target: string): Promise<boolean> {
    await Promise.all(chosen.map(({ written }) => written));
    const [first] = chosen;
    if (first === undefined || failedAtMilliseconds !== undefined) return false;
    const own = ownFolder;
    try {
      await writeFile(target, first.tables);
      for (const { file } of chosen) {
        const content = await readFile(join(await own, file)).catch(fail);
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
      if (isClosed || (failedAtMilliseconds !== undefined && !recovers())) return;
      const at = now();
      if (coming !== undefined && (at - coming.fromMilliseconds >= pieceMilliseconds || coming.bytes >= mostPieceBytes)) roll();
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
      await remove(ownFolder);
    },
  };
}

async function remove(folder: Promise<string>): Promise<void> {
  await folder.then((path) => rm(path, { recursive: true, force: true })).catch(() => undefined);
}
