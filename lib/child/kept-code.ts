/** The bootstrap as children leave it for each other. */
export interface KeptCode {
  /** All of its file, which then need not be read. Absent, like what V8 has made of it, where nothing is there. */
  readonly text?: string | undefined;
  /** What V8 has compiled of it. V8 looks itself whether that was the same V8. */
  readonly compiled?: Uint8Array | undefined;
  /**
   * Called once, when the bootstrap is about to load the first module of the user's. Absent where nothing is to be left.
   *
   * @param text - All of its file, of ASCII alone.
   * @param make - Gives what V8 has compiled until then.
   */
  readonly leave?: ((text: string, make: () => Uint8Array) => void) | undefined;
}
