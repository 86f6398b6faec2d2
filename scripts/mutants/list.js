/**
 * A place where the code is broken.
 *
 * @typedef {object} Mutant
 * @property {string} what
 * @property {string} file
 * @property {string} from Is there exactly once.
 * @property {string} to
 * @property {string[]} specs The ones that have to see it.
 */

/** @type {readonly Mutant[]} */
export const mutants = [
  {
    what: 'a settled call is not taken out of the table',
    file: 'lib/session/pending-calls.ts',
    from: '    this.#table[place] = undefined;\n    this.#size--;\n    return pending;',
    to: '    this.#size--;\n    return pending;',
    specs: ['spec/session/pending-calls.spec.ts'],
  },
  {
    what: 'a reply settles whatever call is in the place of its id',
    file: 'lib/session/pending-calls.ts',
    from: 'if (pending === undefined || pending.id !== id) return undefined;',
    to: 'if (pending === undefined) return undefined;',
    specs: ['spec/session/pending-calls.spec.ts'],
  },
  {
    what: 'what is withdrawn after the end is counted twice',
    file: 'lib/session/outbox.ts',
    from: '    if (this.#stopped) return;\n    const before',
    to: '    const before',
    specs: ['spec/session/outbox.spec.ts'],
  },
  {
    what: 'the end of a session leaves calls waiting',
    file: 'lib/session/caller.ts',
    from: '    for (const pending of this.#pending.takeAll()) {',
    to: '    for (const pending of this.#pending.takeAll().slice(1)) {',
    specs: ['spec/session/lifecycle.spec.ts'],
  },
  {
    what: 'a call that comes twice is executed twice',
    file: 'lib/session/responder.ts',
    from: '    if (id <= this.#lastId) {',
    to: '    if (id < 0) {',
    specs: ['spec/wire/real-child.spec.ts'],
  },
  {
    what: 'the listener on a signal is not removed',
    file: 'lib/session/signal-watches.ts',
    from: "    signal.removeEventListener('abort', watch.listener);\n",
    to: '',
    specs: ['spec/session/signal-watches.spec.ts'],
  },
  {
    what: 'a call that was given up in its tick is sent all the same',
    file: 'lib/session/caller.ts',
    from: '      this.#outbox.withdraw(pending.batch, pending.place);\n',
    to: '',
    specs: ['spec/calls/signals.spec.ts'],
  },
  {
    what: 'a deadline beats the reply in the buffer',
    file: 'lib/session/deadlines.ts',
    from: 'afterPendingInput(() => this.#pass(due))',
    to: 'this.#pass(due)',
    specs: ['spec/session/deadlines.spec.ts', 'spec/calls/options.spec.ts'],
  },
  {
    what: 'a timer of more than 25 days fires at once',
    file: 'lib/shared/timer-ms.ts',
    from: 'Math.min(ms, longestMs)',
    to: 'ms + 0 * longestMs',
    specs: ['spec/session/deadlines.spec.ts', 'spec/calls/options.spec.ts'],
  },
  {
    what: 'a call that may have run is said not to be sent',
    file: 'lib/session/call-failure.ts',
    from: "const delivery: Delivery = sent ? 'unknown' : 'not-sent';",
    to: "const delivery: Delivery = 'not-sent';",
    specs: ['spec/session/lifecycle.spec.ts', 'spec/fuzz/session-model.spec.ts'],
  },
  {
    what: 'the length of a frame is not checked before memory is taken for it',
    file: 'lib/framing/frame-decoder.ts',
    from: '    if (length - 4 > this.#limit) {',
    to: '    if (length - 4 > this.#limit * 1e6) {',
    specs: ['spec/framing/frames.spec.ts'],
  },
  {
    what: 'the shape of a batch is checked after it was parsed',
    file: 'lib/protocol/read-batch.ts',
    from: '  checkBatchShape(text, bounds);\n  let batch: unknown;\n  try {\n    batch = JSON.parse(text);\n',
    to: '  let batch: unknown;\n  try {\n    batch = JSON.parse(text);\n    checkBatchShape(text, bounds);\n',
    specs: ['spec/session/shape.spec.ts'],
  },
  {
    what: 'strings are not skipped when brackets are counted',
    file: 'lib/protocol/text-size.ts',
    from: '    if (code === quote) {',
    to: '    if (code === -1) {',
    specs: ['spec/session/shape.spec.ts'],
  },
  {
    what: 'names lead to what is inherited',
    file: 'lib/session/members.ts',
    from: "  if (property === undefined || !('value' in property)) return false;\n  return property.enumerable === true || (name === 'length' && Array.isArray(owner));",
    to: '  return name in owner || property !== undefined;',
    specs: ['spec/session/hostile-names.spec.ts', 'spec/session/router.spec.ts'],
  },
  {
    what: 'accessors are among the names',
    file: 'lib/session/router.ts',
    from: "    if ('value' in (Object.getOwnPropertyDescriptor(owner, key) ?? {})) names.add(key);",
    to: '    names.add(key);',
    specs: ['spec/session/hostile-names.spec.ts', 'spec/session/router.spec.ts'],
  },
  {
    what: 'own properties of an error are assigned, and set its prototype',
    file: 'lib/values/error-values.ts',
    from: '  Object.defineProperty(error, name, { value, enumerable, writable: true, configurable: true });',
    to: '  void enumerable;\n  (error as unknown as Record<string, unknown>)[name] = value;',
    specs: ['spec/values/thrown.spec.ts'],
  },
  {
    what: 'a class of error is looked up by its name',
    file: 'lib/values/error-values.ts',
    from: "(typeof className === 'string' ? classes.get(className) : undefined) ?? classes.get('Error')!",
    to: '((text: string) => new (Reflect.get(globalThis, String(className)) as ErrorConstructor)(text)) as Maker',
    specs: ['spec/values/thrown.spec.ts', 'spec/values/malformed.spec.ts'],
  },
  {
    what: 'the depth of a tagged value is not checked',
    file: 'lib/values/revive.ts',
    from: '    if (++this.#depth > this.#limits.depth * 3)',
    to: '    if (++this.#depth > this.#limits.depth * 3e9)',
    specs: ['spec/values/malformed.spec.ts'],
  },
  {
    what: 'the digits of a BigInt that arrives are not counted',
    file: 'lib/values/revive.ts',
    from: '      digits.length > this.#limits.bigintDigits + 1 ||\n',
    to: '',
    specs: ['spec/session/limits.spec.ts', 'spec/values/malformed.spec.ts'],
  },
  {
    what: 'one more call than the limit is made',
    file: 'lib/session/caller.ts',
    from: 'if (this.pendingCalls >= this.#limits.pendingCalls) {',
    to: 'if (this.pendingCalls > this.#limits.pendingCalls) {',
    specs: ['spec/session/limits.spec.ts'],
  },
  {
    what: 'calls of the other side run without a limit',
    file: 'lib/session/responder.ts',
    from: 'if (this.#running.size >= limits.runningCalls) {',
    to: 'if (this.#running.size < 0) {',
    specs: ['spec/session/limits.spec.ts'],
  },
  {
    what: 'results are kept without a limit',
    file: 'lib/session/responder.ts',
    from: 'const roomToKeep = objects.kept.size < limits.references;',
    to: 'const roomToKeep = objects.kept.size < Infinity || limits.references > 0;',
    specs: ['spec/session/hoarding.spec.ts'],
  },
  {
    what: 'a stream that has ended is not taken off the count of the other side’s',
    file: 'lib/session/streams/streams.ts',
    from: '    if (key < 0) this.#theirs--;\n',
    to: '',
    specs: ['spec/session/hoarding.spec.ts'],
  },
  {
    what: 'a half-sent message is waited for without end',
    file: 'lib/transports/frame-timer.ts',
    from: '    if (left > 0) return this.#arm(left);',
    to: '    if (left > -1e9) return this.#arm(this.#ms);',
    specs: ['spec/wire/half-frames.spec.ts'],
  },
  {
    what: 'errors tell all to a side that is not trusted',
    file: 'lib/values/walk.ts',
    from: "this.bareErrors = limits.trust === 'none';",
    to: 'this.bareErrors = false;',
    specs: ['spec/session/trust.spec.ts'],
  },
  {
    what: 'a regular expression is made for a side that is not trusted',
    file: 'lib/values/revive.ts',
    from: "if (this.#limits.trust === 'none')",
    to: 'if (this.#limits.trust === undefined && this.#depth < 0)',
    specs: ['spec/session/trust.spec.ts'],
  },
  {
    what: 'what was registered for a message that is not sent stays registered',
    file: 'lib/session/message-exports.ts',
    from: '    (this.#undo ??= []).push(() => exported.release(id, 1));\n',
    to: '',
    specs: [
      'spec/faults/each-channel.spec.ts',
      'spec/session/limits.spec.ts',
      'spec/fuzz/session-model.spec.ts',
    ],
  },
];
