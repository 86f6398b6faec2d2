/**
 * Middleware for the usual needs, around the calls a side makes (`middleware`) or takes (`servedMiddleware`). Needs
 * nothing of Node.
 *
 * @packageDocumentation
 */
export { timeout } from './middleware/timeout.ts';
export { retry, type RetryOptions } from './middleware/retry.ts';
export { rateLimit, type RateLimitOptions } from './middleware/rate-limit.ts';
export { concurrency, type ConcurrencyOptions } from './middleware/concurrency.ts';
