import { linkOf, type Link } from '../call/link.ts';
import { RpcError } from '../errors/rpc-error.ts';
import { ReferenceKind } from '../protocol/protocol.ts';
import { isPort, type AnyPort, type Carries } from '../shared/attachments.ts';
import { isByReference } from '../values/by-reference.ts';
import { Tag } from '../values/tags.ts';
import { Unsendable } from '../values/unsendable.ts';
import type { Exporter, Tagged } from '../values/values.ts';
import type { SharedObjects } from './shared-objects.ts';
import type { Outflow } from './streams/outflow.ts';

/** Numbers for what a session makes known to the other side. They only grow. */
export class Numbers {
  #last = 0;

  next(): number {
    return ++this.#last;
  }
}

// A function's or class's name is for error messages at the other side; a long one is cut.
const longestName = 64;

/**
 * What is not data in one message: made for each, since writing a value can run code that makes other calls. What is
 * registered for a message that is not sent after all is taken back.
 */
export class MessageExports implements Exporter {
  /** AbortSignals among the arguments, by the number they are known by at the other side; most calls have none. */
  signals: Map<number, AbortSignal> | undefined;
  /** Those of them that had not aborted when they were written; the others have their reason with them. */
  live: Map<number, AbortSignal> | undefined;
  /** The calls whose results are among the arguments. */
  uses: Set<number> | undefined;
  /** The streams that begin with this message, as far as this side produces them. */
  outflows: Outflow[] | undefined;
  /** What the message makes known, and what later messages may be about. */
  brings: unknown[] | undefined;
  /** Whether there are streams in the message at all, which can be read or written only once. */
  hasStreams = false;
  /** Calls back when one of those is over. */
  whenStreamEnds: (() => void) | undefined;
  readonly #objects: SharedObjects;
  readonly #numbers: Numbers | undefined;
  readonly #reasonOf: ((value: object) => number | undefined) | undefined;
  #undo: (() => void)[] | undefined;

  /**
   * @param numbers - For signals, in messages that can have some.
   * @param reasonOf - Tells the reasons of the other side's signals.
   */
  constructor(objects: SharedObjects, numbers?: Numbers, reasonOf?: (value: object) => number | undefined) {
    this.#objects = objects;
    this.#numbers = numbers;
    this.#reasonOf = reasonOf;
  }

  signal(signal: AbortSignal): number {
    if (this.#numbers === undefined)
      throw new Unsendable('an AbortSignal', 'pass it as an argument of a call that is awaited');
    const id = this.#numbers.next();
    (this.signals ??= new Map()).set(id, signal);
    if (!signal.aborted) {
      (this.live ??= new Map()).set(id, signal);
      (this.brings ??= []).push(signal);
    }
    return id;
  }

  reasonOf(value: object): number | undefined {
    return this.#reasonOf?.(value);
  }

  callable(value: object, owner: object | undefined): Tagged {
    return this.#reference(value, owner, ReferenceKind.function, nameOf(value));
  }

  get carries(): Carries {
    return this.#objects.carries;
  }

  object(value: object, carry: (object: object) => number): Tagged | undefined {
    // Marked by hand goes before everything else.
    if (!isByReference(value)) {
      if (isPort(value)) return this.#port(value, carry);
      // A socket is a stream as well.
      if (this.#objects.isHandle(value)) return [Tag.handle, carry(value)];
      const stream = this.#objects.streamValue(value);
      if (stream !== undefined) {
        const sent = this.#objects.streams.send(stream, () => this.whenStreamEnds?.());
        this.hasStreams = true;
        (this.#undo ??= []).push(() => sent.undo());
        (this.brings ??= []).push(...sent.ends);
        if (sent.outflow !== undefined) (this.outflows ??= []).push(sent.outflow);
        return sent.tagged;
      }
      if (!this.#objects.isInstance(value)) return undefined;
    }
    return this.#reference(value, undefined, ReferenceKind.object, classNameOf(value));
  }

  #port(port: AnyPort, carry: (object: object) => number): Tagged | undefined {
    if (this.carries.ports === true) return [Tag.port, carry(port)];
    const sent = this.#objects.ports.send(port);
    if (sent === undefined) return undefined;
    (this.#undo ??= []).push(() => sent.undo());
    (this.brings ??= []).push(sent.tunnel);
    return sent.tagged;
  }

  remote(value: object, link: Link): Tagged {
    const { base, path } = link.target;
    if (link.owner !== this.#objects.owner) {
      const kind = typeof value === 'function' ? ReferenceKind.function : ReferenceKind.object;
      return this.#reference(value, undefined, kind, base?.name ?? path.at(-1) ?? 'remote');
    }
    if (base?.gone !== undefined) {
      base.sent?.catch(() => {});
      const released = base.gone instanceof RpcError && base.gone.code === 'REFERENCE_RELEASED';
      throw released
        ? new Unsendable('a remote that was released', 'keep it until it has been sent', base.gone)
        : new Unsendable('the result of a call that was not made', 'its error is the cause', base.gone);
    }
    if (base !== undefined && base.id === undefined)
      throw new Unsendable('the result of a call that has not been sent', 'await it first');
    if (base?.id !== undefined && base.id < 0) (this.uses ??= new Set()).add(-base.id);
    return [Tag.yours, base?.id ?? 0, ...path];
  }

  mark(): number {
    return this.#undo?.length ?? 0;
  }

  undo(mark: number): void {
    for (const undo of this.#undo?.splice(mark) ?? []) undo();
  }

  #reference(value: object, owner: object | undefined, kind: number, name: string): Tagged {
    const { exported } = this.#objects;
    const id = exported.add(value, owner);
    (this.#undo ??= []).push(() => exported.release(id, 1));
    return [Tag.reference, id, kind, name.slice(0, longestName)];
  }
}

function nameOf(callable: object): string {
  const name: unknown = Object.getOwnPropertyDescriptor(callable, 'name')?.value;
  return typeof name === 'string' && name !== '' ? name : 'callback';
}

function classNameOf(value: object): string {
  if (linkOf(value) !== undefined) return 'remote';
  const prototype: unknown = Object.getPrototypeOf(value);
  const maker: unknown =
    typeof prototype === 'object' && prototype !== null
      ? Object.getOwnPropertyDescriptor(prototype, 'constructor')?.value
      : undefined;
  return typeof maker === 'function' && maker !== Object ? nameOf(maker) : 'object';
}
