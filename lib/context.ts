/**
 * What a remote function can learn about the call it runs for, and what its own calls inherit from it.
 *
 * @packageDocumentation
 */
export { callContext } from './context/call-context.ts';
export type { CallContext } from './call/context.ts';
