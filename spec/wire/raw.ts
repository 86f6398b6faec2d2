import { fork, spawn, type ForkedChild } from 'portcall';

// Written by hand on purpose: what the library's own encoder does is not to be trusted here.

const rawChild = new URL('../fixtures/channels/raw-child.js', import.meta.url);

/** A module with `add` and `count`. */
export const counter = new URL('../fixtures/channels/counter.js', import.meta.url);

/** The functions that the specs call; there is nothing behind them but bytes. */
export interface Anything {
  add(a: number, b: number): number;
  count(): number;
}

/** The hello of a peer that can be talked to. */
export const hello = '[[0,1,{"session":"raw","messageBytes":33554432,"exports":["add"]}]]';

/** A frame as docs/protocol.md describes it. */
export function frame(text: string): Buffer {
  const body = Buffer.from(text);
  const header = Buffer.alloc(8);
  header.writeUInt32BE(4 + body.length, 0);
  header.writeUInt32BE(body.length, 4);
  return Buffer.concat([header, body]);
}

/** A segment as docs/protocol.md describes it. */
export function segment(payload: Buffer): Buffer {
  const header = Buffer.from([0x00, 0x50, 0x43, 0x1e, 0, 0, 0, 0]);
  header.writeUInt16BE(payload.length, 4);
  header.writeUInt16BE(~payload.length & 0xffff, 6);
  return Buffer.concat([header, payload]);
}

/** What a child without portcall does. */
export interface Script {
  readonly start: readonly Buffer[];
  readonly onData?: readonly Buffer[];
  readonly end?: 'stay' | 'kill' | 'close';
}

/** A process that was started as any child is, and writes what it was told to on the extra pipe. */
export function rawFork(script: Script, messageBytes = 1024 * 1024): ForkedChild<Anything> {
  return fork<Anything>(counter, {
    bootstrap: rawChild,
    argv: [scriptText('pipe', script)],
    limits: { messageBytes },
    stderr: 'pipe',
  });
}

/** The same over stdout. */
export function rawSpawn(script: Script, onLine: (line: string) => void = () => {}): ForkedChild<Anything> {
  return spawn<Anything>(process.execPath, [rawChild.pathname, scriptText('stdio', script)], {
    stdout: onLine,
    stderr: 'pipe',
  });
}

/** The same over fork IPC, which carries messages and not bytes. */
export function rawIpc(start: readonly unknown[], onData: readonly unknown[] = []): ForkedChild<Anything> {
  const text = JSON.stringify({
    channel: 'ipc',
    start: start.map((message) => JSON.stringify(message)),
    onData: onData.map((message) => JSON.stringify(message)),
    end: 'stay',
  });
  return fork<Anything>(counter, { bootstrap: rawChild, channel: 'ipc', argv: [text], stderr: 'pipe' });
}

function scriptText(channel: string, { start, onData, end = 'stay' }: Script): string {
  const base64 = (bytes: Buffer): string => bytes.toString('base64');
  return JSON.stringify({ channel, start: start.map(base64), onData: onData?.map(base64), end });
}
