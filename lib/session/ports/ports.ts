import { RpcError } from '../../errors/rpc-error.ts';
import { Code } from '../../protocol/protocol.ts';
import type { Limits } from '../../protocol/limits.ts';
import type { AnyPort } from '../../shared/attachments.ts';
import { Tag } from '../../values/tags.ts';
import type { Tagged, TunnelFields } from '../../values/values.ts';
import { taken } from '../owned-attachments.ts';
import { Credit } from '../streams/credit.ts';
import type { StreamPort } from '../streams/stream-port.ts';
import type { LocalEnd, PlatformPorts, PortWatch } from './local-end.ts';
import { MainPort } from './main-port.ts';
import { Tunnel } from './tunnel.ts';

/** A port that was registered for a message. */
interface SentPort {
  readonly tagged: Tagged;
  readonly tunnel: Tunnel;
  /** It is not sent after all. */
  undo(): void;
}

/**
 * The ports of a session that are tunnelled. Each is numbered by the side that sent it, above 0 by that side and below
 * by the other, so that the negative of what a message says is the number here. Number 0 is there from the beginning:
 * what stands at its two ends is the session's own endpoint.
 */
export class Ports {
  readonly #wire: StreamPort;
  readonly #limits: Limits;
  readonly #platform: PlatformPorts | undefined;
  readonly #tunnels = new Map<number, Tunnel>();
  readonly #main: Tunnel;
  #mainPort: MainPort | undefined;
  #watch: (() => PortWatch) | undefined;
  #lastId = 0;

  constructor(wire: StreamPort, limits: Limits, platform: PlatformPorts | undefined) {
    this.#wire = wire;
    this.#limits = limits;
    this.#platform = platform;
    this.#main = new Tunnel(0, wire, () => this.#mainPort?.over(), limits.queuedBytes, new Credit(0, 0));
  }

  /** Tunnels that have not ended. */
  get size(): number {
    return this.#tunnels.size;
  }

  /** The endpoint of the session, whose other end is that of the other side. */
  get mainPort(): MainPort {
    return (this.#mainPort ??= new MainPort(this.#main, {
      waiting: (change) => this.#wire.waiting(change),
      watch: (watch) => {
        this.#watch = watch;
      },
    }));
  }

  /**
   * Registers a port that is being sent; `undefined` where this runtime has none that could be tunnelled.
   *
   * @throws RpcError `OVERLOADED` where too many are open
   */
  send(port: AnyPort): SentPort | undefined {
    const platform = this.#platform;
    if (platform === undefined) return undefined;
    if (this.#tunnels.size >= this.#limits.streams) {
      throw new RpcError(
        'OVERLOADED',
        `${this.#tunnels.size} ports are tunnelled already (limits.streams); close some of them, or raise the limit`,
        { delivery: 'not-sent' },
      );
    }
    const id = ++this.#lastId;
    const tunnel = this.#add(id, new Credit(0, 0));
    let undone = false;
    // Once the message is on its way: only then is the port taken from whoever holds it.
    queueMicrotask(() => {
      if (!undone) this.#join(platform, taken(port), tunnel);
    });
    const { items, bytes } = this.#wire.window;
    return {
      tagged: [Tag.tunnel, id, items, bytes],
      tunnel,
      undo: () => {
        undone = true;
        // By then the port may have been taken, while its message waited.
        tunnel.end();
      },
    };
  }

  /** The port at this side for one of the other's. */
  receive({ id, items, bytes }: TunnelFields): object {
    if (id === 0 || this.#tunnels.has(-id))
      throw new RpcError('PROTOCOL_ERROR', `the other side sent port ${id}, which it cannot have`);
    if (this.#tunnels.size >= this.#limits.streams)
      throw new RpcError(
        'PROTOCOL_ERROR',
        'the other side has more ports tunnelled than are taken here (limits.streams)',
      );
    if (this.#platform === undefined)
      throw new RpcError('PROTOCOL_ERROR', 'the other side sent a MessagePort, and there are none here');
    const [given, own] = this.#platform.pair();
    const tunnel = this.#add(-id, new Credit(items, bytes));
    this.#join(this.#platform, own, tunnel, false);
    return given;
  }

  /** A port has come that nobody will use: its other end is told. */
  refuse(id: number): void {
    this.#wire.post(this, `[${Code.portClose},${-id}]`);
  }

  /** What a message concerns; `undefined` where that is over. */
  find(id: unknown): Tunnel | undefined {
    if (id === 0) return this.#main;
    return typeof id === 'number' ? this.#tunnels.get(-id) : undefined;
  }

  /** Both ends of all ports are closed. */
  close(): void {
    for (const tunnel of this.#tunnels.values()) tunnel.close();
    if (this.#mainPort !== undefined) this.#main.close();
  }

  /** The session is over. */
  end(reason: Error): void {
    for (const tunnel of [this.#main, ...this.#tunnels.values()]) tunnel.end(reason);
  }

  #add(key: number, credit: Credit): Tunnel {
    const over = (): void => void this.#tunnels.delete(key);
    const tunnel = new Tunnel(key, this.#wire, over, this.#limits.queuedBytes, credit);
    this.#tunnels.set(key, tunnel);
    return tunnel;
  }

  #join(platform: PlatformPorts, port: AnyPort, tunnel: Tunnel, said = true): void {
    const watch = this.#watch?.();
    const local = platform.bridge(port, {
      message: (value) => {
        try {
          tunnel.send(value);
          watch?.sent(value);
        } catch (error) {
          // Nobody waits for one message of a port: the others go on.
          this.#wire.report(error);
        }
      },
      closed: () => tunnel.close(),
    });
    tunnel.open(watch === undefined ? local : watched(local, watch), said);
  }
}

function watched(local: LocalEnd, watch: PortWatch): LocalEnd {
  return {
    pause: () => local.pause(),
    resume: () => local.resume(),
    deliver: (value) => {
      watch.received(value);
      local.deliver(value);
    },
    end: (reason) => {
      for (const value of watch.last(reason)) local.deliver(value);
      local.end(reason);
    },
  };
}
