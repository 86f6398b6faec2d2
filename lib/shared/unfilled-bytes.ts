interface Host {
  readonly Buffer?: { allocUnsafeSlow(bytes: number): Uint8Array<ArrayBuffer> };
}

const host = globalThis as Host;

/**
 * Memory that whoever asks for it fills before anybody sees it: where the runtime can, it is not filled with zeros
 * first, which for large memory takes as long as to fill it.
 */
export function unfilledBytes(bytes: number): Uint8Array<ArrayBuffer> {
  if (host.Buffer === undefined) return new Uint8Array(bytes);
  // Not from Node's pool, and no Buffer: it may be handed to users as it is.
  return new Uint8Array(host.Buffer.allocUnsafeSlow(bytes).buffer);
}
