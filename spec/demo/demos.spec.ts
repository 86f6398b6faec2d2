import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));

// What each demo has to have shown: lines without figures, which differ from run to run.
const shown: Record<string, readonly RegExp[]> = {
  '01-hash-and-compress.ts': [
    /^process \d+ read .*: \d+\.\d MiB$/m,
    /^ {2}sha256 [0-9a-f]{64}$/m,
    /^ {2}the same as inline: yes$/m,
    /^4 MiB sent by value came back as \d\.\d MiB$/m,
    /^ {2}the same as inline, and unpacked what was sent: yes$/m,
  ],
  '02-parse-declarations.ts': [
    /^TypeScript 6\.\d+\.\d+: \d{2,} \.d\.ts files$/m,
    /^inline: \d{4,} declarations in .* held up for \d+\.\d ms at worst$/m,
    /^worker: \d{4,} declarations in .* held up for \d+\.\d ms at worst$/m,
    /^the same counts: yes$/m,
  ],
  '03-every-channel.ts': ['pipe', 'ipc', 'stdio', 'worker'].map(
    (channel) => new RegExp(String.raw`^${channel} +\d+ +\d+ +equal$`, 'm'),
  ),
  '04-when-things-go-wrong.ts': [
    /^cancelled:\n {2}the user has gone to another page\n {2}the function has heard of it: yes$/m,
    /^timed out:\n.*\n {2}code TIMEOUT, delivery unknown$/m,
    /^thrown:\n {2}RangeError: only 20 left\n.*withdraw .*\.child\.js.*\n(.*\n)?.*withdrawTooMuch/m,
    /^cannot be sent:\n.*arguments\[0\]\.session\.cache.*\n {2}code NOT_SERIALIZABLE, delivery not-sent$/m,
    /^misspelt:\n.*did you mean greet.*\n {2}code METHOD_NOT_FOUND$/m,
    /^after all that:\n {2}the child is ready and greets: hello Ada$/m,
    /^killed in mid-call:\n.*SIGKILL.*\n {2}code CHILD_EXITED, delivery unknown$/m,
    /^called after that:\n.*\n {2}code CHILD_EXITED, delivery not-sent$/m,
  ],
  '05-progress-callback.ts': [
    /^\[#{5}\.{15}\] 50000 of 200000$/m,
    /^the same as inline: yes, after 20 reports$/m,
    /^called off from within a report: half is enough$/m,
  ],
  '06-log-stream.ts': [
    /^request 500 took .* read 501, made \d+, and 50 ms later \d+$/m,
    /^stopped after 1501 lines; the generator has cleaned up: yes$/m,
  ],
  '07-database.ts': [
    /^users: 4 rows$/m,
    /^short names: ada, grace$/m,
    /^in one round trip: edsger$/m,
    /^a missing row: RangeError: users has no row 99$/m,
    /^released: the child keeps 1 object for us$/m,
  ],
  '08-comlink-across-processes.ts': [
    /^Comlink calls process \d+ from process \d+$/m,
    /^pears: 3, in a new store: 0$/m,
    /^visited: 3 pears$/m,
    /^inverted: 255 155 0$/m,
    /^a thread has called the same process: yes, 5 apples$/m,
    /^the child has crashed: CHILD_EXITED$/m,
  ],
  '09-mandelbrot.ts': ['fork', 'worker'].flatMap((kind) => [
    new RegExp(String.raw`^${kind}: \d+ calls, one member killed half way, \d+ started in its place$`, 'm'),
    new RegExp(String.raw`^  the same picture as inline: yes, in .*-${kind}\.png$`, 'm'),
  ]),
};

describe('a demo', () => {
  test.each(Object.entries(shown))(
    '%s shows what it says and ends by itself',
    async (file, lines) => {
      const { code, stdout, stderr } = await run(`demo/${file}`);
      expect(stderr).toBe('');
      expect(code).toBe(0);
      for (const line of lines) expect(stdout).toMatch(line);
    },
    60_000,
  );

  test('that is numbered is listed here', () => {
    const numbered = readdirSync(`${root}demo`).filter((file) => /^\d\d-[\w-]+\.ts$/.test(file));
    expect(numbered.toSorted()).toEqual(Object.keys(shown));
  });
});

async function run(script: string): Promise<{ code: unknown; stdout: string; stderr: string }> {
  const demo = spawn(process.execPath, ['--import', './scripts/strip-types.js', script], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise((resolve) => demo.once('exit', resolve));
  const [stdout, stderr] = await Promise.all([text(demo.stdout), text(demo.stderr)]);
  return { code: await ended, stdout, stderr };
}
