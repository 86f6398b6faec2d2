import { EventEmitter } from 'node:events';
import { PassThrough } from 'node:stream';
import { MessageChannel } from 'node:worker_threads';
import { connect, expose, fork, RpcError, spawn, worker, type Child, type Session } from 'portcall';
import { afterEach, describe, expect, test } from 'vitest';

import { failureOf, fixture, start } from './children.ts';

const plain = fixture('plain.js');
const sessions: Session<unknown>[] = [];

afterEach(async () => {
  await Promise.all(sessions.splice(0).map((session) => session.close()));
});

type Row = [option: string, value: unknown, allowed: string];

const sessionRows: Row[] = [
  ['expose', 1, 'an object or a module with functions'],
  ['expose', null, 'an object or a module with functions'],
  ['limits', 5, 'an object'],
  ['limits', [], 'an object'],
  ['limits.messageBytes', 10, 'a whole number from 1024 to 536870912'],
  ['limits.pendingCalls', 0, 'a whole number of 1 or more'],
  ['limits.queuedBytes', 1.5, 'a whole number of 1 or more'],
  ['limits.runningCalls', '7', 'a whole number of 1 or more'],
  ['limits.depth', -1, 'a whole number of 1 or more'],
  ['limits.handshakeMs', Number.NaN, 'a number of milliseconds'],
  ['middleware', () => {}, 'an array'],
  ['middleware[1]', [() => {}, 'x'], 'a function'],
  ['servedMiddleware[0]', [{}], 'a function'],
  ['onError', 'console', 'a function'],
];

const launchRows: Row[] = [
  ...sessionRows,
  ['env', 'PATH=/bin', 'an object'],
  ['env.DEBUG', { DEBUG: 1 }, 'a string'],
  ['argv', '--verbose', 'an array'],
  ['argv[1]', ['a', 2], 'a string'],
  ['stdout', 'inherits', "'inherit', 'pipe', 'ignore' or a function"],
  ['stderr', 2, "'inherit', 'pipe', 'ignore' or a function"],
  ['startTimeoutMs', -1, 'a number of milliseconds, 0 or more'],
  ['startTimeoutMs', '100', 'a number of milliseconds, 0 or more'],
  ['graceMs', Number.NaN, 'a number of milliseconds, 0 or more'],
  ['heartbeat', true, 'an object'],
  ['heartbeat.intervalMs', {}, 'a number of milliseconds'],
  ['heartbeat.intervalMs', { intervalMs: '1s' }, 'a number of milliseconds'],
  ['heartbeat.misses', { intervalMs: 1, misses: 0 }, 'a whole number of 1 or more'],
  ['heartbeat.maxBusyMs', { intervalMs: 1, maxBusyMs: -5 }, 'a number of milliseconds'],
];

const moduleRows: Row[] = [
  ...launchRows,
  ['execArgv', '--no-warnings', 'an array'],
  ['execArgv[0]', [7], 'a string'],
  ['loader', true, 'a string'],
  ['bootstrap', '/bootstrap.js', 'a URL'],
];

const forkRows: Row[] = [
  ...moduleRows,
  ['channel', 'tcp', "one of 'pipe', 'ipc', 'stdio'"],
  ['cwd', new URL('file:///tmp'), 'a string'],
  ['execPath', 20, 'a string'],
  ['watchdog', 1, 'true or false'],
];

const workerRows: Row[] = [
  ...moduleRows,
  ['resourceLimits', 64, 'an object'],
  ['resourceLimits.maxOldGenerationSizeMb', { maxOldGenerationSizeMb: '64' }, 'a number of MiB'],
  ['resourceLimits.stackSizeMb', { stackSizeMb: 0 }, 'a number of MiB'],
];

/** The options that hold a value under a row's name; values of nested options may be given whole. */
function optionsOf([option, value]: Row): object {
  const [name = '', inner] = option.split('.');
  const nested = inner !== undefined && (typeof value !== 'object' || value === null);
  return { [name.replace(/\[\d+\]$/, '')]: nested ? { [inner]: value } : value };
}

/** What a wrong option is refused with: at once, naming option and value and what is allowed. */
function refuses(where: string, row: Row, run: (options: object) => unknown): void {
  const [option, , allowed] = row;
  let error: unknown;
  try {
    run(optionsOf(row));
  } catch (thrown) {
    error = thrown;
  }
  expect(error).toBeInstanceOf(RpcError);
  const { code, message } = error as RpcError;
  expect(code).toBe('INVALID_OPTION');
  const [name = '', inner] = option.split('.');
  expect(message).toContain(`${where}: ${name}`);
  if (inner !== undefined) expect(message).toContain(inner);
  expect(message).toMatch(/ is .*; it must be /);
  expect(message).toContain(allowed);
}

const launchers: [string, Row[], (options: object) => unknown][] = [
  ['fork()', forkRows, (options) => fork(plain, options)],
  ['worker()', workerRows, (options) => worker(plain, options)],
  ['spawn()', [...launchRows, ['cwd', 5, 'a string']], (options) => spawn(process.execPath, [], options)],
  ['connect()', sessionRows, (options) => connect(new MessageChannel().port1, options)],
  [
    'expose()',
    [
      ...sessionRows.filter(([name]) => name !== 'expose'),
      ['endpoint', 'process', 'something that leads to'],
    ],
    (options) => expose({}, options),
  ],
];

