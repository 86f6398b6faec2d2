import type { TargetBase } from '../call/call.ts';
import { target, targetName } from '../call/target.ts';
import { RpcError } from '../errors/rpc-error.ts';
import type { Limits } from '../protocol/limits.ts';
import { discardResult } from './discard-result.ts';
import { Exported } from './exported.ts';
import { Imported, type Reference } from './imported.ts';
import type { PlatformHandles } from './platform-handles.ts';
import type { PlatformPorts } from './ports/local-end.ts';
import { Ports } from './ports/ports.ts';
import type { Carries } from '../shared/attachments.ts';
import { KeptFailure, KeptResults } from './kept-results.ts';
import type { Outbox } from './outbox.ts';
import { Router } from './router.ts';
import { routeFrom, routeValue, type Start } from './routes.ts';
import type { Exposed } from './session-options.ts';
import { streamValue, type PlatformStreams, type StreamValue } from './streams/stream-values.ts';
import { Streams } from './streams/streams.ts';
import type { StreamPort } from './streams/stream-port.ts';

/** What {@link SharedObjects} needs of its session. */
export interface SharedObjectsSettings {
  readonly limits: Limits;
  /** What the channel carries as itself. */
  readonly carries: Carries;
  readonly platformStreams: PlatformStreams | undefined;
  readonly platformPorts: PlatformPorts | undefined;
  readonly platformHandles: PlatformHandles | undefined;
  readonly streamPort: StreamPort;
  readonly onError: (error: unknown) => void;
  /** Makes the remote for a reference. */
  readonly dress: (reference: Reference) => object;
}

/** What the two sides hold of each other: what is exposed, references both ways, results that are kept, streams. */
export class SharedObjects {
  /** The session, as links name it. */
  readonly owner: object;
  readonly exported: Exported;
  readonly imported: Imported;
  readonly kept: KeptResults;
  readonly streams: Streams;
  readonly ports: Ports;
  readonly #settings: SharedObjectsSettings;
  /** Whether calls of what is exposed pass middleware, which nothing may go round. */
  guarded = false;
  // What `new` has made for the other side, of whatever class.
  readonly #made = new WeakSet<object>();
  #router = new Router({ api: {}, what: 'what this side exposes, which is nothing' });

  constructor(owner: object, outbox: Outbox, settings: SharedObjectsSettings) {
    const { limits } = settings;
    this.owner = owner;
    this.#settings = settings;
    this.exported = new Exported(limits.references);
    this.imported = new Imported(outbox, limits.references);
    const discarding = {
      streamValue: (value: object) => this.streamValue(value),
      report: settings.onError,
    };
    this.kept = new KeptResults(limits.references, settings.onError, (value) =>
      discardResult(value, discarding),
    );
    this.streams = new Streams(settings.streamPort, limits.streams, settings.platformStreams);
    this.ports = new Ports(settings.streamPort, limits, settings.platformPorts);
  }

  get carries(): Carries {
    return this.#settings.carries;
  }

  get router(): Router {
    return this.#router;
  }

  expose(exposed: Exposed): void {
    this.#router = new Router(exposed);
  }

  /** An instance that the other side has made is passed by reference. */
  made(instance: object): void {
    this.#made.add(instance);
  }

  /** Whether an object goes by reference because of its class. */
  readonly isInstance = (value: object): boolean => this.#made.has(value) || this.#router.isInstance(value);

  streamValue(value: object): StreamValue | undefined {
    return this.#settings.platformStreams?.streamValue(value) ?? streamValue(value);
  }

  /** Whether a value is a handle of the system that the channel carries. */
  isHandle(value: object): boolean {
    return this.#settings.platformHandles?.isHandle(value, this.carries.handles === true) === true;
  }

  /** The remote for what the other side has handed out under a number. */
  reference(id: number, kind: number, name: string): object {
    return this.imported.receive(id, kind, name, this.#settings.dress);
  }

  /**
   * Where a target starts that is based on something this side has: a reference above 0, a kept result below.
   *
   * @throws RpcError `REFERENCE_RELEASED`, `PROTOCOL_ERROR`; a {@link KeptFailure} where the call failed whose result it is
   */
  start(base: number): Start & { readonly base: TargetBase } {
    if (base > 0) {
      const { value, owner } = this.exported.find(base);
      const name = typeof value === 'function' && value.name !== '' ? value.name : 'the reference';
      return { value, owner, what: name, base: { id: base, name } };
    }
    const kept = this.kept.find(-base);
    kept.used = true;
    if (kept.state === 'running')
      throw new RpcError('PROTOCOL_ERROR', `the result of call ${-base} was used without saying so`);
    if (kept.state === 'failed') throw new KeptFailure(kept);
    const name = 'the result';
    return { value: kept.value, owner: undefined, what: name, base: { id: base, name } };
  }

  /** What this side has itself, and the other has sent back: by a path from the exports, a reference or a kept result. */
  yours(base: number, path: readonly string[]): unknown {
    if (base === 0) {
      if (this.guarded) {
        throw new RpcError(
          'NOT_ALLOWED',
          `${targetName({ path })} was not handed over: what is called by way of another function would pass by the ` +
            'middleware, the schemas and "allow" of the other side. Call it by its name',
          { delivery: 'not-sent' },
        );
      }
      if (path.length === 0) return this.#router.root;
      const route = this.#router.route(path);
      return route.forward === undefined ? routeValue(route) : route.self;
    }
    const start = this.start(base);
    const route = routeFrom(start, target(path, start.base), this.isInstance);
    return route.forward === undefined ? routeValue(route) : route.self;
  }

  /** The session is over. */
  end(reason: (what: 'stream' | 'port') => Error): void {
    this.streams.end(() => reason('stream'));
    this.ports.end(reason('port'));
    this.kept.clear();
    this.exported.clear();
    this.imported.clear();
  }
}
