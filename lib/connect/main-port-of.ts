import type { MainPort } from '../session/ports/main-port.ts';

/**
 * The property of a session or a child that gives the port every session has. Registered, because bootstrap and module
 * may have loaded different copies of the package.
 */
export const mainPortKey: unique symbol = Symbol.for('portcall.mainPort') as never;

/** A session or a child, as far as its port is concerned. */
export interface HasMainPort {
  readonly [mainPortKey]: () => MainPort | undefined;
}

/** The port of a session or a child; `undefined` for everything else. */
export function mainPortOf(value: object): MainPort | undefined {
  return (value as Partial<HasMainPort>)[mainPortKey]?.();
}
