/**
 * What a host is told of its channels' usage. Rule R16.
 * @since 0.1.0
 */
import type { Notice } from "./store.ts"

/**
 * A notice for the host. `id` is the same whenever it is told: a host that remembers it is told exactly once.
 * @since 0.1.0
 */
export interface NoticeCall {
  readonly id: string
  readonly channelId: string
  readonly notice: Notice
}

/**
 * What the host does with a notice. It is told again when this throws, rejects or takes too long, and may be when the
 * process dies before the store knows that it was told.
 * @since 0.1.0
 */
export type OnNotice = (call: NoticeCall) => Promise<void> | void
