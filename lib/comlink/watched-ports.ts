import { MessagePort } from 'node:worker_threads';

import { RpcError } from '../errors/rpc-error.ts';
import { AwaitedAnswers } from './awaited-answers.ts';

/**
 * Looks on at the ports in a message for Comlink, those behind its proxies, before Comlink has them. When the other end
 * of one is gone, as after the death of its thread, what Comlink waits for through it is answered with an error.
 *
 * @param message - As Comlink has written it.
 */
export function watchPortsIn(message: unknown): void {
  const { value, argumentList } = fieldsOf(message);
  for (const part of [value, ...(Array.isArray(argumentList) ? argumentList.map(valueOf) : [])])
    if (part instanceof MessagePort) watch(part);
}

function watch(port: MessagePort): void {
  const awaited = new AwaitedAnswers();
  let listening = false;
  let over = false;
  const answerAll = (): void => {
    for (const data of awaited.last(gone())) port.dispatchEvent(new MessageEvent('message', { data }));
  };
  const received = ({ data }: { readonly data: unknown }): void => {
    awaited.received(data);
    watchPortsIn(data);
  };
  const post: MessagePort['postMessage'] = (message, transfer) => {
    MessagePort.prototype.postMessage.call(port, message, transfer);
    awaited.sent(message);
    // Not from inside the call: whoever asks has not begun to wait.
    if (over) queueMicrotask(answerAll);
    if (listening) return;
    // Not before: a port begins to deliver with its first listener, who is to be Comlink.
    listening = true;
    port.addEventListener('message', received as never);
  };
  Object.defineProperty(port, 'postMessage', { value: post, configurable: true, writable: true });
  port.addEventListener('close', () => {
    over = true;
    answerAll();
  });
}

function gone(): RpcError {
  return new RpcError('CHANNEL_CLOSED', 'the other end of the port is gone');
}

function valueOf(part: unknown): unknown {
  return fieldsOf(part).value;
}

function fieldsOf(value: unknown): { readonly value?: unknown; readonly argumentList?: unknown } {
  return typeof value === 'object' && value !== null ? value : {};
}
