import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { spawn, type ForkedChild } from 'portcall';
import { describe, expect, onTestFinished, test } from 'vitest';

import { FrameDecoder } from '../../lib/framing/frame-decoder.ts';
import { encodeFrame } from '../../lib/framing/frames.ts';
import { encodeSegments, SegmentDecoder } from '../../lib/framing/segments.ts';
import { Code, Form, maxNumberedNames, protocolVersion } from '../../lib/protocol/protocol.ts';
import { binaryKinds, Tag } from '../../lib/values/tags.ts';
import { root } from './blocks.ts';

const page = readFileSync(join(root, 'docs/protocol.md'), 'utf8');

describe('the page on the protocol', () => {
  test('names every message, form and tag with its number, and no others', () => {
    const messages = table(/^\| (\d+) \| (\w+) \| `\[\1[,\]]/gm);
    const tags = table(/^\| (\d+) \| (\w+) \| `\["\$", \1[,\]]/gm);
    const forms = table(/^\| (\d+) \| (plain|tagged|superjson) \| /gm);
    expect({ messages, tags, forms }).toEqual({ messages: Code, tags: Tag, forms: Form });
  });

  test('names every kind of bytes with its number', () => {
    const kinds = page.slice(page.indexOf('**kind**'), page.indexOf('with items in the byte order'));
    const numbered = [...kinds.matchAll(/\| (\d+) \| (\w+) (?=\|)/g)].map(([, kind, name]) => [kind, name]);
    expect(Object.fromEntries(numbered)).toEqual(Object.fromEntries(binaryKinds.entries()));
  });

  test('is of the version that is spoken', () => {
    expect(page).toContain(`# The protocol, version ${protocolVersion}\n`);
    expect(page).toContain(`up to ${(maxNumberedNames - 1).toLocaleString('en')}.`);
  });

  test('shows bytes that are those of its messages', () => {
    const shown = [...page.matchAll(/```json\n(.*)\n```\n\n```text\n([^`]*)\n```/g)].map(
      ([, text, dump]) => ({
        text: text ?? '',
        bytes: Buffer.from((dump ?? '').replace(/\|.*\|$/gm, '').replace(/\s/g, ''), 'hex'),
      }),
    );
    expect(shown).toHaveLength(7);
    for (const { text, bytes } of shown) {
      const read: { text: string; attachments: readonly Uint8Array[] }[] = [];
      const frames = new FrameDecoder(1024, (text, attachments) => read.push({ text, attachments }));
      const segments = new SegmentDecoder(
        (payload) => frames.push(payload),
        () => expect.unreachable('there is noise among the bytes'),
      );
      segments.push(bytes);
      const attachments = text.includes('"$",10') ? [new Uint8Array([7, 8, 9])] : [];
      expect(read).toEqual([{ text, attachments }]);
      expect(Buffer.concat(encodeSegments(encodeFrame(text, attachments), 4096))).toEqual(bytes);
    }
  });
});

describe('a peer written from the page alone', () => {
  test('answers calls, one after the other and many at once', async () => {
    const { remote } = startPeer();
    expect(await remote.add(2, 3)).toBe(5);
    expect(await Promise.all(Array.from({ length: 100 }, (_, i) => remote.add(i, 1)))).toEqual(
      Array.from({ length: 100 }, (_, i) => i + 1),
    );
  });

  test('has its values read', async () => {
    expect(await startPeer().remote.VERSION).toBe('peer 1');
  });

  test('takes and returns more than one segment holds, in any script', async () => {
    const { remote } = startPeer();
    expect(await remote.repeat('añ→😀', 20_000)).toBe('añ→😀'.repeat(20_000));
    expect(await remote.repeat('añ→😀'.repeat(20_000), 1)).toBe('añ→😀'.repeat(20_000));
  });

  test('is given bytes beside the text', async () => {
    const { remote } = startPeer();
    const sizes = [new Uint8Array([7, 8, 9]), new Uint8Array(0), new Uint8Array(100_000)].map((bytes) =>
      remote.size(bytes),
    );
    expect(await Promise.all(sizes)).toEqual([3, 0, 100_000]);
  });

  test('throws errors and refuses calls', async () => {
    const peer = startPeer();
    await expect(peer.remote.add(1, new Date(0) as never)).rejects.toThrow(
      new Error('the peer does not know tag 4'),
    );
    await expect(peer.remote.sub()).rejects.toMatchObject({
      code: 'METHOD_NOT_FOUND',
      delivery: 'not-sent',
    });
  });

  test('says how much it takes at most', async () => {
    await expect(startPeer().remote.repeat('x'.repeat(1024 * 1024), 1)).rejects.toMatchObject({
      code: 'TOO_LARGE',
      delivery: 'not-sent',
    });
  });

  test('has calls cancelled, and one-way calls made', async () => {
    const peer = startPeer();
    await peer.ready;
    const controller = new AbortController();
    const waiting = peer.with({ signal: controller.signal }).wait();
    await peer.with({ oneway: true }).add(1, 2);
    await peer.remote.add(1, 2);
    controller.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    expect(await peer.remote.add(2, 3)).toBe(5);
    expect(peer.stats).toMatchObject({ pendingCalls: 0, ignoredMessages: 0 });
  });

  test('says goodbye and ends by itself', async () => {
    const peer = startPeer();
    expect(await peer.remote.add(2, 3)).toBe(5);
    await peer.close({ graceMs: 20_000 });
    expect(await peer.exited).toMatchObject({ code: 0, signal: null });
  });
});

interface Peer {
  VERSION: string;
  add(a: number, b: number): number;
  size(bytes: Uint8Array): number;
  repeat(text: string, times: number): string;
  wait(): Promise<void>;
  /** Which the peer does not have. */
  sub(): void;
}

function startPeer(): ForkedChild<Peer> {
  const file = fileURLToPath(new URL('../fixtures/docs/peer.js', import.meta.url));
  const peer = spawn<Peer>(process.execPath, [file]);
  onTestFinished(() => peer.terminate());
  return peer;
}

/** The rows of a table as an object from names to numbers. */
function table(row: RegExp): Record<string, number> {
  return Object.fromEntries([...page.matchAll(row)].map(([, number, name]) => [name ?? '', Number(number)]));
}
