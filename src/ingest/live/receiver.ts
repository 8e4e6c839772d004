/** One way for the bytes of a live source to come: a protocol's connection, or a playlist that is followed. */
export interface Receiver {
  /** What it gives are the packets as the source sent them; false where they were packed anew, from RTMP or fragments. */
  readonly isTransport: boolean;
  /** It waits at an address of ours for who sends: until the first byte silence is no loss. */
  readonly listens?: boolean;
  /**
   * Connects, and gives MPEG-TS as it arrives, until the source ends (returns) or fails (throws). It is called again for each
   * new connection; nothing of a call is left behind when its promise settles, which it does soon after the signal aborts.
   *
   * @throws FramewatchError `source-forbidden`, `source-unsupported`, where trying again can never help; others, where it may;
   *   the signal's reason
   */
  receive(sink: ReceiverSink, signal: AbortSignal): Promise<void>;
}

/** Where a receiver's bytes go. */
export interface ReceiverSink {
  /** Any number of bytes; they need not begin or end with a packet. The memory is the sink's from then on. */
  bytes(chunk: Uint8Array): void;
  /** What comes next cannot be read on by who reads now: other tracks, another start. Told before the first bytes of that. */
  newStretch(reason: string): void;
  /** A source pts (seconds) and its wall clock (milliseconds), where the source itself says so; for the stretch that its next bytes belong to. */
  wallClock?(ptsSeconds: number, atMilliseconds: number): void;
}
