import { RpcError } from '../errors/rpc-error.ts';
import { Code, type Message } from './protocol.ts';

/**
 * How many messages a message stands for: more than one only where it is a series.
 *
 * @throws RpcError `PROTOCOL_ERROR` where it is a series, and of none
 */
export function seriesLength(message: Message): number {
  const [code, id] = message;
  if (code < Code.calls || code > Code.items) return 1;
  const length = message.length - (code === Code.calls ? 3 : 2);
  if (length < 1) throw wrong(`message ${code} without a value`);
  if (code !== Code.items && !(Number.isSafeInteger(id) && (id as number) > 0))
    throw wrong(`message ${code} from the id ${JSON.stringify(id)} on`);
  return length;
}

function wrong(what: string): RpcError {
  return new RpcError('PROTOCOL_ERROR', `the other side sent ${what}`);
}

/**
 * One of the messages that a message stands for.
 *
 * @param place - From 0, below {@link seriesLength}.
 */
export function ofSeries(message: Message, place: number): Message {
  const [code, id] = message;
  switch (code) {
    case Code.calls:
      return [Code.call, (id as number) + place, message[2], message[3 + place]];
    case Code.results:
      return [Code.result, (id as number) + place, message[2 + place]];
    case Code.items:
      return [Code.item, id, message[2 + place]];
    default:
      return message;
  }
}
