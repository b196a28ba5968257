/**
 * followup/restate: the rules on Restate, for hosts that outgrow one database. `@restatedev/restate-sdk` is a peer.
 * @module followup/restate
 * @since 0.1.0
 */

export { defaultSend, type SendPolicy } from "../ports/attempt.ts"
export * from "../ports/calls.ts"
export { FollowUpsError, type FollowUpsErrorReason } from "../ports/error.ts"
export type { NoticeCall, OnNotice } from "../ports/notice.ts"
export type { Notice } from "../ports/store.ts"
export * from "../ports/transport.ts"
export type { RestateFollowUps } from "./client.ts"
export type { RestateClock } from "./clock.ts"
export { defaultIngress, type IngressPolicy } from "./ingress.ts"
export {
  type ConnectOptions,
  followUpsOnRestate,
  type OnRestate,
  type OnRestateOptions,
} from "./on-restate.ts"
export { defaultNotices, type NoticePace } from "./setting.ts"
