import { sessionSettings } from '../connect/open-session.ts';
import type { SessionValues } from '../connect/session-values.ts';
import type { Limits } from '../protocol/limits.ts';
import { explainByChannel } from '../session/explain.ts';
import { Session } from '../session/session.ts';
import { ByteChannel } from '../transports/byte-channel.ts';
import type { ByteStream, ByteStreamEvents } from '../transports/byte-stream.ts';

// What a parent says first; see docs/protocol.md.
const hello = '[[0,1,{"session":"rehearsal","messageBytes":1048576,"exports":[]}]]';
const call = '[[8,0,["answer"]],[1,1,0,[1]]]';

/**
 * Has a session that leads nowhere take one call and answer it, so that V8 compiles what that takes before anything
 * of the module has run.
 *
 * @returns The last that it has written, which is the answer.
 */
export async function rehearse(limits: Limits, values: SessionValues): Promise<string> {
  let written = '';
  let events: ByteStreamEvents | undefined;
  const parent = new ByteChannel(
    streamTo((bytes) => events?.data(bytes)),
    limits.messageBytes,
  );
  const stream = streamTo((bytes) => (written = bytes.toString()));
  const channel = new ByteChannel(
    { ...stream, start: (listener) => (events = listener), destroy: () => events?.closed() },
    limits.messageBytes,
  );
  const session = new Session(channel, {
    ...sessionSettings('rehearsal', limits, { onError: () => {} }, [], values),
    helloNow: false,
    handshakeMs: Infinity,
    hold: 'always',
    explain: explainByChannel,
  });
  session.expose({ api: { answer: (value: unknown) => value }, what: 'the rehearsal' });
  for (const text of [hello, call]) {
    parent.send(text);
    session.hello();
    await new Promise((resolve) => setImmediate(resolve));
  }
  channel.destroy();
  await session.closed;
  return written;
}

/** One direction of bytes, each chunk of which is taken at once. */
function streamTo(write: (bytes: Buffer) => void): ByteStream {
  return {
    start: () => {},
    write: (chunks) => {
      for (const bytes of chunks) write(bytes as Buffer);
      return true;
    },
    end: () => {},
    destroy: () => {},
    ref: () => {},
    unref: () => {},
  };
}
