import { once } from "node:events";
import { FramewatchError } from "../../errors.js";
import { ffmpegArguments, startChild } from "../../ffmpeg.js";

/** How the media of one input of a remux is packed, by ffmpeg's name, and by how much its times are moved on. */
export interface RemuxInput {
  readonly format: string;
  readonly offsetSeconds?: number;
}

/** A child that packs media of up to two inputs into one MPEG-TS, its times as they are. */
export interface Remux {
  /** Settles when the child has room for more; at once where the input has ended. @throws FramewatchError `media-unreadable` */
  write(input: number, bytes: Uint8Array): Promise<void>;
  /** No more will come by an input. */
  end(input: number): void;
  /** Settles when the child has written all and is gone. @throws FramewatchError `media-unreadable`; the signal's reason */
  readonly ended: Promise<void>;
  /** Settles when the child is gone. */
  close(): Promise<void>;
}

/**
 * Starts the child. With two inputs the picture comes from the first and the sound from the second. Write to both at the same
 * time: the child waits for the one that is behind.
 */
export function openRemux(inputs: readonly RemuxInput[], bytes: (chunk: Buffer) => void, signal: AbortSignal): Remux {
  const child = startChild({
    program: "ffmpeg",
    arguments: [
      ...["-nostdin", "-hide_banner", "-loglevel", "error"],
      ...ffmpegArguments((command) => {
        for (const [index, { format, offsetSeconds }] of inputs.entries()) {
          command.input(`pipe:${3 + index}`).inputOptions(["-protocol_whitelist", "pipe", "-f", format]);
          if (offsetSeconds !== undefined) command.inputOptions(["-itsoffset", `${offsetSeconds}`]);
        }
        command
          .outputOptions(inputs.length === 1 ? ["-map", "0:v?", "-map", "0:a?"] : ["-map", "0:v?", "-map", "1:a?"])
          .outputOptions([
            "-c",
            "copy",
            "-copyinkf",
            "-copyts",
            "-muxdelay",
            "0",
            "-muxpreload",
            "0",
            "-flush_packets",
            "1",
            "-f",
            "mpegts",
          ])
          .output("pipe:1");
      }),
    ],
    inputs: inputs.length,
    signal,
  });
  child.stdout.on("data", bytes);
  const outputEnded = new Promise<void>((resolve) => child.stdout.once("close", resolve));
  let isOver = false;
  for (const input of child.inputs) input.on("error", () => undefined);

  const unreadable = (): FramewatchError => {
    const reason = child.lastLines.at(-1) ?? "it says no reason";
    return new FramewatchError("media-unreadable", `The segments cannot be packed as one stream: ${reason}`);
  };
  const ended = (async () => {
    const { code } = await child.exit;
    isOver = true;
    await outputEnded;
    signal.throwIfAborted();
    if (code !== 0) throw unreadable();
  })();
  // Who waits for it hears of it.
  ended.catch(() => undefined);

  return {
    async write(index, chunk) {
      const input = child.inputs[index];
      if (isOver || input === undefined || input.destroyed) {
        await ended;
        throw unreadable();
      }
      if (input.writableEnded || input.write(chunk)) return;
      const stop = new AbortController();
      try {
        // A child that has gone closes its inputs, which is no "drain".
        await Promise.race([once(input, "drain", { signal: stop.signal }), once(input, "close", { signal: stop.signal })]);
      } finally {
        stop.abort();
      }
    },
    end: (index) => void child.inputs[index]?.end(),
    ended,
    close: () => child.stop(0),
  };
}
