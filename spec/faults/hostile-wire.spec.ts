// Bytes on the wire of a real child and of a real parent: what a peer can write that is no Portcall.
import { describe, expect, test } from 'vitest';

import { fork, type ForkedChild, type ForkOptions } from 'portcall';

import { outcome, target } from './targets.ts';
import { parentHello, rawParent } from '../wire/raw-parent.ts';
import { counter, frame, hello, rawFork, rawIpc, rawSpawn, segment, type Anything } from '../wire/raw.ts';

const mib = 1024 * 1024;

const names = [
  'constructor',
  '__proto__',
  'prototype',
  'toString',
  'valueOf',
  'hasOwnProperty',
  '__defineGetter__',
  '__lookupSetter__',
  'then',
  'apply',
  'call',
  'bind',
  'arguments',
  '',
  'a.b',
  'nested.getter',
  '0',
];
const notNames = [
  null,
  true,
  1.5,
  -1,
  99_999,
  {},
  [],
  [['ping']],
  ['ping', 7],
  [{ toString: 'ping' }],
  [1, 'ping'],
];

describe('a child, to a parent that writes what it likes', () => {
  test('runs nothing of what is not exported, however it is named, and stays as it was', async () => {
    const wire = rawParent(target);
    await wire.next();
    wire.write(frame(parentHello));
    let id = 1;
    wire.write(frame(`[[1,${id},["intact"],[]]]`));
    const [before] = (await wire.until((message) => message[1] === 1)).slice(-1);
    const paths: unknown[] = [
      ...names.map((name) => [name]),
      ...names.flatMap((name) => ['size', 'secret', 'nested', 'plain'].map((base) => [base, name])),
      ...names.map((name) => ['constructor', name, 'constructor']),
      ...notNames,
    ];
    const asked = new Set<number>();
    for (const path of paths) {
      // `plain.toString` is really exported.
      if (JSON.stringify(path) === '["plain","toString"]') continue;
      const at = JSON.stringify(path);
      for (const call of [
        `[1,%,${at},["polluted"]]`,
        `[2,%,${at}]`,
        `[12,%,${at},["return process"]]`,
        `[13,%,${at},[{"polluted":1,"__proto__":{"polluted":1}}]]`,
      ]) {
        asked.add(++id);
        wire.write(frame(`[${call.replace('%', String(id))}]`));
      }
    }
    const last = ++id;
    wire.write(frame(`[[1,${last},["intact"],[]]]`));
    const answers = await wire.until((message) => message[1] === last);
    const codes = new Set(answers.filter(([code]) => code !== 3).map((message) => message[2]));
    // A get of a function or an object gives a reference to it and runs nothing of it.
    for (const code of codes)
      expect([
        'METHOD_NOT_FOUND',
        'PROTOCOL_ERROR',
        'REFERENCE_RELEASED',
        'NOT_SERIALIZABLE',
        'INVALID_ARGUMENT',
      ]).toContain(code);
    expect(answers.filter((message) => asked.has(message[1] as number))).toHaveLength(asked.size);
    expect(
      answers.filter(([code, of]) => code === 3 && asked.has(of as number)).map((message) => message[2]),
    ).toEqual([]);
    const after = answers.find((message) => message[1] === last);
    expect(after?.[2]).toEqual(before?.[2]);
    expect(after?.[2]).toMatchObject({ touched: [] });
  });

  test('makes no class of its choice of a value, and no prototype of a key', async () => {
    const wire = rawParent(target);
    await wire.next();
    wire.write(frame(parentHello));
    const values = [
      '["$",11,"Function",{"message":"x","own":{"__proto__":{"polluted":1},"constructor":1}}]',
      '["$",11,"constructor",{"message":"x"}]',
      '["$",14,{"__proto__":{"polluted":1}}]',
      '["$",7,["__proto__",{"polluted":1}]]',
      '["$",16,0,"constructor","constructor"]',
      '["$",16,0,"__proto__"]',
      '["$",16,1]',
      '["$",9,4294967295,[0,1]]',
      '["$",2,"1e9"]',
      '["$",3,0]',
      '["$",99]',
      '["$",12,-1]',
      '["$",17,-5,0]',
      '{"__proto__":{"polluted":1},"then":1}',
    ];
    values.forEach((value, index) => wire.write(frame(`[[1,${index + 1},["size"],[${value}],1]]`)));
    const last = values.length + 1;
    wire.write(frame(`[[1,${last},["intact"],[]]]`));
    const answers = await wire.until((message) => message[1] === last);
    for (const [code, , value] of answers.filter((message) => message[1] !== last))
      if (code === 3) expect(value).toBe(1);
      else expect([code, value]).toEqual([5, expect.stringMatching(/^(PROTOCOL_ERROR|METHOD_NOT_FOUND)$/)]);
    const after = answers.find((message) => message[1] === last)?.[2] as { polluted?: unknown };
    // The tag for undefined.
    expect(after.polluted).toEqual(['$', 0]);
  });
});

