import type { Target } from '../call/call.ts';
import { Code, maxNumberedChars, maxNumberedNames } from '../protocol/protocol.ts';
import type { Outbox } from './outbox.ts';

/** The numbers by which this side's targets are known at the other: a name crosses once and is a number from then on. */
export class Names {
  readonly #outbox: Outbox;
  readonly #numbers = new Map<string, number>();

  constructor(outbox: Outbox) {
    this.#outbox = outbox;
  }

  /** How a target is written in a call. Posts its number first where it is new; references have one already. */
  written(target: Target): string {
    const { base } = target;
    if (base !== undefined) return JSON.stringify([base.id, ...target.path]);
    const known = this.#numbers.get(target.key);
    if (known !== undefined) return String(known);
    const path = JSON.stringify(target.path);
    if (this.#numbers.size >= maxNumberedNames || path.length > maxNumberedChars) return path;
    const number = this.#numbers.size;
    this.#numbers.set(target.key, number);
    this.#outbox.post(`[${Code.name},${number},${path}]`);
    return String(number);
  }
}
