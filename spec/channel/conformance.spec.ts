import { channelConformance, memoryChannels, type ChannelPair } from 'portcall/testing';
import type { Channel, Receiver } from 'portcall';
import { describe, expect, test } from 'vitest';

const messageBytes = 10 * 1024 * 1024;

// Each breaks one promise of a channel, in a way that has been seen in the field. The suite must say so.
const broken: Record<string, { expected: RegExp; caught: string; spoil: (channel: Channel) => Channel }> = {
  'delivers the second batch before the first': {
    caught: 'delivers batches in the order in which they were sent',
    expected: /batch 0 to be .+forth.+0.+, and it was .+forth.+1/,
    spoil: (channel) => {
      let first: string | undefined;
      return changed(channel, {
        send: (text) => {
          if (first !== undefined) return channel.send(text);
          if (text !== '["forth",0]') {
            channel.send(text);
            first = '["forth",0]';
            return channel.send(first);
          }
          return true;
        },
      });
    },
  },
  'delivers a batch twice': {
    caught: 'delivers 1,000 batches that were sent at once',
    expected: /batches to arrive, and/,
    spoil: (channel) =>
      changed(channel, {
        send: (text) => {
          if (text === '["batch",5]') channel.send(text);
          return channel.send(text);
        },
      }),
  },
  'turns a byte order mark into nothing': {
    caught: 'carries text as it is, whatever is in it',
    expected: /batch 14 to be/,
    spoil: (channel) =>
      changed(channel, { send: (text, bytes) => channel.send(text.replace(/^\ufeff/, ''), bytes) }),
  },
  'leaves out empty attachments': {
    caught: 'carries attachments as they are, none or many, empty or not',
    expected: /1 attachments with batch 2, and there were 0/,
    spoil: (channel) =>
      changed(channel, {
        send: (text, bytes) =>
          channel.send(
            text,
            bytes?.filter((part) => (part as Uint8Array).byteLength > 0),
          ),
      }),
  },
  'hands over a view of a larger buffer': {
    caught: 'gives attachments memory of their own, of exactly their length',
    expected: /attachment 0 to have a buffer of exactly its 32 bytes, and it has 40/,
    spoil: (channel) =>
      receiving(channel, (receiver) => ({
        received: (text, attachments) =>
          receiver.received(
            text,
            (attachments as readonly Uint8Array[]).map((bytes) => {
              const larger = new Uint8Array(bytes.byteLength + 8);
              larger.set(bytes);
              return larger.subarray(0, bytes.byteLength);
            }),
          ),
      })),
  },
  'calls back from inside send': {
    caught: 'delivers nothing from inside open or send',
    expected: /received\(\) to be called in a later tick, and it was called from inside send\(\)/,
    spoil: (channel) => {
      let receiver: Receiver | undefined;
      return changed(channel, {
        open: (given) => channel.open((receiver = given)),
        send: (text) => {
          receiver?.received(text, []);
          return channel.send(text);
        },
      });
    },
  },
  'writes at the start of the memory that it was given room in': {
    caught: 'puts bytes into the room that it asks for, or leaves it',
    expected: /nothing to be written around the room of attachment 1/,
    spoil: (channel) =>
      askingForRoom(channel, (room, bytes) => {
        new Uint8Array(room.buffer).set(bytes);
        room.set(bytes);
      }),
  },
  'hands over the room that it was given, and leaves it empty': {
    caught: 'puts bytes into the room that it asks for, or leaves it',
    expected: /attachment 1 of batch 0 to arrive as it was/,
    spoil: (channel) => askingForRoom(channel, () => {}),
  },
  'asks for the room of another attachment': {
    caught: 'puts bytes into the room that it asks for, or leaves it',
    expected: /the length of its attachment 1, and it was with .+ and 5/,
    spoil: (channel) => askingForRoom(channel, (room, bytes) => room.set(bytes), 1),
  },
  'gives memory back when it has been handed it': {
    caught: 'gives no memory back before what was in it has left',
    expected: /attachments of batch 0 to arrive as they were when their memory was said to be spent/,
    spoil: (channel) =>
      changed(channel, {
        send: (text, attachments, spent = []) => {
          const still = (part: object): object =>
            (part as Uint8Array).byteLength === 0 ? new Uint8Array() : part;
          queueMicrotask(() => channel.send(text, attachments?.map(still)));
          for (const buffer of spent) structuredClone(buffer, { transfer: [buffer] });
          return true;
        },
      }),
  },
  'names no parts that could be sent': {
    caught: 'names a size of parts that it can send, and keeps to it',
    expected: /partBytes to be a whole number from 1 to 10485760, and it was 0/,
    spoil: (channel) => changed(channel, { partBytes: 0 }),
  },
  'names another size of parts each time': {
    caught: 'names a size of parts that it can send, and keeps to it',
    expected: /partBytes to stay 1001 after the first batch, and it became 1002/,
    spoil: (channel) => {
      let partBytes = 1000;
      return Object.defineProperty(changed(channel, {}), 'partBytes', { get: () => ++partBytes });
    },
  },
  'never says that it is full': {
    caught: 'returns false from send while the other end does not read, and drains after',
    expected: /send\(\) to return false, and it took/,
    spoil: (channel) => changed(channel, { send: (text) => channel.send(text) || true }),
  },
  'says that it has drained although it was never full': {
    caught: 'delivers batches in the order in which they were sent',
    expected: /drained\(\) to follow a send\(\) that returned false/,
    spoil: (channel) =>
      receiving(channel, (receiver) => ({
        received: (text, attachments) => {
          receiver.received(text, attachments);
          receiver.drained();
        },
      })),
  },
  'tells of the end twice': {
    caught: 'delivers what was sent before it is closed',
    expected: /nothing to follow closed\(\), and closed\(\) did/,
    spoil: (channel) =>
      receiving(channel, (receiver) => ({
        closed: (error) => {
          receiver.closed(error);
          receiver.closed(error);
        },
      })),
  },
  'drops what was queued when it is closed': {
    caught: 'delivers a large batch that was sent before it is closed',
    expected: /closed|batches to arrive/,
    spoil: (channel) =>
      changed(channel, {
        close: async () => channel.destroy(),
      }),
  },
  'loses the reason it was destroyed with': {
    caught: 'hands the reason it is destroyed with to its receiver',
    expected: /closed\(\) to be called with the reason of destroy\(\), and it was called with undefined/,
    spoil: (channel) => changed(channel, { destroy: () => channel.destroy() }),
  },
};

