import { once } from 'node:events';
import { describe, expect, test } from 'vitest';

import { channels, gone, processChannels } from './children.ts';
import { dyingWithParent } from '../../lib/launch/parent-death.ts';
import { script } from './script.ts';

function middle(plan: object, detached = false): ReturnType<typeof script> {
  return script('middle.js', [JSON.stringify(plan)], { detached });
}

/** Has the parent killed once its child is at work, and waits for the child to be gone. */
async function orphan(plan: object): Promise<void> {
  const parent = middle(plan);
  const pid = Number(await parent.nextLine());
  // Not its 'close': the child holds its stdout for as long as it lives.
  const exit = once(parent.process, 'exit');
  parent.process.kill('SIGKILL');
  expect(await exit).toEqual([null, 'SIGKILL']);
  try {
    await gone(pid);
  } catch (error) {
    // A loop that outlived its parent would go on for good.
    process.kill(pid, 'SIGKILL');
    throw error;
  }
}

describe.each(processChannels)('over %s', (channel) => {
  test('parent SIGKILLed, child with timers: the child is gone', async () => {
    await orphan({ channel, act: 'keepBusyWithTimers' });
  });

  test('parent SIGKILLed, child with timers, without setpriv: the child is gone', async () => {
    await orphan({ channel, act: 'keepBusyWithTimers', withoutSetpriv: true });
  });

  test.runIf(dyingWithParent(process.execPath).length > 0)(
    'parent SIGKILLed, child in an endless loop, with setpriv: the child is gone',
    async () => {
      await orphan({ channel, act: 'spin' });
    },
  );

  test('parent SIGKILLed, child in an endless loop, with watchdog: true: the child is gone', async () => {
    await orphan({ channel, act: 'spin', watchdog: true, withoutSetpriv: true });
  });

  test('Ctrl-C on the process group while the parent drains: replies under way arrive', async () => {
    const parent = middle({ channel, act: 'drain' }, true);
    expect(await parent.nextLine()).toBe('under way');
    process.kill(-parent.process.pid!, 'SIGINT');
    expect(await parent.nextLine()).toBe('[1,2,3,4,5]');
    process.kill(-parent.process.pid!, 'SIGTERM');
    await parent.ended;
  });

  test('Ctrl-C on a parent that has no use for it ends the child as well', async () => {
    const parent = middle({ channel, act: 'keepBusyWithTimers' }, true);
    const pid = Number(await parent.nextLine());
    process.kill(-parent.process.pid!, 'SIGINT');
    await expect(parent.ended).resolves.toMatchObject({ signal: 'SIGINT' });
    await gone(pid);
  });
});

describe.each(channels)('a script with a child over %s', (channel) => {
  test('that is done ends by itself and takes the child with it', async () => {
    const parent = middle({ channel, act: 'done' });
    const pid = Number(await parent.nextLine());
    await expect(parent.ended).resolves.toMatchObject({ code: 0, stderr: '' });
    expect((await parent.ended).stdout).not.toContain('never said');
    await gone(pid);
  });

  test('is kept alive by a call until its reply has come', async () => {
    await expect(middle({ channel, act: 'callAndEnd' }).ended).resolves.toEqual({
      code: 0,
      signal: null,
      stdout: 'the reply\n',
      stderr: '',
    });
  });

  test('unref() lets it end although a call is under way', async () => {
    const parent = middle({ channel, act: 'unref' });
    const pid = Number(await parent.nextLine());
    await expect(parent.ended).resolves.toMatchObject({ code: 0, stderr: '' });
    await gone(pid);
  });

  test('ref() keeps it alive until the child has ended', async () => {
    await expect(middle({ channel, act: 'ref' }).ended).resolves.toMatchObject({
      code: 0,
      stdout: 'exited 3\n',
    });
  });

  test('ready, exited, close and terminate raise no unhandled rejection by themselves', async () => {
    await expect(middle({ channel, act: 'careless' }).ended).resolves.toEqual({
      code: 0,
      signal: null,
      stdout: '',
      stderr: '',
    });
  });
});
