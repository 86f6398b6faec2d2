import { setMaxListeners } from 'node:events';

import type { MainPort } from '../session/ports/main-port.ts';
import { connect } from '../connect/connect.ts';
import type { Endpoint } from '../connect/endpoint.ts';
import { mainPortOf } from '../connect/main-port-of.ts';
import type { Session } from '../connect/session.ts';
import { invalidOption } from '../errors/invalid-option.ts';
import { RpcError } from '../errors/rpc-error.ts';
import { transfer } from '../values/transfer.ts';
import { AwaitedAnswers } from './awaited-answers.ts';
import { watchPortsIn } from './watched-ports.ts';

/** A {@link ComlinkListener} that is an object. */
export interface ComlinkListenerObject {
  /**
   * Called with each event.
   *
   * @param event - Its `data` is the message.
   */
  handleEvent(event: MessageEvent): void;
}

/** What listens to a {@link ComlinkEndpoint}. */
export type ComlinkListener = ((event: MessageEvent) => void) | ComlinkListenerObject;

/** What {@link endpoint} gives: an `Endpoint` of Comlink's, with an end. */
export interface ComlinkEndpoint {
  /**
   * Sends a message to the endpoint at the other side.
   *
   * @param message - Whatever structured clone or a call of Portcall takes.
   * @param list - Buffers and ports in it that are moved. MessagePorts are tunnelled where the channel carries none.
   * @throws RpcError `NOT_SERIALIZABLE`, `TOO_LARGE`, `OVERLOADED`
   */
  postMessage(message: unknown, list?: readonly object[]): void;
  /**
   * Adds a listener for `'message'`, or for `'close'`, the end of the endpoint.
   *
   * @param type - Which.
   * @param listener - Called with each event.
   */
  addEventListener(type: string, listener: ComlinkListener, options?: object): void;
  /**
   * Removes it.
   *
   * @param type - Which it was added for.
   * @param listener - The same.
   */
  removeEventListener(type: string, listener: ComlinkListener, options?: object): void;
  /** Does nothing: messages come from the first listener on. */
  start(): void;
  /** Fulfils when the endpoint has ended, with the reason where it was not closed by either side. Never rejects. */
  readonly closed: Promise<Error | undefined>;
  /** Ends it at both sides; and the session with it, where that was made for the endpoint. */
  close(): void;
}

/**
 * An endpoint for Comlink over any channel: what `wrap` and `expose` of Comlink take, in a process as in a worker. The
 * other side makes one as well. Comlink's proxies, its `transfer`, `createEndpoint` and `releaseProxy` work through it;
 * the MessagePorts it sends are tunnelled where the channel cannot carry them.
 *
 * What Comlink waits for when the other side ends rejects with the reason.
 *
 * @param target - A child, a session (in a child, what `expose` returns), or whatever `connect` takes. Beside the
 * endpoint a child or session goes on as it is.
 * @throws RpcError `INVALID_OPTION` where it is none of these
 *
 * @example In the parent
 * ```ts
 * import { wrap } from 'comlink';
 * import { fork } from 'portcall';
 * import { endpoint } from 'portcall/comlink';
 *
 * const child = fork(new URL('./math.js', import.meta.url));
 * const math = wrap<{ add(a: number, b: number): number }>(endpoint(child));
 * console.log(await math.add(2, 3)); // 5
 * await child.close();
 * ```
 *
 * @example In the child, math.js
 * ```ts
 * import { expose } from 'comlink';
 * import * as portcall from 'portcall';
 * import { endpoint } from 'portcall/comlink';
 *
 * expose({ add: (a: number, b: number) => a + b }, endpoint(portcall.expose()));
 * ```
 */
export function endpoint(target: object): ComlinkEndpoint {
  if (typeof target !== 'object' || target === null)
    throw invalidOption('endpoint(): target', target, 'a child, a session, or what connect() takes');
  const known = mainPortOf(target);
  if (known !== undefined) return new PortEndpoint(known, undefined);
  if ('remote' in target)
    throw invalidOption('endpoint(): target', target, 'a session of Portcall’s own protocol');
  const session = connect<unknown>(target as Endpoint);
  return new PortEndpoint(mainPortOf(session)!, session);
}

class PortEndpoint implements ComlinkEndpoint {
  readonly closed: Promise<Error | undefined>;
  readonly #port: MainPort;
  // Made for this endpoint, and ended with it.
  readonly #session: Session<unknown> | undefined;
  readonly #events = new EventTarget();
  readonly #awaited: AwaitedAnswers;
  #listening = false;
  #ended: { readonly reason: Error | undefined } | undefined;
  #close!: (reason: Error | undefined) => void;

  constructor(port: MainPort, session: Session<unknown> | undefined) {
    this.#port = port;
    this.#session = session;
    this.closed = new Promise((resolve) => {
      this.#close = resolve;
    });
    this.#awaited = new AwaitedAnswers((any) => this.#port.waiting(any ? 1 : -1));
    port.watchPorts(() => new AwaitedAnswers());
    // As many as Comlink adds: one for each remote.
    setMaxListeners(0, this.#events);
    port.whenEnded((reason) => this.#over(reason));
  }

  postMessage(message: unknown, list: readonly object[] = []): void {
    this.#listen();
    if (this.#ended === undefined) post(this.#port, message, list);
    this.#awaited.sent(message);
    const { reason } = this.#ended ?? {};
    // Not from inside the call: whoever asks has not begun to wait.
    if (this.#ended !== undefined) queueMicrotask(() => this.#answerAll(reason));
  }

  addEventListener(type: string, listener: ComlinkListener, options?: object): void {
    this.#events.addEventListener(type, listener as never, options);
    this.#listen();
  }

  removeEventListener(type: string, listener: ComlinkListener): void {
    this.#events.removeEventListener(type, listener as never);
  }

  start(): void {}

  close(): void {
    if (this.#session === undefined) this.#port.close();
    else void this.#session.close();
  }

  #listen(): void {
    if (this.#listening || this.#ended !== undefined) return;
    this.#listening = true;
    // One that was made for the endpoint holds the process as a port does that is listened to.
    if (this.#session !== undefined) this.#port.waiting(1);
    this.#port.listen((value) => {
      this.#awaited.received(value);
      watchPortsIn(value);
      this.#events.dispatchEvent(new MessageEvent('message', { data: value }));
    });
  }

  #over(reason: Error | undefined): void {
    if (this.#ended !== undefined) return;
    this.#ended = { reason };
    if (this.#session !== undefined && this.#listening) this.#port.waiting(-1);
    this.#answerAll(reason);
    this.#close(reason);
    this.#events.dispatchEvent(new Event('close'));
  }

  #answerAll(reason: Error | undefined): void {
    for (const data of this.#awaited.last(reason))
      this.#events.dispatchEvent(new MessageEvent('message', { data }));
  }
}

/** Instances of classes arrive as plain objects, as through a port, where they cannot be sent otherwise. */
function post(port: MainPort, message: unknown, list: readonly object[]): void {
  try {
    port.post(transfer(message, list));
  } catch (error) {
    if (!(error instanceof RpcError && error.code === 'NOT_SERIALIZABLE')) throw error;
    port.post(cloned(message, list, error));
  }
}

function cloned(message: unknown, list: readonly object[], error: RpcError): unknown {
  try {
    return structuredClone(message, { transfer: list as never });
  } catch {
    throw error;
  }
}
