import { RpcError } from '../errors/rpc-error.ts';
import type { TextLimits } from '../protocol/text-size.ts';
import { Code, Form, protocolVersion, type Hello, type Message } from '../protocol/protocol.ts';

// The names are for logs and tools; a module with thousands of them need not name all.
const mostNamesChars = 8 * 1024;

/** The first message of a side. */
export function helloText(hello: Hello): string {
  const names: string[] = [];
  let chars = 0;
  for (const name of hello.exports) {
    chars += name.length;
    if (chars > Math.min(mostNamesChars, hello.messageBytes / 4)) break;
    names.push(name);
  }
  return JSON.stringify([Code.hello, protocolVersion, { ...hello, exports: names }]);
}

/**
 * What the other side says of itself.
 *
 * @throws RpcError `PROTOCOL_ERROR` where it speaks another version, naming both
 */
export function readHello([, version, hello]: Message): Hello {
  if (version !== protocolVersion) {
    throw new RpcError(
      'PROTOCOL_ERROR',
      `the other side speaks version ${JSON.stringify(version)} of the protocol, this side version ${protocolVersion}; ` +
        'install the same version of portcall on both',
    );
  }
  if (!isHello(hello))
    throw new RpcError('PROTOCOL_ERROR', 'the other side sent a hello that cannot be read');
  return hello;
}

/**
 * Sees that the other side can read what this one writes.
 *
 * @throws RpcError `PROTOCOL_ERROR` where it cannot
 */
export function checkForm({ forms }: Hello, { form }: { readonly form: number }): void {
  if (form === Form.tagged || forms?.includes(form) === true) return;
  throw new RpcError(
    'PROTOCOL_ERROR',
    `this side has a codec of its own (form ${form}), which the other side does not read: choose the same on both, ` +
      'with the option codec; for a child of fork() or worker(), export it as codec from the module that the option types names',
  );
}

/** What the other side takes, as far as it has said so. */
export function shapeTaken({ depth = Infinity, elements = Infinity }: Hello): TextLimits {
  return { depth, elements };
}

/** For the hello: what has no bound is not said. */
export function saidShape({ depth, elements }: TextLimits): Pick<Hello, 'depth' | 'elements'> {
  return { ...(depth !== Infinity && { depth }), ...(elements !== Infinity && { elements }) };
}

function isHello(value: unknown): value is Hello {
  return (
    typeof value === 'object' &&
    value !== null &&
    'session' in value &&
    typeof value.session === 'string' &&
    'messageBytes' in value &&
    isBound(value.messageBytes) &&
    (!('depth' in value) || isBound(value.depth)) &&
    (!('elements' in value) || isBound(value.elements)) &&
    'exports' in value &&
    Array.isArray(value.exports) &&
    (!('forms' in value) || Array.isArray(value.forms)) &&
    (!('parts' in value) || typeof value.parts === 'boolean') &&
    (!('series' in value) || typeof value.series === 'boolean')
  );
}

function isBound(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) > 0;
}
