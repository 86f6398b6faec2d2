import type { OptionChecks } from '../errors/check-options.ts';
import { connectChecks } from '../connect/connect-options.ts';
import type { ConnectOptions } from '../connect/session.ts';
import type { Endpoint } from '../connect/endpoint.ts';
import { invalidOption } from '../errors/invalid-option.ts';

/** Options of {@link expose}. */
export interface ExposeOptions extends Omit<ConnectOptions, 'expose'> {
  /**
   * What leads to the parent, in a program that Portcall has not launched: `process` under a hand-made `fork`,
   * `parentPort` in a hand-made Worker, a pair of streams.
   *
   * @defaultValue what the launcher left for this process or thread; with a `protocol` whose peers leave nothing, such
   * as Comlink's, the parent port of a Worker
   */
  readonly endpoint?: Endpoint | undefined;
}

const { expose: _, ...sessionChecks } = connectChecks;

export const exposeChecks: OptionChecks<ExposeOptions> = {
  ...sessionChecks,
  endpoint: (option, value) => {
    if (typeof value !== 'object' || value === null) {
      throw invalidOption(option, value, 'something that leads to another process or thread');
    }
  },
  protocol: connectChecks.protocol,
};
