import { RpcError } from '../errors/rpc-error.ts';
import type { SessionSettings } from '../session/session-options.ts';
import { isChosenCodec, makeCodec, type ChosenCodec } from '../values/chosen-codec.ts';
import { isDefinition, type Definition } from '../values/definitions.ts';
import { LateCodec } from '../values/late-codec.ts';
import { registeredTypes } from '../values/registered-types.ts';
import type { ValueLimits } from '../values/values.ts';
import type { ConnectOptions } from './session.ts';

/** How the values of a session are written and read, and from when on. */
export type SessionValues = Pick<SessionSettings, 'codec' | 'prepared'>;

/**
 * From the options of a session.
 *
 * @param where - The function they were passed to, for the message of an error.
 * @throws RpcError `INVALID_OPTION` where two types have one name
 */
export function sessionValues(
  where: string,
  limits: ValueLimits,
  { types, codec }: Pick<ConnectOptions, 'types' | 'codec'>,
): SessionValues {
  return { codec: makeCodec(limits, registeredTypes(`${where}: types`, types ?? []), codec) };
}

/**
 * From a module that both sides load.
 *
 * @param loading - The module. Where it rejects, so does `prepared`.
 * @param url - Where it is, for the message of an error.
 */
export function valuesOfModule(limits: ValueLimits, loading: Promise<object>, url: string): SessionValues {
  const codec = new LateCodec(makeCodec(limits));
  const prepared = loading.then((exports) => {
    const { types, chosen } = typesOf(exports, url);
    codec.become(makeCodec(limits, registeredTypes(url, types), chosen));
  });
  // Whoever uses it looks at it; nobody has to.
  prepared.catch(() => {});
  return { codec, prepared };
}

/** The definitions a module exports, each on its own or in lists, and what it exports as `codec`. */
function typesOf(exports: object, url: string): { types: Definition[]; chosen: ChosenCodec | undefined } {
  const all: readonly unknown[] = Object.values(exports).flat();
  const types = all.filter(isDefinition);
  const chosen = 'codec' in exports ? exports.codec : undefined;
  if (chosen !== undefined && !isChosenCodec(chosen))
    throw new RpcError(
      'INVALID_OPTION',
      `${url} exports a codec that is none; export const codec = superjson(…) from portcall/superjson`,
    );
  if (types.length === 0 && chosen === undefined)
    throw new RpcError(
      'INVALID_OPTION',
      `${url}, which the option types names, exports no types; export what defineType() and defineError() give, or a codec`,
    );
  return { types, chosen };
}
