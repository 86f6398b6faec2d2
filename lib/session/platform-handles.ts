/** Handles of the system, such as sockets, that a runtime can hand to another process. */
export interface PlatformHandles {
  /**
   * Whether a value is one.
   *
   * @param carried - Whether the channel carries handles.
   * @throws Unsendable where it is one that cannot go over this channel, or has been closed
   */
  isHandle(value: object, carried: boolean): boolean;
}
