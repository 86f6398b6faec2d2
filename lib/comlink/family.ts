import { MessageChannel, type MessagePort } from 'node:worker_threads';

import { noOptions } from '../call/call-options.ts';
import { RpcError } from '../errors/rpc-error.ts';
import type { Ending } from '../session/call-failure.ts';
import { Conversation, type Common } from './conversation.ts';
import type { References, Served } from './references.ts';
import { comlinkRemote, type Link } from './remote.ts';
import { ownPort } from './wire.ts';

// Each is two ports; a program that means to have more has lost count.
const mostReferences = 100_000;

const released: Ending = { code: 'REFERENCE_RELEASED', happened: 'the remote was released' };

/** The objects that one session serves and reaches by reference. They end with it. */
export class Family implements References {
  readonly #common: Common;
  readonly #hold: 'always' | 'while-awaited';
  readonly #members = new Set<Conversation>();
  #served = 0;
  // What calls are made through while they are under way: a remote that is collected meanwhile still gets its reply.
  readonly #inUse = new Map<Link, number>();
  readonly #collected = new FinalizationRegistry<Conversation>((conversation) =>
    conversation.release(released),
  );

  /** @param hold - Whether what is served keeps the process alive. */
  constructor(common: Common, hold: 'always' | 'while-awaited') {
    this.#common = common;
    this.#hold = hold;
  }

  serve(object: object): Served {
    this.#checkRoom();
    const { port1, port2 } = new MessageChannel();
    const conversation = this.#add(port1, object, this.#hold);
    return {
      port: port2,
      revoke: () => {
        conversation.drop();
        port2.close();
      },
    };
  }

  reach(port: MessagePort): object {
    try {
      this.#checkRoom();
    } catch (error) {
      this.discard(port);
      throw error;
    }
    const conversation = this.#add(port, undefined, 'while-awaited');
    const link = this.link(conversation);
    this.#collected.register(link, conversation);
    return comlinkRemote(link, noOptions);
  }

  discard(port: MessagePort): void {
    port.postMessage({ id: this.#common.nextId(), type: 'RELEASE', path: [] });
    port.close();
  }

  /** What a remote for the other side of a conversation is one end of. */
  link(conversation: Conversation): Link {
    const use = async <T>(made: () => Promise<T>): Promise<T> => {
      this.#inUse.set(link, (this.#inUse.get(link) ?? 0) + 1);
      try {
        return await made();
      } finally {
        const uses = this.#inUse.get(link)! - 1;
        if (uses === 0) this.#inUse.delete(link);
        else this.#inUse.set(link, uses);
      }
    };
    const link: Link = {
      handler: (call) => use(() => conversation.handler(call)),
      endpoint: () => use(() => conversation.endpoint()),
      release: async () => {
        conversation.release(released);
        await conversation.closed;
      },
      onError: this.#common.onError,
    };
    return link;
  }

  /** Objects of this side that the other has. */
  get served(): number {
    return this.#served;
  }

  /** Objects of the other side that this one has. */
  get reached(): number {
    return this.#members.size - this.#served;
  }

  /** Calls made here on objects of the other side. */
  get pendingCalls(): number {
    return [...this.#members].reduce((sum, { pendingCalls }) => sum + pendingCalls, 0);
  }

  /** Calls of the other side on objects served here. */
  get runningCalls(): number {
    return [...this.#members].reduce((sum, { runningCalls }) => sum + runningCalls, 0);
  }

  /** Messages over their ports that concerned nothing. */
  get ignoredMessages(): number {
    return [...this.#members].reduce((sum, { ignoredMessages }) => sum + ignoredMessages, 0);
  }

  /** Ends all of them, once the calls under way are done or the time is up. */
  async close(graceMs: number): Promise<void> {
    await Promise.all([...this.#members].map((conversation) => conversation.close(graceMs)));
  }

  /** Ends all of them: the conversation that they came from is lost. */
  async lose(error: Error): Promise<void> {
    const members = [...this.#members];
    for (const conversation of members) conversation.lose(error);
    await Promise.all(members.map(({ closed }) => closed));
  }

  #add(port: MessagePort, exposed: object | undefined, hold: 'always' | 'while-awaited'): Conversation {
    const conversation = new Conversation(ownPort(port), exposed, hold, this, this.#common);
    this.#members.add(conversation);
    if (exposed !== undefined) this.#served++;
    void conversation.closed.then(() => {
      this.#members.delete(conversation);
      if (exposed !== undefined) this.#served--;
    });
    return conversation;
  }

  #checkRoom(): void {
    const most = Math.min(mostReferences, this.#common.limits.references);
    if (this.#members.size < most) return;
    throw new RpcError(
      'OVERLOADED',
      `${most} objects are held by reference already (limits.references); release some first`,
      {
        delivery: 'not-sent',
      },
    );
  }
}
