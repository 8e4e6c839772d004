import { displaySource } from "../../display-source.js";
import { FramewatchError } from "../../errors.js";
import { type Log, redact } from "../../log.js";
import type { PlaylistEvent } from "../manifest/watch-playlist.js";
import type { SourceAccess } from "../source.js";
import { checkSource } from "../source-guard.js";
import type { LiveGateway } from "./live-gateway.js";
import type { LiveSource, StretchEnd } from "./live-source.js";
import { type LiveTime, systemTime } from "./live-time.js";
import { openReceiver } from "./open-receiver.js";
import type { Receiver, ReceiverSink } from "./receiver.js";
import { openRing } from "./ring.js";
import { openStretchCutter } from "./stretch-cutter.js";
import { openStretches } from "./stretches.js";

/** By which rules and through what a live source is read, and where its last minutes lie. */
export interface LiveAccess extends SourceAccess {
  readonly gateway: LiveGateway;
  /** The ring makes a folder of its own in here. */
  readonly ringFolder: string;
  readonly log: Log;
  /** Hears of faults of an HLS source's playlists. */
  playlist?(event: PlaylistEvent): void;
}

export interface LiveSourceOptions {
  readonly time?: LiveTime;
  /** So long without a byte is a loss; default 20 s. */
  readonly silenceMilliseconds?: number;
}

const defaultSilenceMilliseconds = 20_000;
/** Bytes without one transport packet, after which they are taken for something else. */
const mostForeignBytes = 1024 * 1024;
const firstDelayMilliseconds = 500;
const mostDelayMilliseconds = 30_000;
/** A connection that lasted so long was a good one: the next loss is a first one again. */
const steadyMilliseconds = 10_000;

/**
 * Opens a live source, which connects from then on, again and again, until it is closed.
 *
 * @throws FramewatchError `source-forbidden`, `source-unsupported`, as far as the source's text tells; what only connecting
 *   tells is thrown by `next`
 */
export async function openLiveSource(source: string, access: LiveAccess, options: LiveSourceOptions = {}): Promise<LiveSource> {
  const checked = await checkSource(source, access);
  const displayName = displaySource(source);
  const { silenceMilliseconds = defaultSilenceMilliseconds } = options;
  return readLive(
    openReceiver(checked, displayName, access, {
      tell: (event) => access.playlist?.(event),
      patienceSeconds: silenceMilliseconds / 1000,
    }),
    displayName,
    access,
    options,
  );
}