describe('a reply cut off at each of its bytes, and death behind it', () => {
  const reply = segment(frame('[[3,1,5]]'));

  test.each([...Array(reply.length).keys()].filter((bytes) => bytes % 3 === 0))(
    'over stdio, after byte %i: the part is dropped, the call rejects',
    async (bytes) => {
      const child = rawSpawn({
        start: [segment(frame(hello))],
        onData: [reply.subarray(0, bytes)],
        end: 'kill',
      });
      await expect(child.remote.add(2, 3)).rejects.toMatchObject({
        code: 'CHILD_EXITED',
        delivery: 'unknown',
        exit: { signal: 'SIGKILL' },
      });
      expect(child.stats.pendingCalls).toBe(0);
    },
  );
});

describe('over fork IPC', () => {
  test('repeated, late and made-up replies are ignored and counted', async () => {
    const child = rawIpc(
      [`portcall:${hello}`],
      [
        'portcall:[[3,999,1],[3,1,"first"],[3,1,"second"]]',
        'portcall:[[4,1,"third"],[5,"1","X"]]',
        'portcall:[[3,2,2]]',
      ],
    );
    const calls = [child.remote.add(1, 2), child.remote.add(3, 4)];
    expect(await Promise.all(calls)).toEqual(['first', 2]);
    expect(child.stats).toMatchObject({ pendingCalls: 0, ignoredMessages: 4 });
    await child.terminate();
  });

  test('an oversized message ends that channel alone', async () => {
    const child = garbage('ipc', 2, { channel: 'ipc', limits: { messageBytes: mib } });
    expect(await outcome(child.remote.add(1, 2))).toMatchObject({ cause: { code: 'PROTOCOL_ERROR' } });
    await child.exited;
  });
});

describe('garbage in bulk', () => {
  test('behind a frame’s header is refused by its length, and nothing is kept of it', async () => {
    const header = Buffer.alloc(8);
    header.writeUInt32BE(0xffff_fff0, 0);
    header.writeUInt32BE(0xffff_ffe0, 4);
    const before = process.memoryUsage().rss;
    const child = rawFork({ start: [frame(hello), header] });
    expect(await outcome(child.remote.add(1, 2))).toMatchObject({ cause: { code: 'PROTOCOL_ERROR' } });
    await child.exited;
    expect(process.memoryUsage().rss - before).toBeLessThan(64 * mib);
  });

  test('in frames over a pipe ends the channel at the first, and takes no memory', async () => {
    const before = process.memoryUsage().rss;
    const child = garbage('pipe', 64, {});
    expect(await outcome(child.remote.add(1, 2))).toMatchObject({ cause: { code: 'PROTOCOL_ERROR' } });
    await child.exited;
    expect(process.memoryUsage().rss - before).toBeLessThan(64 * mib);
  });

  test.each(['stdio', 'stdio without lines'])(
    'beside the segments of %s is output of the child’s, in lines that are cut, in bounded memory',
    async (mode) => {
      let most = 0;
      let longest = 0;
      let lines = 0;
      const before = process.memoryUsage().rss;
      const child = garbage(mode, 64, {
        channel: 'stdio',
        stdout: (line) => {
          lines++;
          longest = Math.max(longest, line.length);
          if (lines % 500 === 0) most = Math.max(most, process.memoryUsage.rss() - before);
        },
      });
      expect(await child.remote.add(1, 2)).toBe(3);
      await child.terminate();
      expect(lines).toBeGreaterThan(1000 / 2);
      expect(longest).toBeLessThanOrEqual(64 * 1024);
      expect(most).toBeLessThan(96 * mib);
    },
  );
});

/** A child that throws MiBs of bytes at this process. */
function garbage(mode: string, size: number, options: ForkOptions): ForkedChild<Anything> {
  return fork<Anything>(counter, {
    bootstrap: new URL('../fixtures/faults/garbage.js', import.meta.url),
    argv: [mode, String(size)],
    stderr: 'pipe',
    ...options,
  });
}