describe('the conformance suite', () => {
  test('has cases with names of their own', () => {
    const names = channelConformance().map(({ name }) => name);
    expect(names.length).toBeGreaterThan(25);
    expect(new Set(names).size).toBe(names.length);
  });

  test.each(Object.entries(broken))('catches a channel that %s', async (_, { caught, expected, spoil }) => {
    const found = channelConformance().find(({ name }) => name === caught);
    let disposed = 0;
    const make = (): ChannelPair => {
      const [here, there] = memoryChannels({ messageBytes });
      return { here: spoil(here), there: spoil(there), messageBytes, dispose: () => void disposed++ };
    };
    await expect(found?.run(make)).rejects.toThrow(expected);
    expect(disposed).toBe(1);
  });
});

function changed(channel: Channel, changes: Partial<Channel>): Channel {
  return {
    open: (receiver) => channel.open(receiver),
    send: (text, attachments) => channel.send(text, attachments),
    close: () => channel.close(),
    destroy: (reason) => channel.destroy(reason),
    ...changes,
  };
}

function receiving(channel: Channel, changes: (receiver: Receiver) => Partial<Receiver>): Channel {
  return changed(channel, {
    open: (receiver) =>
      channel.open({
        received: (text, attachments) => receiver.received(text, attachments),
        drained: () => receiver.drained(),
        closed: (error) => receiver.closed(error),
        ...changes(receiver),
      }),
  });
}

/**
 * A channel that asks its receiver for room, and fills what it is given.
 *
 * @param shift - How far the place that it names is from the right one.
 */
function askingForRoom(
  channel: Channel,
  fill: (room: Uint8Array, bytes: Uint8Array) => void,
  shift = 0,
): Channel {
  return receiving(channel, (receiver) => ({
    received: (text, attachments) =>
      receiver.received(
        text,
        (attachments as readonly Uint8Array[]).map((bytes, place) => {
          const room = receiver.room?.(text, place + shift, bytes.byteLength);
          if (room === undefined) return bytes;
          fill(room, bytes);
          return room;
        }),
      ),
  }));
}