describe.each(launchers)('%s refuses at once', (where, rows, run) => {
  test.each(rows)('%s: %o', (...row) => refuses(where, row, run));

  test('options that are no object', () => {
    for (const options of [null, 'pipe', 7]) {
      expect(() => run(options as never)).toThrow(
        expect.objectContaining({
          code: 'INVALID_OPTION',
          message: expect.stringContaining(`${where}: options is`) as string,
        }),
      );
    }
  });

  test('a name it does not have, with the one that was probably meant', () => {
    expect(() => run({ onErorr: () => {} })).toThrow(
      expect.objectContaining({
        code: 'INVALID_OPTION',
        message: `${where}: there is no option "onErorr"; did you mean onError?`,
      }),
    );
    expect(() => run({ somethingElseEntirely: 1 })).toThrow(/there are .*onError/);
    expect(() => run({ limits: { mesageBytes: 1024 } })).toThrow(/did you mean messageBytes\?/);
  });
});

test('options that are undefined are as good as absent', async () => {
  const { remote } = start('pipe', {
    cwd: undefined,
    env: undefined,
    heartbeat: undefined,
    limits: undefined,
  } as object);
  expect(await remote.echo(1)).toBe(1);
});

describe.each([
  ['fork()', fork],
  ['worker()', worker],
])('%s refuses as a module', (where, launch) => {
  test.each([
    ['./math.js', `write new URL("./math.js", import.meta.url), or an absolute path`],
    ['math.js', `write new URL("./math.js", import.meta.url), or an absolute path`],
    ['../math.js', `write new URL("../math.js", import.meta.url), or an absolute path`],
  ])('the relative path %s, and says what to write instead', (module, instead) => {
    expect(() => launch(module)).toThrow(
      expect.objectContaining({
        code: 'INVALID_OPTION',
        message: expect.stringContaining(instead) as string,
      }),
    );
  });

  test('a URL that is no file', () => {
    expect(() => launch(new URL('https://example.com/math.js'))).toThrow(
      `${where}: module is https://example.com/math.js; it must be a file: URL or an absolute path`,
    );
  });

  test.each([[undefined], [null], [7], [{}]])('%s', (module) => {
    expect(() => launch(module as never)).toThrow(/module is .*; it must be a file URL or an absolute path/);
  });
});

test('worker() refuses at once what Node does not hand to a thread', () => {
  expect(() => worker(plain, { workerData: () => {} })).toThrow(
    expect.objectContaining({
      code: 'INVALID_OPTION',
      message: expect.stringContaining('workerData') as string,
    }),
  );
  expect(() => worker(plain, { execArgv: ['--expose-gc'] })).toThrow(
    expect.objectContaining({
      code: 'INVALID_OPTION',
      message: expect.stringContaining('--expose-gc') as string,
    }),
  );
});

test('fork() refuses at once what Node does not hand to a process', () => {
  expect(() => fork(plain, { argv: ['a\0b'] })).toThrow(
    expect.objectContaining({
      code: 'INVALID_OPTION',
      message: expect.stringContaining('null bytes') as string,
    }),
  );
});

describe('spawn() refuses', () => {
  test('a command that is no string', () => {
    expect(() => spawn(undefined as never)).toThrow('spawn(): command is undefined; it must be a string');
    expect(() => spawn('')).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }));
  });

  test('arguments that are no strings', () => {
    expect(() => spawn('node', '--version' as never)).toThrow(
      'spawn(): args is "--version"; it must be an array',
    );
    expect(() => spawn('node', [1] as never)).toThrow('spawn(): args[0] is 1; it must be a string');
  });
});

describe('connect() refuses as an endpoint', () => {
  test.each([
    ['nothing', undefined],
    ['a string', 'process'],
    ['a plain object', {}],
    ['a pair of which one is missing', { readable: new PassThrough() }],
    ['an emitter', new EventEmitter()],
  ])('%s', (_, endpoint) => {
    expect(() => connect(endpoint as never)).toThrow(
      expect.objectContaining({
        code: 'INVALID_OPTION',
        message: expect.stringContaining('connect(): endpoint is') as string,
      }),
    );
  });
});

const callRows: Row[] = [
  ['timeoutMs', -1, 'a number of milliseconds, 0 or more'],
  ['timeoutMs', Number.NaN, 'a number of milliseconds, 0 or more'],
  ['timeoutMs', '5s', 'a number of milliseconds, 0 or more'],
  ['signal', new AbortController(), 'an AbortSignal'],
  ['metadata', 'trace', 'an object'],
  ['idempotent', 'yes', 'true or false'],
  ['oneway', 1, 'true or false'],
];

describe('with() of a child and of a session refuses at once', () => {
  const makers: [string, () => Child<unknown> | Session<unknown>][] = [
    ['child', () => start('worker')],
    [
      'session',
      () => {
        const { port1, port2 } = new MessageChannel();
        sessions.push(connect(port1, { expose: {} }), connect(port2, { expose: {} }));
        return sessions[0]!;
      },
    ],
  ];
  test.each(makers)('%s', (_, make) => {
    const subject = make();
    for (const row of callRows) refuses('with()', row, (options) => subject.with(options));
    expect(() => subject.with({ timeout: 5 } as never)).toThrow(
      'with(): there is no option "timeout"; did you mean timeoutMs?',
    );
  });

  test.each(makers)('close() of a %s rejects', async (_, make) => {
    const subject = make();
    for (const graceMs of [-1, Number.NaN, '5s']) {
      const error = await failureOf(subject.close({ graceMs } as never));
      expect(error).toMatchObject({ code: 'INVALID_OPTION' });
      expect((error as RpcError).message).toContain('close(): graceMs is');
    }
    expect(await failureOf(subject.close({ graceMS: 5 } as never))).toMatchObject({
      code: 'INVALID_OPTION',
      message: 'close(): there is no option "graceMS"; did you mean graceMs?',
    });
    // None of that has closed anything.
    await subject.ready;
  });
});
