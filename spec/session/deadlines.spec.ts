import { MessageChannel } from 'node:worker_threads';

import { describe, expect, it } from 'vitest';

import { Deadlines } from '../../lib/session/deadlines.ts';

const passed = (deadlines: Deadlines, ms: number): Promise<number> =>
  new Promise((resolve) => deadlines.set(ms, () => resolve(ms)));

const timers = (): number => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;

describe('deadlines', () => {
  it('pass in their order, none before its time', async () => {
    const deadlines = new Deadlines();
    const start = performance.now();
    const order: number[] = [];
    await Promise.all(
      [40, 5, 20, 5, 0].map(async (ms) => {
        order.push(await passed(deadlines, ms));
        expect(performance.now() - start).toBeGreaterThanOrEqual(ms);
      }),
    );
    expect(order).toEqual([0, 5, 5, 20, 40]);
  });

  it('share one timer, and hold the process by none once all are cleared', async () => {
    const deadlines = new Deadlines();
    const before = timers();
    const clears = Array.from({ length: 10_000 }, (_, index) =>
      deadlines.set(60_000 + (index % 10), () => {}),
    );
    expect(timers()).toBe(before + 1);
    for (const clear of clears) clear();
    expect(timers()).toBe(before);
    const last = deadlines.set(60_000, () => {});
    expect(timers()).toBe(before + 1);
    last();
    expect(timers()).toBe(before);
  });

  it('that were cleared do not pass, and clearing one twice clears no other', async () => {
    const deadlines = new Deadlines();
    const called: string[] = [];
    const first = deadlines.set(5, () => called.push('first'));
    deadlines.set(5, () => called.push('second'));
    const third = deadlines.set(5, () => called.push('third'));
    first();
    first();
    third();
    await passed(deadlines, 5);
    expect(called).toEqual(['second']);
    first();
    third();
  });

  it('wait for what the event loop has to read first', async () => {
    const deadlines = new Deadlines();
    const told: string[] = [];
    const { port1, port2 } = new MessageChannel();
    const { after } = await new Promise<{ after: Promise<number> }>((resolve) => {
      // From here timers are next, and then what there is to be read.
      setImmediate(() => {
        const clear = deadlines.set(5, () => told.push('passed'));
        port2.once('message', () => {
          told.push('read');
          clear();
        });
        port1.postMessage('a reply');
        resolve({ after: passed(deadlines, 5) });
        const end = performance.now() + 20;
        while (performance.now() < end);
      });
    });
    await after;
    port1.close();
    expect(told).toEqual(['read']);
  });

  it.each([2 ** 31 - 1, 2 ** 31, 2 ** 53, Infinity])('of %d ms do not pass at once', async (ms) => {
    const warnings: Error[] = [];
    const warned = (warning: Error): void => void warnings.push(warning);
    process.on('warning', warned);
    const deadlines = new Deadlines();
    let fired = false;
    deadlines.set(ms, () => (fired = true));
    await passed(new Deadlines(), 20);
    expect(fired).toBe(false);
    // Node says so when a timer is given more than it takes, and fires at once.
    expect(warnings).toEqual([]);
    process.off('warning', warned);
    deadlines.clear();
  });

  it('may set and clear others while they pass', async () => {
    const deadlines = new Deadlines();
    const called: string[] = [];
    const clears: (() => void)[] = [];
    const last = new Promise<void>((resolve) => {
      deadlines.set(5, () => {
        called.push('a');
        for (const clear of clears) clear();
        deadlines.set(5, () => {
          called.push('set by a');
          resolve();
        });
      });
    });
    clears.push(deadlines.set(5, () => called.push('b')));
    clears.push(deadlines.set(6, () => called.push('c')));
    await last;
    expect(called).toEqual(['a', 'set by a']);
  });

  it('are all dropped by clear(), after which there may be new ones', async () => {
    const deadlines = new Deadlines();
    const called: string[] = [];
    const old = deadlines.set(5, () => called.push('old'));
    deadlines.clear();
    const fresh = passed(deadlines, 5);
    old();
    await fresh;
    expect(called).toEqual([]);
  });
});
