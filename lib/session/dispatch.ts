import { RpcError } from '../errors/rpc-error.ts';
import { Code, protocolVersion, type Message } from '../protocol/protocol.ts';
import type { Attachment } from '../shared/attachments.ts';
import type { Caller } from './caller.ts';
import type { Assembly } from './parts/assembly.ts';
import type { Pings } from './pings.ts';
import { receivedByPort, type SessionPortsParts } from './ports/session-ports.ts';
import type { Responder } from './responder.ts';
import type { RunningCalls } from './running-calls.ts';
import type { SessionStreams } from './session-streams.ts';
import type { SharedObjects } from './shared-objects.ts';
import type { Targets } from './targets.ts';

/** Whom the messages of the other side are for. */
export interface Recipients {
  readonly caller: Caller;
  readonly responder: Responder;
  readonly running: RunningCalls;
  readonly targets: Targets;
  readonly objects: SharedObjects;
  readonly streams: SessionStreams;
  readonly ports: SessionPortsParts;
  readonly assembly: Assembly;
  readonly pings: Pings;
  /** The other side says hello. */
  greeted(message: Message): void;
  /** It says goodbye. */
  dismissed(message: Message, attachments: readonly Attachment[]): void;
}

/** Hands each message to whom it is for. */
export class Dispatch {
  readonly #to: Recipients;

  constructor(recipients: Recipients) {
    this.#to = recipients;
  }

  /**
   * @param batchChars - The length of the batch that the message is from.
   * @param late - Whether it has come in parts, and others have gone ahead of it.
   * @throws What is wrong with the message
   */
  read(message: Message, attachments: readonly Attachment[], batchChars: number, late = false): void {
    const to = this.#to;
    switch (message[0]) {
      case Code.result:
      case Code.failure:
      case Code.refusal:
        return to.caller.replied(message, attachments);
      case Code.call:
      case Code.get:
      case Code.new:
      case Code.set:
        return to.responder.called(message, attachments, late);
      case Code.cancel:
        return to.responder.cancelled(message, attachments);
      case Code.abort:
        return to.responder.aborted(message, attachments);
      case Code.name:
        return to.targets.named(message);
      case Code.release:
        return this.#released(message);
      case Code.item:
      case Code.end:
      case Code.fail:
      case Code.credit:
      case Code.stop:
      case Code.next:
        return to.streams.received(message, attachments, batchChars);
      case Code.portMessage:
      case Code.portClose:
      case Code.portCredit:
        return receivedByPort(to.ports, message, attachments);
      case Code.begin:
      case Code.part:
      case Code.drop: {
        const whole = to.assembly.received(message, attachments);
        return whole && this.read(whole.message, whole.attachments, whole.chars, true);
      }
      case Code.iterate:
        return to.responder.iterated(message);
      case Code.ping:
        return to.pings.received(message, to.running);
      case Code.pong:
        return to.pings.answered(message);
      case Code.hello:
        return to.greeted(message);
      case Code.bye:
        return to.dismissed(message, attachments);
      default:
        throw new RpcError(
          'PROTOCOL_ERROR',
          `the other side sent message ${message[0]}, which is not in version ${protocolVersion}`,
        );
    }
  }

  /** The other side lets go of a reference, or of a result that was kept for it. */
  #released([, id, count]: Message): void {
    if (!Number.isSafeInteger(id) || !Number.isSafeInteger(count) || (count as number) < 1)
      throw new RpcError('PROTOCOL_ERROR', `the other side released ${JSON.stringify([id, count])}`);
    const { responder, objects } = this.#to;
    responder.released(() => {
      if ((id as number) < 0) objects.kept.release(-(id as number));
      else objects.exported.release(id as number, count as number);
    });
  }
}
