/**
 * The token by which Apple knows the provider: signed with the team's key, shared by all messages for a while.
 *
 * Source: https://developer.apple.com/documentation/usernotifications/establishing-a-token-based-connection-to-apns.
 * @since 0.1.0
 */
import { createPrivateKey } from "node:crypto"
import { signedJwt } from "../http/index.ts"
import { TOKEN_MIN_AGE_MS } from "./errors.ts"

/** A key of a team, as Apple's console gives it. @since 0.1.0 */
export interface ProviderKey {
  /** The key's `.p8` file, as text. A secret. */
  readonly key: string
  /** The key's id, 10 characters. */
  readonly keyId: string
  /** The team's id, 10 characters. */
  readonly teamId: string
}

/** Age at which a token gives way to another, in ms: in the middle of the 20 to 60 minutes that Apple asks for. @since 0.1.0 */
export const TOKEN_MAX_AGE_MS = 2_400_000

/** Tokens as messages need them. @since 0.1.0 */
export interface ProviderTokens {
  /** The token that is valid now. */
  readonly current: () => string
  /**
   * A newer token than the one that Apple calls expired; undefined when one was made for that reason less than 20
   * minutes ago, since Apple refuses more, and then our clock is wrong.
   */
  readonly renew: (expired: string) => string | undefined
}

/** Provider tokens of a key, dated by `now` in UTC epoch ms. @since 0.1.0 */
export const providerTokens = ({ key, keyId, teamId }: ProviderKey, now: () => number): ProviderTokens => {
  const privateKey = createPrivateKey(key)
  let token: { readonly text: string; readonly madeAtMs: number } | undefined
  let renewedAtMs = Number.NEGATIVE_INFINITY
  const make = (nowMs: number): string => {
    const claims = { iss: teamId, iat: Math.floor(nowMs / 1_000) }
    const text = signedJwt("ES256", privateKey, { kid: keyId }, claims)
    token = { text, madeAtMs: nowMs }
    return text
  }
  const current = (): string => {
    const nowMs = now()
    return token !== undefined && nowMs - token.madeAtMs < TOKEN_MAX_AGE_MS ? token.text : make(nowMs)
  }
  return {
    current,
    renew: (expired) => {
      if (token?.text !== expired) return current()
      const nowMs = now()
      if (nowMs - renewedAtMs < TOKEN_MIN_AGE_MS) return undefined
      renewedAtMs = nowMs
      return make(nowMs)
    },
  }
}
