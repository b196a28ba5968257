/**
 * Access to Google's services: a signed assertion of the service account is exchanged for a token that lasts an hour,
 * which all messages share. RFC 7523; https://developers.google.com/identity/protocols/oauth2/service-account.
 * @since 0.1.0
 */
import { createPrivateKey } from "node:crypto"
import type { SendResult } from "../../ports/transport.ts"
import {
  type Answered,
  at,
  cleanCode,
  type Exchange,
  type Exchanged,
  exchange,
  parseJson,
  RETRY_AFTER_MS,
  rejected,
  resultOfStatus,
  retryAfterMs,
  signedJwt,
  unlessAborted,
  withoutAnswer,
} from "../http/index.ts"

/**
 * What is used of the file that Google's console gives for a service account; it may have more.
 * @since 0.1.0
 */
export interface ServiceAccount {
  readonly project_id: string
  readonly client_email: string
  /** An RSA key, PEM. A secret. */
  readonly private_key: string
  readonly private_key_id?: string
  /** Where tokens are given out; Google's own address unless given. */
  readonly token_uri?: string
}

/** A token, or the result for messages that cannot have one: nothing of them was sent. @since 0.1.0 */
export type Access =
  | { readonly _tag: "Granted"; readonly token: string }
  | { readonly _tag: "Refused"; readonly result: SendResult }

/** Tokens as messages need them. @since 0.1.0 */
export interface AccessTokens {
  /** The token that is valid now, asked for if need be, once for all who wait. Never rejects. */
  readonly access: (signal: AbortSignal) => Promise<Access>
  /** Gives up a token that was refused; the next who asks gets another. */
  readonly forget: (token: string) => void
}

const TOKEN_URI = "https://oauth2.googleapis.com/token"
const SCOPE = "https://www.googleapis.com/auth/firebase.messaging"
const GRANT_TYPE = "urn:ietf:params:oauth:grant-type:jwt-bearer"

/** How long an assertion is good for, in seconds: the longest that Google allows. */
const ASSERTION_LIFE_SECONDS = 3_600

/** A token is not used in the last minute of its life: it would expire on its way. In ms. @since 0.1.0 */
export const EXPIRES_EARLY_MS = 60_000

// RFC 6750 2.1: nothing else can stand in the header.
const TOKEN = /^[\w.~+/-]+=*$/

const refused = (result: SendResult): Access => ({ _tag: "Refused", result })

// RFC 6749 5.2: 400 with an error code refuses the assertion. Whatever else comes, no message was sent.
const refusalOf = (answer: Answered): SendResult => {
  const code = cleanCode(at(parseJson(answer.text), "error")) || String(answer.status)
  if (answer.status === 400) return rejected("auth", code)
  const result = resultOfStatus(answer, code)
  return result._tag === "Rejected" ? result : rejected("provider-error", code, retryAfterMs(answer.headers))
}

const tokenOf = (answer: Exchanged, nowMs: number) => {
  if (answer._tag !== "Answered" || answer.status !== 200) return undefined
  const json = parseJson(answer.text)
  const token = at(json, "access_token")
  const lifeSeconds = at(json, "expires_in")
  return typeof token === "string" && TOKEN.test(token) && typeof lifeSeconds === "number"
    ? { token, usableUntilMs: nowMs + lifeSeconds * 1_000 - EXPIRES_EARLY_MS }
    : undefined
}

const assertionOf = (account: ServiceAccount, audience: string): ((nowMs: number) => string) => {
  const key = createPrivateKey(account.private_key)
  return (nowMs) => {
    const iat = Math.floor(nowMs / 1_000)
    const claims = {
      iss: account.client_email,
      scope: SCOPE,
      aud: audience,
      iat,
      exp: iat + ASSERTION_LIFE_SECONDS,
    }
    return signedJwt("RS256", key, { kid: account.private_key_id }, claims)
  }
}

/** Tokens of a service account, dated by `now` in UTC epoch ms. @since 0.1.0 */
export const accessTokens = (account: ServiceAccount, http: Exchange, now: () => number): AccessTokens => {
  const url = account.token_uri ?? TOKEN_URI
  const assertion = assertionOf(account, url)
  let current: { readonly token: string; readonly usableUntilMs: number } | undefined
  let asking: Promise<Access> | undefined
  const ask = async (): Promise<Access> => {
    // Dated before the request: the token's life begins on its way.
    const nowMs = now()
    const answer = await exchange(
      http,
      {
        url,
        method: "POST",
        headers: { "content-type": "application/x-www-form-urlencoded" },
        body: new URLSearchParams({ grant_type: GRANT_TYPE, assertion: assertion(nowMs) }).toString(),
      },
      // Nobody's own signal: others may wait for the same token.
      new AbortController().signal,
    )
    const given = tokenOf(answer, nowMs)
    if (given !== undefined) {
      current = given
      return { _tag: "Granted", token: given.token }
    }
    return refused(
      answer._tag === "Answered" ? refusalOf(answer) : rejected("unreachable", answer.code, RETRY_AFTER_MS),
    )
  }
  const share = (): Promise<Access> => {
    asking ??= ask().finally(() => {
      asking = undefined
    })
    return asking
  }
  return {
    access: async (signal) => {
      if (current !== undefined && now() < current.usableUntilMs)
        return { _tag: "Granted", token: current.token }
      const access = await unlessAborted(share(), signal)
      return access ?? refused(withoutAnswer({ _tag: "NotSent", code: "aborted" }))
    },
    forget: (token) => {
      if (current?.token === token) current = undefined
    },
  }
}
