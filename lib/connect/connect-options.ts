import { callable, flag, listOf, milliseconds, record, type OptionChecks } from '../errors/check-options.ts';
import { invalidOption } from '../errors/invalid-option.ts';
import { schemaTable } from '../validation/schema-table.ts';
import type { ApiSchemas } from '../validation/validation.ts';
import type { CloseOptions, ConnectOptions } from './session.ts';

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
  protocol: (option, value) => {
    if (typeof value !== 'object' || value === null || !('open' in value)) {
      throw invalidOption(option, value, 'a protocol, such as comlink of portcall/comlink');
    }
  },
};

export const closeChecks: OptionChecks<CloseOptions> = { graceMs: milliseconds };

/** How long calls under way may take once a session is being closed. */
export const defaultGraceMs = 5000;