/** Reads by a receiver as `openLiveSource` does by the one that fits the source. */
export function readLive(
  receiver: Receiver,
  displayName: string,
  { gateway, ringFolder, log }: Pick<LiveAccess, "gateway" | "ringFolder" | "log">,
  { time = systemTime, silenceMilliseconds = defaultSilenceMilliseconds }: LiveSourceOptions = {},
): LiveSource {
  const ring = openRing({ folder: ringFolder, now: time.now, log });
  const stretches = openStretches(gateway, (bytes) =>
    log.warn({ source: displayName, bytes }, "a reader of a live stream was too slow and lost bytes"),
  );
  const closing = new AbortController();
  let connection = new AbortController();
  let isUp = false;
  let hasBeenUp = false;
  let reconnects = 0;
  let bytes = 0;
  let lastByteAtMilliseconds: number | undefined;
  let reason: string | undefined = "connecting";
  const noTransport = `${displayName} gives no MPEG transport stream.`;

  function begin(own: AbortController): void {
    stretches.begin({
      beganAtMilliseconds: time.now(),
      isTransport: receiver.isTransport,
      abandon: (why) => own.abort(why),
    });
    ring.newStretch();
  }

  /** One connection, from its beginning to its end. */
  async function connect(): Promise<StretchEnd> {
    const own = new AbortController();
    connection = own;
    if (closing.signal.aborted) own.abort(closing.signal.reason);
    let hasBytes = false;
    let isQuiet = true;
    let hasPackets = false;
    const cutter = openStretchCutter({
      begin() {
        hasPackets = true;
        begin(own);
      },
      bytes(run, tables) {
        stretches.push(run);
        ring.write(run, tables);
      },
      changed: (why) => stretches.end({ kind: "changed", reason: why }),
    });
    const sink: ReceiverSink = {
      bytes(chunk) {
        if (own.signal.aborted || chunk.length === 0) return;
        if (!hasBytes && hasBeenUp) reconnects++;
        hasBytes = hasBeenUp = isUp = true;
        isQuiet = false;
        reason = undefined;
        bytes += chunk.length;
        lastByteAtMilliseconds = time.now();
        cutter.push(chunk);
        if (stretches.current === undefined && cutter.foreignBytes > mostForeignBytes)
          own.abort(new FramewatchError("media-unreadable", noTransport));
      },
      newStretch: (why) => cutter.renew(why),
      wallClock: (ptsSeconds, atMilliseconds) => stretches.wallClock(ptsSeconds, atMilliseconds),
    };

    const over = new AbortController();
    const watched = watchSilence(over.signal, () => {
      const wasQuiet = isQuiet;
      isQuiet = true;
      return wasQuiet && (hasBytes || receiver.listens !== true);
    }).then((isSilent) => {
      const seconds = silenceMilliseconds / 1000;
      if (isSilent) own.abort(new FramewatchError("media-stalled", `${displayName} gave nothing for ${seconds} s.`));
    });
    let end: StretchEnd;
    try {
      await receiver.receive(sink, own.signal);
      own.signal.throwIfAborted();
      end = { kind: "over", reason: "The source has come to its end." };
    } catch (error) {
      const cause: unknown = own.signal.aborted ? own.signal.reason : error;
      if (isForGood(cause)) stretches.fail(cause);
      end = { kind: "lost", reason: redact(cause instanceof Error ? cause.message : String(cause)) };
    } finally {
      over.abort();
      await watched;
      own.abort();
      isUp = false;
    }
    cutter.end();
    if (end.kind === "lost" && !hasPackets && cutter.foreignBytes > 0) end = { kind: "lost", reason: noTransport };
    stretches.end(end);
    return end;
  }

  /** True when nothing came for so long; counted in steps, so that a clock that is set does no harm. */
  async function watchSilence(signal: AbortSignal, isStillQuiet: () => boolean): Promise<boolean> {
    const steps = 20;
    for (let quiet = 0; quiet < steps; ) {
      try {
        await time.wait(silenceMilliseconds / steps, signal);
      } catch {
        return false;
      }
      quiet = isStillQuiet() ? quiet + 1 : 0;
    }
    return true;
  }

  async function run(): Promise<void> {
    for (let losses = 0; !closing.signal.aborted; losses++) {
      const beganAt = time.now();
      const end = await connect();
      reason = end.reason;
      if (end.kind === "over") stretches.fail(new FramewatchError("source-unreachable", `${displayName} has come to its end.`));
      if (end.kind === "over" || stretches.hasFailed) return;
      log.info({ source: displayName, reason: end.reason }, "live source lost");
      if (time.now() - beganAt >= steadyMilliseconds) losses = 0;
      // Capped exponential backoff with full jitter: many streams that lose one origin do not come back at one moment.
      const delay = time.random() * Math.min(mostDelayMilliseconds, firstDelayMilliseconds * 2 ** losses);
      await time.wait(delay, closing.signal).catch(() => undefined);
    }
  }

  const running = run();
  const closed = new FramewatchError("interrupted", "The source was closed.");

  async function leave(): Promise<void> {
    closing.abort(closed);
    connection.abort(closed);
    await running;
  }

  return {
    displayName,
    next: (signal) => stretches.next(signal),
    get status() {
      return {
        isUp,
        reconnects,
        bytes,
        ...(lastByteAtMilliseconds !== undefined && { lastByteAtMilliseconds }),
        ...(reason !== undefined && { reason }),
      };
    },
    ring,
    leave,
    async close() {
      await leave();
      stretches.fail(closed);
      stretches.close();
      await ring.close();
    },
  };
}

/** Errors that another connection cannot mend. */
function isForGood(error: unknown): error is FramewatchError {
  if (!(error instanceof FramewatchError)) return false;
  return error.blames === "rejected" || error.code === "program-missing" || error.code === "media-encrypted";
}
