/**
 * Resume links as the store keeps them: what each stands for, and whether it was revoked. Part of the store port.
 * @since 0.1.0
 */
import type { CustomerKey } from "./store.ts"

/** A resume link that was given out: the name of its token, what it stands for, and its end (UTC epoch ms). @since 0.1.0 */
export interface ResumeLink {
  readonly name: string
  readonly key: CustomerKey
  readonly chatId: string
  readonly expiresAtMs: number
}

/** A resume link as it is kept, and since when it is revoked (UTC epoch ms); `null`: it is not. @since 0.1.0 */
export interface KeptResumeLink extends ResumeLink {
  readonly revokedAtMs: number | null
}
