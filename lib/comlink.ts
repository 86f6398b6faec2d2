/**
 * Comlink's protocol: sessions with programs that use Comlink, over a worker's port; and endpoints for Comlink over
 * every channel.
 *
 * @packageDocumentation
 */
export { comlink } from './comlink/comlink.ts';
export {
  endpoint,
  type ComlinkEndpoint,
  type ComlinkListener,
  type ComlinkListenerObject,
} from './comlink/endpoint.ts';
export { newEndpoint } from './comlink/new-endpoint.ts';
