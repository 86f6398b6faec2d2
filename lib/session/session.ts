import type { Call, Handler } from '../call/call.ts';
import type { Origin } from '../call/origin.ts';
import type { Channel } from '../channel/channel.ts';
import { RpcError } from '../errors/rpc-error.ts';
import { compose } from '../middleware/compose.ts';
import { Code, Form, protocolVersion, type Message } from '../protocol/protocol.ts';
import { messageBounds } from '../protocol/text-size.ts';
import type { Attachment } from '../shared/attachments.ts';
import { deferred } from '../shared/deferred.ts';
import { afterThisTick } from '../shared/scheduler.ts';
import { timerMs } from '../shared/timer-ms.ts';
import { within } from '../shared/within.ts';
import { arrivedValue, valueFields } from './arrived.ts';
import { BlockedCalls } from './blocked-calls.ts';
import type { Blocking } from './blocking.ts';
import type { Arrived } from '../values/values.ts';
import type { Ending } from './call-failure.ts';
import { Caller } from './caller.ts';
import { Dispatch } from './dispatch.ts';
import { Hold } from './hold.ts';
import { checkForm, helloText, readHello, saidShape, shapeTaken } from './handshake.ts';
import type { Reference } from './imported.ts';
import { Invocations } from './invocations.ts';
import { keepTo } from './keep-to.ts';
import { MessageExports } from './message-exports.ts';
import { MessageImports } from './message-imports.ts';
import { Outbox } from './outbox.ts';
import { Assembly } from './parts/assembly.ts';
import { Pings } from './pings.ts';
import { endedEarly } from './session-errors.ts';
import type { MainPort } from './ports/main-port.ts';
import { Reading } from './reading.ts';
import { Replies } from './replies.ts';
import { Responder } from './responder.ts';
import { RunningCalls } from './running-calls.ts';
import type { Exposed, SessionSettings } from './session-options.ts';
import { SessionStreams } from './session-streams.ts';
import { SharedObjects } from './shared-objects.ts';
import { Targets } from './targets.ts';

/**
 * One end of a conversation over a channel: makes calls, takes calls, and settles every one of them.
 *
 * It moves one way: `starting` until the other side has said hello, `open`, `closing` once either side has said
 * goodbye, `lost` from the end of the channel until the reason of it is known, `closed`.
 */
export class Session {
  /** Makes a call, through the middleware. */
  readonly handler: Handler;
  /** What remotes are made from. */
  readonly origin: Origin;
  /** Fulfils once the other side takes calls; rejects when that will not happen. */
  readonly ready: Promise<void>;
  /** Fulfils once everything is settled and the channel is gone, with what ended it where that was no orderly end. */
  readonly closed: Promise<Error | undefined>;
  /** Fulfils when the channel is gone, which is before the reason of it is known. */
  readonly channelGone: Promise<void>;

