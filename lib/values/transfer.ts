import { invalidOption } from '../errors/invalid-option.ts';
import { isPort } from '../shared/attachments.ts';

// On the buffer itself and not on a list of ours: whoever holds it may let go of it.
const mark: unique symbol = Symbol.for('portcall.transfer') as never;

/**
 * Has memory and ports moved with the next message that holds them, instead of copied: without a copy where the channel
 * can do that (worker threads, MessagePorts), by copy everywhere else. A buffer that was moved is detached here, from the
 * call on; one that was copied stays as it is.
 *
 * What moves is a whole ArrayBuffer, by itself or behind a view of all of it; a view of a part of one is copied. A
 * MessagePort is moved in any case.
 *
 * @param value - What is to be sent.
 * @param list - ArrayBuffers and MessagePorts in it.
 * @returns The same value.
 * @throws RpcError `INVALID_OPTION` where something else is in the list, or a buffer is frozen
 *
 * @example
 * ```ts
 * import { transfer, worker } from 'portcall';
 *
 * const images = worker<{ blur(pixels: Uint8Array): Uint8Array }>(new URL('./images.js', import.meta.url));
 * const pixels = new Uint8Array(16_000_000);
 * const blurred = await images.remote.blur(transfer(pixels, [pixels.buffer]));
 * console.log(blurred.byteLength, pixels.byteLength); // 16000000 0
 * ```
 */
export function transfer<Value>(value: Value, list: readonly object[]): Value {
  if (!Array.isArray(list)) throw invalidOption('transfer(): list', list, 'an array of buffers and ports');
  for (const [index, item] of list.entries()) {
    const option = `transfer(): list[${index}]`;
    if (isPort(item)) continue;
    if (Object.prototype.toString.call(item) !== '[object ArrayBuffer]')
      throw invalidOption(option, item, 'an ArrayBuffer or a MessagePort');
    if (!Object.isExtensible(item)) throw invalidOption(option, item, 'a buffer that is not frozen');
  }
  for (const item of list)
    if (!isPort(item)) Object.defineProperty(item, mark, { value: true, configurable: true });
  return value;
}

/** Whether a buffer was marked. */
export function isToBeMoved(buffer: ArrayBufferLike): boolean {
  return (buffer as { readonly [mark]?: boolean })[mark] === true;
}

/** A buffer that was marked went by copy, and no later message moves it. */
export function stays(buffer: ArrayBufferLike): void {
  Reflect.deleteProperty(buffer, mark);
}
