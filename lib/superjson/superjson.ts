import { SuperJSON } from 'superjson';

import { invalidOption } from '../errors/invalid-option.ts';
import { chosenCodec, type ChosenCodec } from '../values/chosen-codec.ts';
import type { SuperjsonInstance } from './instance.ts';
import { SuperjsonCodec } from './superjson-codec.ts';

/**
 * superjson as the codec of a session, with your own instance and all that is registered on it. Both sides pass it as
 * `codec`; a child that `fork` or `worker` launches has it from the module that `types` names, which exports it.
 *
 * What superjson has no way to say is said by Portcall's own codec within: errors, bytes, functions, remotes, streams,
 * signals, and types registered with `defineType`. superjson is for a peer that you trust: it takes what it is told to
 * make at its word, without limits on size.
 *
 * @param instance - An instance of superjson, or the class itself for its default instance. A new one where it is left
 * out.
 * @throws RpcError `INVALID_OPTION` where it is no instance of superjson
 *
 * @example
 * ```ts
 * import { MessageChannel } from 'node:worker_threads';
 * import { connect } from 'portcall';
 * import { superjson } from 'portcall/superjson';
 *
 * const { port1, port2 } = new MessageChannel();
 * const codec = superjson();
 * connect(port2, { codec, expose: { later: (date: Date) => new Date(date.getTime() + 1000) } });
 * const session = connect<{ later(date: Date): Date }>(port1, { codec });
 * console.log((await session.remote.later(new Date(0))).getTime()); // 1000
 * await session.close();
 * ```
 */
export function superjson(instance: SuperjsonInstance | typeof SuperJSON = new SuperJSON()): ChosenCodec {
  const used: unknown =
    typeof instance === 'function'
      ? (instance as unknown as { defaultInstance: unknown }).defaultInstance
      : instance;
  if (!isInstance(used))
    throw invalidOption(
      'superjson(): instance',
      instance,
      'an instance of superjson 2, made with new SuperJSON()',
    );
  return chosenCodec('superjson', (limits, types) => new SuperjsonCodec(used, limits, types));
}

function isInstance(value: unknown): value is SuperjsonInstance {
  if (typeof value !== 'object' || value === null) return false;
  const { serialize, deserialize, customTransformerRegistry } = value as Partial<SuperjsonInstance>;
  return (
    typeof serialize === 'function' &&
    typeof deserialize === 'function' &&
    typeof customTransformerRegistry?.findApplicable === 'function' &&
    typeof customTransformerRegistry.findByName === 'function'
  );
}
