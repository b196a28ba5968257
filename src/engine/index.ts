/**
 * followup/engine: runs the rules over a store and transports. `FollowUps.open` for Promises, `FollowUps.layer` for
 * Effect.
 * @module followup/engine
 * @since 0.1.0
 */

export type { LogEntry, PostResult } from "../core/history/post-log.ts"
export { defaultSend, type SendPolicy } from "../ports/attempt.ts"
export * from "../ports/calls.ts"
export * from "../ports/directory.ts"
export { FollowUpsError, type FollowUpsErrorReason } from "../ports/error.ts"
export type { LinkPurpose, Links } from "../ports/links.ts"
export * from "../ports/store.ts"
export * from "../ports/transport.ts"
export * from "../ports/webhook.ts"
export type { AskedCalls } from "./asked.ts"
export { type CircuitPolicy, defaultCircuit } from "./circuit.ts"
export * from "./follow-ups.ts"
export * from "./host-clock.ts"
export type { HandlerOptions } from "./http/handler.ts"
export type { HostEvent, OnEvent } from "./http/news.ts"
export type { KeptCalls } from "./kept.ts"
export type { LinkCalls, Resumption } from "./link-calls.ts"
export { defaultEngine, type FollowUpsOptions, type FollowUpsShape } from "./make.ts"
export { defaultNotices, type NoticeCall, type NoticePolicy, type OnNotice } from "./notifier.ts"
export type { Quarantined } from "./quarantine.ts"
export type { EngineInput, EnginePolicy } from "./setting.ts"
export { type SteadyClock, steadyClock } from "./steady-clock.ts"
export type { ToldCalls } from "./told.ts"
