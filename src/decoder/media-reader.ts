import type { PipeReader } from "../pipes.js";

/** Cuts the bytes of one pipe into what was announced for it, in order. */
export interface MediaReader<Expected> extends PipeReader {
  /** Announces what comes next through the pipe. */
  expect(next: Expected): void;
  /** Nothing more will be announced; what was is still delivered. */
  close(): void;
  /** Delivers nothing more. */
  abandon(): void;
  /** How much was announced that is to be delivered, and is not yet; what is only to be dropped does not count. */
  readonly waiting: number;
}

/** What a reader tells the one who runs it. */
export interface ReaderEvents {
  /** Let the pipe flow again. */
  resume(): void;
  /** All that is to be delivered of what was announced is through, for now. */
  idle(): void;
  /** Nothing more will be delivered. Told once. */
  finished(): void;
  failed(error: unknown): void;
  /** A sink's promise keeps the pipe waiting, so that memory stays flat, or does so no longer. */
  sinkBusy(busy: boolean): void;
}
