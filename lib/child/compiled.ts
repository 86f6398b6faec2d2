/** What V8 has compiled of the bootstrap, as it is found where children leave it for each other. */
export interface Compiled {
  /** Of this build; V8 looks itself whether it is of the same V8. Absent where nothing is there. */
  readonly found: Uint8Array | undefined;
  /**
   * Called once, when the bootstrap is about to load the first module of the user's. Absent where nothing is to be left.
   *
   * @param make - Gives what V8 has compiled until then.
   */
  readonly leave?: ((make: () => Uint8Array) => void) | undefined;
}
