import {
  callable,
  flag,
  listOf,
  milliseconds,
  record,
  type OptionCheck,
  type OptionChecks,
} from '../errors/check-options.ts';
import { invalidOption } from '../errors/invalid-option.ts';
import { schemaTable } from '../validation/schema-table.ts';
import type { ApiSchemas } from '../validation/validation.ts';
import { isChosenCodec } from '../values/chosen-codec.ts';
import { isDefinition } from '../values/definitions.ts';
import type { CloseOptions, ConnectOptions } from './session.ts';

const definition: OptionCheck = (option, value) => {
  if (!isDefinition(value)) throw invalidOption(option, value, 'what defineType() or defineError() gives');
};

const chosen: OptionCheck = (option, value) => {
  if (!isChosenCodec(value))
    throw invalidOption(option, value, 'a codec, such as superjson() from portcall/superjson');
};

export const connectChecks: OptionChecks<ConnectOptions> = {
  expose: (option, value) => {
    if ((typeof value !== 'object' && typeof value !== 'function') || value === null) {
      throw invalidOption(option, value, 'an object or a module with functions');
    }
  },
  limits: record,
  middleware: listOf(callable),
  servedMiddleware: listOf(callable),
  allow: callable,
  schemas: (option, value) => void schemaTable(option, value as ApiSchemas),
  requireSchemas: flag,
  onError: callable,
  types: listOf(definition),
  codec: chosen,
  protocol: (option, value) => {
    if (typeof value !== 'object' || value === null || !('open' in value)) {
      throw invalidOption(option, value, 'a protocol, such as comlink of portcall/comlink');
    }
  },
};

export const closeChecks: OptionChecks<CloseOptions> = { graceMs: milliseconds };

/** How long calls under way may take once a session is being closed. */
export const defaultGraceMs = 5000;