  readonly #channel: Channel;
  readonly #settings: SessionSettings;
  readonly #outbox: Outbox;
  readonly #objects: SharedObjects;
  readonly #pings: Pings;
  readonly #streams: SessionStreams;
  readonly #targets: Targets;
  readonly #invocations: Invocations;
  readonly #replies: Replies;
  readonly #caller: Caller;
  readonly #running = new RunningCalls();
  readonly #responder: Responder;
  readonly #hold: Hold;
  readonly #dispatch: Dispatch;
  readonly #reading: Reading;
  readonly #assembly: Assembly;
  readonly #blocked: BlockedCalls;
  readonly #ready = deferred<void>();
  readonly #closed = deferred<Error | undefined>();
  readonly #gone = deferred<void>();
  #state: 'starting' | 'open' | 'closing' | 'lost' | 'closed' = 'starting';
  #helloSaid = false;
  #byeSaid = false;
  #theirEnding: Ending | undefined;
  #handshakeTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(channel: Channel, settings: SessionSettings) {
    this.#channel = channel;
    this.#settings = settings;
    this.#hold = new Hold(channel, settings.hold);
    this.#outbox = new Outbox(channel);
    this.#pings = new Pings(this.#outbox);
    const { codec, limits } = settings;
    const report = (error: unknown): void => this.#report(error);
    this.#streams = new SessionStreams({
      outbox: this.#outbox,
      codec,
      limits,
      onError: report,
      waiting: (any) => this.#hold.set('streams', any),
    });
    this.#objects = new SharedObjects(this, this.#outbox, {
      limits,
      carries: channel.carries ?? {},
      platformStreams: settings.platformStreams,
      platformPorts: settings.platformPorts,
      platformHandles: settings.platformHandles,
      streamPort: this.#streams,
      onError: report,
      dress: (reference) => settings.dress(this.origin, reference),
    });
    this.#streams.serve(this.#objects);
    this.#targets = new Targets(this.#objects);
    this.#invocations = new Invocations(this.#objects, this.#targets, settings.servedMiddleware);
    this.#replies = new Replies(this.#outbox, codec, this.#objects, {
      report,
      streaming: (...about) => this.#running.streaming(...about),
    });
    this.#caller = new Caller(this.#outbox, codec, this.#objects, limits, {
      waiting: (any) => this.#hold.set('calls', any),
      prepared: settings.prepared,
      givenUp: ({ call, id }) => settings.givenUp?.(call, this.ping(id)),
    });
    this.#responder = new Responder({
      codec,
      objects: this.#objects,
      targets: this.#targets,
      invocations: this.#invocations,
      replies: this.#replies,
      running: this.#running,
      limits,
      queuedBytes: () => this.#outbox.queuedBytes,
    });
    this.#assembly = new Assembly(limits);
    this.#dispatch = new Dispatch({
      caller: this.#caller,
      responder: this.#responder,
      running: this.#running,
      targets: this.#targets,
      objects: this.#objects,
      streams: this.#streams,
      ports: { codec, objects: this.#objects, onError: report },
      assembly: this.#assembly,
      pings: this.#pings,
      greeted: (message) => this.#greeted(message),
      dismissed: (...goodbye) => this.#dismissed(...goodbye),
    });
    this.#reading = new Reading(messageBounds(limits), {
      read: (...read) => this.#read(...read),
      answers: this.#outbox,
      done: () => this.#checkAnswers(),
      failed: (error) => this.#channel.destroy(error),
    });
    this.#blocked = new BlockedCalls({
      caller: this.#caller,
      outbox: this.#outbox,
      reading: this.#reading,
      asynchronous: settings.middleware.length > 0,
      ready: () => this.#state !== 'starting',
      theirEnding: () => this.#theirEnding,
    });
    this.handler =
      settings.middleware.length === 0
        ? this.#caller.handle
        : compose(settings.middleware, this.#caller.handle);
    this.origin = {
      owner: this,
      handler: this.handler,
      iterating: this.#caller.iterating,
      release: (reference) => this.#objects.imported.release(reference as Reference),
      delivered: () => Promise.race([this.#pings.send(undefined, true), this.closed.then(() => {})]),
    };
    this.ready = this.#ready.promise;
    this.closed = this.#closed.promise;
    this.channelGone = this.#gone.promise;
    // Whoever wants to know asks; nobody has to.
    this.ready.catch(() => {});
    if (settings.exposed !== undefined) this.expose(settings.exposed);
    this.#hold.set('ready', true);
    if (settings.handshakeMs !== Infinity) {
      this.#handshakeTimer = setTimeout(() => this.#handshakeLate(), timerMs(settings.handshakeMs));
    }
    channel.open({
      // What is answered at once leaves at once, in one batch.
      received: (text, attachments) => this.#outbox.gather(() => this.#received(text, attachments)),
      room: (...about) => this.#assembly.room(...about),
      // Not before the other side has said what it takes, however early the channel takes more.
      drained: () => {
        if (this.#state !== 'starting') this.#outbox.release();
      },
      closed: (error) => void this.#channelClosed(error),
    });
    if (settings.helloNow) this.hello();
  }

  /** Calls that wait for their replies. */
  get pendingCalls(): number {
    return this.#caller.pendingCalls;
  }

  /** Calls of the other side that are running. */
  get runningCalls(): number {
    return this.#running.size;
  }

  /** Messages that concerned nothing, such as late replies. */
  get ignoredMessages(): number {
    return this.#caller.ignoredReplies + this.#responder.ignoredMessages;
  }

  /** What the other side holds of this one: functions, objects, results. */
  get exportedReferences(): number {
    return this.#objects.exported.size + this.#objects.kept.size;
  }

  /** What this side holds of the other. */
  get importedReferences(): number {
    return this.#objects.imported.size;
  }

  /** Streams and tunnelled ports that have not ended, in both directions. */
  get openStreams(): number {
    return this.#objects.streams.size + this.#objects.ports.size;
  }

  /** The endpoint of the session. */
  get mainPort(): MainPort {
    return this.#objects.ports.mainPort;
  }

  /** Bytes that wait for the channel. */
  get queuedBytes(): number {
    return this.#outbox.queuedBytes;
  }

  /** Sets what the other side can call. */
  expose(exposed: Exposed): void {
    this.#targets.expose(exposed);
    this.#invocations.wrap(exposed.middleware ?? []);
  }

  /** Says that this side takes calls. Calls of its own need not wait for it. */
  hello(): void {
    if (this.#helloSaid || this.#ended) return;
    this.#helloSaid = true;
    const { name, limits, codec } = this.#settings;
    this.#outbox.sendAhead(
      helloText({
        session: name,
        messageBytes: limits.messageBytes,
        ...saidShape(limits),
        exports: this.#objects.router.names,
        parts: true,
        series: true,
        ...(codec.form !== Form.tagged && { forms: [codec.form] }),
      }),
    );
  }

  /** Says why this side will never take calls, and ends the channel. */
  async failToStart(error: unknown): Promise<void> {
    const encoded = this.#settings.codec.encodeThrown(error, new MessageExports(this.#objects));
    const message = `[${Code.bye},"START_FAILED","the module could not be loaded",${valueFields(encoded)}]`;
    this.#outbox.sendAhead(message, encoded.attachments);
    await this.#channel.close();
  }

  /**
   * Takes and makes no new calls, waits for those under way in both directions, then ends the channel.
   *
   * @param graceMs - How long to wait before the channel is ended all the same.
   */
  async close(graceMs: number): Promise<void> {
    if (this.#ended) return void (await this.closed);
    this.#hold.set('close', true);
    const until = performance.now() + graceMs;
    const inTime = (promise: Promise<unknown>): Promise<void> =>
      within(Math.max(0, until - performance.now()), promise);
    const ending: Ending = { code: 'CHANNEL_CLOSED', happened: 'the session was closed' };
    // The other side refuses what comes behind the goodbye.
    const writable = this.#caller.whenWritable;
    if (writable !== undefined) {
      this.#caller.refuse(ending);
      await inTime(writable);
    }
    this.#goodbye(ending);
    await inTime(Promise.all([this.#caller.whenIdle(), this.#running.whenIdle(), this.#whenTheyIdle()]));
    const ended = new RpcError('CHANNEL_CLOSED', 'the stream was ended: the session was closed');
    if (!this.#ended) await inTime(this.#objects.streams.close(ended));
    if (!this.#ended) this.#objects.ports.close();
    // What is left then is said without an answer.
    if (this.#state !== 'starting' && performance.now() < until) this.#outbox.flushAll();
    await inTime(this.#channel.close());
    this.#channel.destroy();
    await this.closed;
  }

  /** Ends the channel now. */
  destroy(reason?: Error): void {
    this.#channel.destroy(reason);
  }

  /**
   * Fulfils once the other side has answered; never, where the channel ends first.
   *
   * @param callId - A call that the other side is to end first; 0 for all.
   */
  ping(callId?: number): Promise<void> {
    return this.#pings.send(callId);
  }

  /** Writes out all that waits before it returns; the process is about to end. */
  flushSync(): void {
    this.#outbox.flushAll();
    this.#channel.flushSync?.();
  }

  /** What ended or ends the session, where a call of this side's failed with this error because of that. */
  endingOf(error: unknown): Ending | undefined {
    return this.#caller.endingOf(error);
  }

  /**
   * Makes a call and blocks this thread until it is settled.
   *
   * @param from - The function the user has called: traces begin above it.
   * @throws What the call fails with
   */
  callBlocking(call: Call, from: object, blocking: Blocking): unknown {
    return this.#blocked.call(call, from, blocking);
  }

  /** Keeps the process alive in any case, or in none; `undefined` for the rule of the session. */
  overrideHold(held: boolean | undefined): void {
    this.#hold.override(held);
  }

  get #ended(): boolean {
    return this.#state === 'lost' || this.#state === 'closed';
  }

  #received(text: string, attachments: readonly Attachment[]): void {
    if (!this.#ended) this.#reading.received(text, attachments);
  }

  /** Whoever asks without reading the answers has them pile up here. */
  #checkAnswers(): void {
    const { queuedBytes } = this.#outbox;
    if (queuedBytes < this.#settings.limits.queuedBytes * 4) return;
    throw new RpcError(
      'PROTOCOL_ERROR',
      `the other side makes calls and does not read the answers: ${queuedBytes} bytes wait for it (limits.queuedBytes)`,
    );
  }

  #read(message: Message, attachments: readonly Attachment[], batchChars: number): void {
    const [code] = message;
    if (this.#state === 'starting' && code !== Code.hello && code !== Code.bye) {
      throw new RpcError(
        'PROTOCOL_ERROR',
        `the other side began with message ${code} instead of a hello; this side speaks version ${protocolVersion}`,
      );
    }
    this.#dispatch.read(message, attachments, batchChars);
  }

  #greeted(message: Message): void {
    if (this.#state !== 'starting') throw new RpcError('PROTOCOL_ERROR', 'the other side said hello twice');
    const hello = readHello(message);
    checkForm(hello, this.#settings.codec);
    clearTimeout(this.#handshakeTimer);
    this.#state = 'open';
    keepTo(hello, {
      ...this.#settings,
      outbox: this.#outbox,
      caller: this.#caller,
      replies: this.#replies,
      streams: this.#streams,
      report: (error) => this.#report(error),
    });
    this.#outbox.cutBy(hello.parts === true ? this.#channel.partBytes : undefined);
    if (hello.series === true) this.#outbox.writeSeries(shapeTaken(hello).elements);
    this.#outbox.release();
    this.#hold.set('ready', false);
    this.#ready.resolve();
  }

  /** The other side makes and takes no further calls; what runs goes on, and it ends the channel once that is done. */
  #dismissed(message: Message, attachments: readonly Attachment[]): void {
    const [, code, happened] = message;
    const arrived = arrivedValue(message, attachments);
    if (code === 'START_FAILED') {
      const cause = arrived === undefined ? undefined : this.#readCause(arrived);
      this.#theirEnding = {
        code,
        happened: typeof happened === 'string' ? happened : 'it did not start',
        cause,
      };
    }
    this.#goodbye(
      this.#theirEnding ?? { code: 'CHANNEL_CLOSED', happened: 'the other side closed the session' },
    );
  }

  /** Why the other side did not start; a cause that cannot be read is a cause all the same. */
  #readCause(arrived: Arrived): unknown {
    try {
      return this.#settings.codec.decode(arrived, new MessageImports(this.#objects, false));
    } catch (error) {
      return error;
    }
  }

  /** Fulfils once no call of this side runs at the other, those without a reply among them. */
  #whenTheyIdle(): Promise<void> {
    return this.#caller.callsUnreplied ? Promise.race([this.ping(0), this.#gone.promise]) : Promise.resolve();
  }

  #goodbye(ending: Ending): void {
    if (this.#byeSaid || this.#ended) return;
    this.#byeSaid = true;
    // A session that was never open still waits for its handshake to tell its calls.
    if (this.#state === 'open') this.#state = 'closing';
    this.#outbox.postBehind(`[${Code.bye}]`);
    this.#caller.refuse(ending);
    this.#responder.refuse(
      new RpcError('CHANNEL_CLOSED', `${ending.happened} at the other side`, { delivery: 'not-sent' }),
    );
  }

  /** Tells of an error that no caller waits for. */
  #report(error: unknown): void {
    try {
      this.#settings.onError(error);
    } catch (problem) {
      // An error of the program's own, to be shown as any other that nothing catches.
      afterThisTick(() => {
        throw problem;
      });
    }
  }

  #handshakeLate(): void {
    this.#channel.destroy(
      new RpcError(
        'PROTOCOL_ERROR',
        `the other side did not say hello within ${this.#settings.handshakeMs} ms; does it run portcall's expose()?`,
      ),
    );
  }

  async #channelClosed(error: Error | undefined): Promise<void> {
    if (this.#ended) return;
    this.#state = 'lost';
    clearTimeout(this.#handshakeTimer);
    this.#outbox.stop();
    this.#gone.resolve();
    const ending = await this.#settings.explain(error, this.#theirEnding);
    this.#state = 'closed';
    const gone = new RpcError('CHANNEL_CLOSED', `the caller is gone: ${ending.happened}`);
    this.#responder.end(gone);
    this.#caller.end(ending);
    this.#objects.end((what) => endedEarly(what, ending));
    this.#hold.end();
    this.#ready.reject(
      new RpcError(ending.code, ending.happened, { exit: ending.exit, cause: ending.cause ?? error }),
    );
    this.#closed.resolve(error);
  }
}
