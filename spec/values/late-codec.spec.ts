import { expect, it } from 'vitest';

import { LateCodec } from '../../lib/values/late-codec.ts';
import { TaggedCodec } from '../../lib/values/tagged-codec.ts';
import { exporting, limits } from './codec.ts';

it('what the other side takes holds before and after the types have come', () => {
  const codec = new LateCodec(new TaggedCodec(limits));
  codec.narrow({ depth: 10, elements: 3 });
  const encode = (): unknown => codec.encode([[1, 2, 3, 4]], 'arguments', exporting());
  const refused = expect.objectContaining({
    code: 'NOT_SERIALIZABLE',
    message: expect.stringContaining('raise limits.elements at the other side'),
  });
  expect(encode).toThrow(refused);
  codec.become(new TaggedCodec(limits));
  expect(encode).toThrow(refused);
});
