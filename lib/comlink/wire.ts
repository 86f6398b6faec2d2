import { errorMonitor } from 'node:events';
import { MessagePort, parentPort, Worker, type Transferable } from 'node:worker_threads';

import type { Endpoint } from '../connect/endpoint.ts';
import { invalidOption } from '../errors/invalid-option.ts';
import { RpcError } from '../errors/rpc-error.ts';
import { timerMs } from '../shared/timer-ms.ts';

/** Something that messages are posted to and come from. */
export interface Wire {
  /** Starts listening. `closed` is called once, with the reason where this side has not asked for it. */
  open(received: (data: unknown) => void, closed: (error: Error | undefined) => void): void;
  /** @throws whatever structured clone throws; nothing has been sent then */
  post(message: object, transfer?: readonly Transferable[]): void;
  /** Stops listening, and ends a port that carries nothing else. */
  close(): void;
  /** Keeps the process alive. */
  ref(): void;
  /** Lets the process end, as far as this is concerned. */
  unref(): void;
}

/**
 * The wire over an endpoint.
 *
 * @throws RpcError `INVALID_OPTION` where it is no port of a worker
 */
export function wireOver(where: string, endpoint: Endpoint): Wire {
  if (endpoint instanceof Worker) return workerWire(endpoint);
  if (endpoint instanceof MessagePort)
    return endpoint === parentPort ? sharedPort(endpoint) : ownPort(endpoint);
  throw invalidOption(
    `${where}: endpoint`,
    endpoint,
    'a Worker, a MessagePort or parentPort: Comlink speaks over nothing else',
  );
}

/** A port that carries nothing else: to close the wire is to close the port. */
export function ownPort(port: MessagePort): Wire {
  let closing = false;
  let failure: Error | undefined;
  return {
    open(received, closed) {
      port.on('message', received);
      port.on('messageerror', (error: Error) => {
        failure = unreadable(error);
        port.close();
      });
      port.on('close', () =>
        closed(failure ?? (closing ? undefined : gone('the other end of the port is gone'))),
      );
    },
    post: (message, transfer) => port.postMessage(message, transfer),
    close() {
      closing = true;
      port.close();
    },
    ref: () => port.ref(),
    unref: () => port.unref(),
  };
}

/** The port to the thread that started this one, which carries the program's own messages as well. */
function sharedPort(port: MessagePort): Wire {
  return shared(port, (closed) => {
    const end = (): void => closed(gone('the thread that started this one is gone'));
    port.on('close', end);
    return () => void port.off('close', end);
  });
}

/** A worker, as seen by the thread that started it. */
function workerWire(worker: Worker): Wire {
  return shared(worker, (closed) => {
    let thrown: Error | undefined;
    const failed = (error: Error): void => void (thrown = error);
    const exited = (code: number): void => closed(gone(`the worker has exited with code ${code}`, thrown));
    // Sees the error without handling it: that stays the program's.
    worker.on(errorMonitor, failed);
    worker.on('exit', exited);
    // One that has exited before says so no more.
    if (worker.threadId === -1) queueMicrotask(() => closed(gone('the worker has exited')));
    return () => {
      worker.off(errorMonitor, failed);
      worker.off('exit', exited);
    };
  });
}

/**
 * @param watch - Tells of the end of the other side, and returns how to stop doing so.
 */
function shared(endpoint: Worker | MessagePort, watch: (closed: (error: Error) => void) => () => void): Wire {
  let stop: ((error?: Error) => void) | undefined;
  // Whether the endpoint itself keeps the process alive is the program's affair.
  let hold: ReturnType<typeof setInterval> | undefined;
  return {
    open(received, closed) {
      const failed = (error: Error): void => stop?.(unreadable(error));
      const unwatch = watch((error) => stop?.(error));
      stop = (error) => {
        stop = undefined;
        unwatch();
        clearInterval(hold);
        endpoint.off('message', received);
        endpoint.off('messageerror', failed);
        queueMicrotask(() => closed(error));
      };
      endpoint.on('message', received);
      endpoint.on('messageerror', failed);
    },
    post: (message, transfer) => endpoint.postMessage(message, transfer),
    close: () => stop?.(),
    ref: () => (hold ??= setInterval(() => {}, timerMs(Infinity))),
    unref() {
      clearInterval(hold);
      hold = undefined;
    },
  };
}

function gone(happened: string, cause?: Error): RpcError {
  return new RpcError('CHANNEL_CLOSED', happened, cause === undefined ? {} : { cause });
}

function unreadable(error: Error): RpcError {
  return new RpcError('PROTOCOL_ERROR', `a message could not be read: ${error.message}`, { cause: error });
}
