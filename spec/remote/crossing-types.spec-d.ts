import type { Duplex, PassThrough, Readable, Transform, Writable } from 'node:stream';

import { describe, expectTypeOf, test } from 'vitest';

import { byReference } from '../../lib/values/by-reference.ts';
import type { ByReference } from '../../lib/values/by-reference.ts';
import type { Child, ForkedChild } from '../../lib/launch/child.ts';
import type { Pipeline } from '../../lib/remote/pipeline-types.ts';
import type { Received, Remote, RemoteFunction, Sendable } from '../../lib/remote/types.ts';

describe('streams of Node', () => {
  test('arrive as what they are', () => {
    expectTypeOf<Received<Readable>>().toEqualTypeOf<Readable>();
    expectTypeOf<Received<Writable>>().toEqualTypeOf<Writable>();
    expectTypeOf<Received<Duplex>>().toEqualTypeOf<Duplex>();
    expectTypeOf<Received<{ log: Readable }>>().toEqualTypeOf<{ log: Readable }>();
    expectTypeOf<RemoteFunction<() => Readable>>().toEqualTypeOf<() => Promise<Readable>>();
    expectTypeOf<RemoteFunction<() => Promise<Writable>>>().toEqualTypeOf<() => Promise<Writable>>();
  });

  test('are taken as they are', () => {
    expectTypeOf<Sendable<Readable>>().toEqualTypeOf<Readable>();
    expectTypeOf<Sendable<Writable>>().toEqualTypeOf<Writable>();
    expectTypeOf<Transform>().toExtend<Sendable<Duplex>>();
    expectTypeOf<PassThrough>().toExtend<Sendable<Readable>>();
  });

  test('of the web stay what they are, too', () => {
    expectTypeOf<Received<ReadableStream<string>>>().toEqualTypeOf<ReadableStream<string>>();
    expectTypeOf<Received<WritableStream<string>>>().toEqualTypeOf<WritableStream<string>>();
    expectTypeOf<Sendable<WritableStream<string>>>().toEqualTypeOf<WritableStream<string>>();
  });
});

interface Settings {
  theme: string;
  nested: { depth: number };
  describe(): string;
}

describe('what is passed by reference', () => {
  test('keeps its type where it was marked', () => {
    const settings = byReference({ theme: 'dark' });
    expectTypeOf(settings.theme).toEqualTypeOf<string>();
    expectTypeOf(settings).toExtend<{ theme: string }>();
  });

  test('arrives as a remote', () => {
    type Settled = Received<ByReference<{ theme: string }>>;
    expectTypeOf<Settled>().toEqualTypeOf<Remote<{ theme: string }>>();
    const remote = {} as Remote<{ open(): ByReference<Settings> }>;
    expectTypeOf(remote.open()).resolves.toEqualTypeOf<Remote<Settings>>();
    expectTypeOf<Received<{ list: ByReference<{ theme: string }>[] }>>().toEqualTypeOf<{
      list: Remote<{ theme: string }>[];
    }>();
  });

  test('is taken as it is, as plain data or as a remote', () => {
    type Given = Sendable<ByReference<{ theme: string }>>;
    expectTypeOf<Remote<{ theme: string }>>().toExtend<Given>();
    expectTypeOf<ByReference<{ theme: string }>>().toExtend<Given>();
  });
});

describe('the pipeline of a child', () => {
  interface Module {
    open(name: string): Promise<{ rows: { id: number }[] }>;
    first(rows: { id: number }[]): number;
  }

  test('is one of its module', () => {
    expectTypeOf<Child<Module>['pipeline']>().toEqualTypeOf<Pipeline<Module>>();
    expectTypeOf<ForkedChild<Module>['pipeline']>().toEqualTypeOf<Pipeline<Module>>();
    const { pipeline } = {} as Child<Module>;
    expectTypeOf(pipeline.first(pipeline.open('x').rows)).resolves.toEqualTypeOf<number>();
    // @ts-expect-error not what it takes
    void pipeline.first(pipeline.open('x'));
  });
});
