import * as fc from 'fast-check';
import { SuperJSON } from 'superjson';
import { expect, it } from 'vitest';

import { RpcError } from '../../lib/errors/rpc-error.ts';
import { Form } from '../../lib/protocol/protocol.ts';
import { SuperjsonCodec } from '../../lib/superjson/superjson-codec.ts';
import { noTypes } from '../../lib/values/registered-types.ts';
import { importing, limits } from '../values/codec.ts';

const codec = new SuperjsonCodec(new SuperJSON(), limits, noTypes);

const annotation = fc.oneof(
  fc.constantFrom('undefined', 'Date', 'map', 'set', 'regexp', 'URL', 'bigint', 'Error', 'nothing'),
  fc.tuple(
    fc.constantFrom('custom', 'class', 'symbol', 'typed-array'),
    fc.constantFrom('portcall:value', 'Int8Array', ''),
  ),
);
const path = fc.constantFrom('', 'a', '0', 'a.b', '__proto__', 'constructor.prototype.x', '0.0');
const meta = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }),
  fc.record({
    values: fc.oneof(fc.tuple(annotation), fc.dictionary(path, fc.tuple(annotation))),
    referentialEqualities: fc.dictionary(path, fc.array(path)),
    v: fc.constantFrom(0, 1),
  }),
);
const written = fc.oneof(
  fc.tuple(fc.jsonValue({ maxDepth: 3 }), meta),
  fc.tuple(fc.constantFrom([0], { a: [0] }, [[1]], { a: { b: 1 } }), meta, fc.constant(['$', 2, '5'])),
  fc.jsonValue({ maxDepth: 2 }),
);

it('what superjson has not written is read or refused with PROTOCOL_ERROR, and changes no prototype', () => {
  const before = Reflect.ownKeys(Object.prototype).join();
  fc.assert(
    fc.property(written, (json) => {
      try {
        codec.decode(
          { json: JSON.parse(JSON.stringify(json)) as unknown, form: Form.superjson, attachments: [] },
          importing(),
        );
      } catch (error) {
        expect(error).toBeInstanceOf(RpcError);
        expect(error).toMatchObject({ code: 'PROTOCOL_ERROR' });
      }
    }),
    { numRuns: 2000 },
  );
  expect(Reflect.ownKeys(Object.prototype).join()).toBe(before);
});
