/**
 * superjson as the codec of a session.
 *
 * @packageDocumentation
 */
export { superjson } from './superjson/superjson.ts';
export type { CustomTransformer, SuperjsonInstance, SuperjsonResult } from './superjson/instance.ts';
export type { ChosenCodec } from './values/chosen-codec.ts';
