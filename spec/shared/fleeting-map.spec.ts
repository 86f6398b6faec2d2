import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { FleetingMap } from '../../lib/shared/fleeting-map.ts';

test('does what a Map does', () => {
  const key = fc.nat(3);
  const step = fc.oneof(
    fc.record({ what: fc.constant('set' as const), key, value: fc.nat() }),
    fc.record({ what: fc.constant('delete' as const), key }),
    fc.record({ what: fc.constant('clear' as const) }),
  );
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const map = new Map<number, number>();
      const fleeting = new FleetingMap<number, number>();
      for (const one of steps) {
        for (const each of [map, fleeting]) {
          if (one.what === 'set') each.set(one.key, one.value);
          else if (one.what === 'delete') each.delete(one.key);
          else each.clear();
        }
        expect([...fleeting.values()]).toEqual([...map.values()]);
        expect(fleeting.size).toBe(map.size);
        for (const each of [0, 1, 2, 3])
          expect([fleeting.has(each), fleeting.get(each)]).toEqual([map.has(each), map.get(each)]);
      }
    }),
  );
});
