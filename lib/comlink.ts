/**
 * Comlink's protocol: sessions with programs that use Comlink, over a worker's port.
 *
 * @packageDocumentation
 */
export { comlink } from './comlink/comlink.ts';
export { newEndpoint } from './comlink/new-endpoint.ts';
