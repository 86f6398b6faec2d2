/** Two directions of bytes: what a channel of frames runs on. */
export interface ByteStream {
  /** Begins to read. The bytes given to `data` may be reused once it returns. */
  start(events: ByteStreamEvents): void;

  /**
   * Writes chunks in order. Called again only after `written`, unless it returned `true`.
   *
   * @returns `true` when the system has taken all of it already.
   */
  write(chunks: readonly Uint8Array[]): boolean;

  /** Whether nobody holds the memory of chunks any more once they are written. */
  readonly copies?: boolean;

  /** Ends the writing direction once everything is written. */
  end(): void;

  /** Ends both directions now. */
  destroy(): void;

  ref(): void;
  unref(): void;

  /**
   * Writes what the last `write` has left and these chunks before it returns. Called from the process's `exit` event;
   * absent where the stream has no file descriptor of its own.
   */
  writeSync?(chunks: readonly Uint8Array[]): void;
}

/** What a byte stream reports. */
export interface ByteStreamEvents {
  data(bytes: Buffer): void;
  /** A `write` that had returned `false` is done. */
  written(): void;
  /** The other side writes no more. */
  ended(): void;
  /** Both directions are over; the last event. */
  closed(error?: Error): void;
}
