import type { Link } from '../call/link.ts';
import { isPort } from '../shared/attachments.ts';
import { isByReference } from '../values/by-reference.ts';
import { Unsendable } from '../values/unsendable.ts';
import type { Tagged } from '../values/values.ts';
import { MessageExports, type Numbers } from './message-exports.ts';
import type { SharedObjects } from './shared-objects.ts';

/**
 * What is not data in a call that blocks its caller. What this thread would have to serve is refused, since it does
 * nothing meanwhile: the function there could wait for ever. What belongs to the other side goes home as elsewhere.
 */
export class BlockingExports extends MessageExports {
  readonly #shared: SharedObjects;

  constructor(objects: SharedObjects, numbers: Numbers) {
    super(objects, numbers);
    this.#shared = objects;
  }

  override signal(signal: AbortSignal): number {
    if (!signal.aborted) throw refused('a live AbortSignal', 'nothing could abort it meanwhile');
    return super.signal(signal);
  }

  override callable(): Tagged {
    throw refused('a function', 'it could not be called meanwhile');
  }

  override object(value: object, carry: (object: object) => number): Tagged | undefined {
    if (isByReference(value) || this.#shared.isInstance(value))
      throw refused('an object by reference', 'its members could not be called meanwhile');
    // What is handed over is this thread's no more.
    const handedOver = isPort(value) || this.#shared.isHandle(value);
    if (!handedOver && this.#shared.streamValue(value) !== undefined)
      throw refused('a stream', 'it could not flow meanwhile');
    return super.object(value, carry);
  }

  override remote(value: object, link: Link): Tagged {
    if (link.owner !== this.#shared.owner)
      throw refused('a remote of another session', 'it could not be called meanwhile');
    return super.remote(value, link);
  }
}

function refused(what: string, why: string): Unsendable {
  return new Unsendable(`${what} in a call that blocks this thread`, `${why}: make the call on "remote"`);
}
