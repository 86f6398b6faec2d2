/**
 * Call functions in another process, thread or machine as if they were local.
 *
 * @packageDocumentation
 */
export { fork } from './supervise/fork.ts';
export { worker } from './supervise/worker.ts';
export { spawn } from './supervise/spawn.ts';
export { pool } from './pool/open-pool.ts';
export { coreBudget } from './pool/budget.ts';
export { connect } from './connect/connect.ts';
export { expose } from './child/expose.ts';
export { assign, release, withOptions } from './remote/standalone.ts';
export { byReference } from './values/by-reference.ts';
export { defineError, defineType } from './values/definitions.ts';
export { transfer } from './values/transfer.ts';
export { RpcError } from './errors/rpc-error.ts';

export type { Child, ChildState, ForkedChild, WorkerChild } from './launch/child.ts';
export type {
  ForkOptions,
  HeartbeatOptions,
  LaunchOptions,
  ModuleOptions,
  Output,
  SpawnOptions,
  WorkerOptions,
} from './launch/launch-options.ts';
export type { BackoffOptions, Restart, RestartOptions } from './launch/restart-options.ts';
export type { SandboxOptions } from './launch/sandbox-options.ts';
export type { CloseOptions, ConnectOptions, Session, SessionStats } from './connect/session.ts';
export type { CoreBudget } from './pool/budget.ts';
export type { BalancedCall, BalanceFunction } from './pool/balance.ts';
export type { PoolCallOptions } from './pool/call-options.ts';
export type {
  PoolOptions,
  PoolRestartOptions,
  PoolSettings,
  ProcessPoolOptions,
  QueueOptions,
  RecycleOptions,
  ThreadPoolOptions,
} from './pool/options.ts';
export type {
  Each,
  MemberEnd,
  MemberState,
  MemberStats,
  Pool,
  PoolEvents,
  PoolMember,
  PoolMemberEnd,
  PoolSize,
  PoolState,
  PoolStats,
} from './pool/pool.ts';
export type { Endpoint, StreamPair } from './connect/endpoint.ts';
export type { Protocol, ProtocolSettings, SessionCore } from './connect/protocol.ts';
export type { ExposeOptions } from './child/expose-options.ts';
export type { Delivery, ExitReason, Issue, RpcErrorCode, RpcErrorDetails } from './errors/errors.ts';
export type { Limits } from './protocol/limits.ts';
export type { Trust } from './protocol/trust.ts';
export type {
  Call,
  CallKind,
  CallOptions,
  Handler,
  KeptResult,
  Metadata,
  Target,
  TargetBase,
} from './call/call.ts';
export type { Allow } from './middleware/allow.ts';
export type { Origin } from './call/origin.ts';
export type { Middleware } from './middleware/middleware.ts';
export type { Channel, Receiver } from './channel/channel.ts';
export type { Attachment, Carries } from './shared/attachments.ts';
export type {
  PendingRemote,
  Received,
  Remote,
  RemoteClass,
  RemoteDisposal,
  RemoteFunction,
  RemoteMembers,
  RemoteStream,
  RemoteValue,
  Sendable,
} from './remote/types.ts';
export type { SyncFunction, SyncRemote } from './remote/sync-types.ts';
export type { ByValue } from './remote/kinds.ts';
export type { CallbackMustBeAwaited } from './remote/callbacks.ts';
export type {
  Pipeline,
  PipelineArgument,
  Pipelined,
  PipelinedResult,
  PipelinedValue,
} from './remote/pipeline-types.ts';
export type { ByReference } from './values/by-reference.ts';
export type { ChosenCodec } from './values/chosen-codec.ts';
export type { Definition, TypeDefinition } from './values/definitions.ts';
