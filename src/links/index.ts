/**
 * followup/links: links and tokens that leave in messages and can be trusted when they come back. Rules R7, R12, R13,
 * R15.
 * @module followup/links
 * @since 0.1.0
 */
import { createHash } from "node:crypto"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { DurationMs, decodeInput, formatBadInput } from "../core/decode.ts"
import type { Links } from "../ports/links.ts"
import { isSame, type Secret, secretOf, TAG_BYTES, VERSION } from "./secret.ts"

export type { LinkPurpose, Links } from "../ports/links.ts"

/** What links are signed with, where they lead, and how long they hold. @since 0.1.0 */
export interface SignedLinksOptions {
  /**
   * Secrets of 32 characters or more, drawn by lot (`openssl rand -base64 32`): the first signs, all verify. A new one
   * goes to the front; an old one goes away once nothing that it signed has to hold any more.
   */
  readonly keys: ReadonlyArray<string>
  /**
   * Where the handler is to be reached from outside, such as `https://acme.example/followup`; left out, mails carry no
   * link to unsubscribe. `https`, but for this machine itself.
   */
  readonly baseUrl?: string
  /** How long a resume link holds, in ms; 7 days unless given. */
  readonly resumeMs?: number
  /** How long an app may take to acknowledge a push, in ms; a day unless given. */
  readonly receiptMs?: number
}

/** How long a resume link holds: 7 days, the end itself excluded. @since 0.1.0 */
export const RESUME_MS = 604_800_000

/** How long an app may take to acknowledge a push: a day, the end itself excluded. @since 0.1.0 */
export const RECEIPT_MS = 86_400_000

/** Longest token that is looked at, in characters: ids are 200 at most, of up to nine characters when escaped. */
const MAX_TOKEN_LENGTH = 16_384

const isOwnMachine = (url: URL): boolean => /^(localhost|127\.0\.0\.1|\[::1\])$/.test(url.hostname)

const isPublic = Schema.makeFilter<string>((text) => {
  const url = URL.parse(text)
  const isGood =
    url !== null &&
    (url.protocol === "https:" || (url.protocol === "http:" && isOwnMachine(url))) &&
    url.search === "" &&
    url.hash === ""
  return isGood || "a URL that begins with https:// and has neither ? nor #"
})

const isSecret = Schema.makeFilter<string>(
  (text) => text.length >= 32 || "a secret of 32 characters or more, drawn by lot",
)

const OptionsSchema = Schema.Struct({
  keys: Schema.NonEmptyArray(Schema.String.check(isSecret)),
  baseUrl: Schema.optionalKey(Schema.String.check(isPublic)),
  resumeMs: Schema.optionalKey(DurationMs),
  receiptMs: Schema.optionalKey(DurationMs),
})

const tokenOf = (bytes: Buffer): string => VERSION + bytes.toString("base64url")

// The last character may hold bits that mean nothing: of all ways to write the same bytes only one is a token.
const bytesOf = (token: string): Buffer | undefined => {
  if (token.length > MAX_TOKEN_LENGTH) return undefined
  const bytes = Buffer.from(token.slice(VERSION.length), "base64url")
  return tokenOf(bytes) === token ? bytes : undefined
}

const firstOf = <A>(
  secrets: ReadonlyArray<Secret>,
  read: (secret: Secret) => A | undefined,
): A | undefined => {
  for (const secret of secrets) {
    const value = read(secret)
    if (value !== undefined) return value
  }
  return undefined
}

/**
 * Links signed with HMAC-SHA256 under secrets of yours, to open followup with. A resume token has 21 characters and
 * says nothing; a receipt's and an unsubscription's hold what they are for, encrypted (AES-256-GCM).
 *
 * @throws Error when the options are not valid: it says where and what was expected, without the values.
 *
 * @example
 * signedLinks({ keys: ["a secret of 32 characters or more"] }).tag("resume", "acme").length // => 21
 * signedLinks({ keys: ["a secret of 32 characters or more"] }).unseal("receipt", "1forged") // => undefined
 * @since 0.1.0
 */
export const signedLinks = (options: SignedLinksOptions): Links => {
  const decoded = decodeInput(OptionsSchema, options)
  if (Result.isFailure(decoded)) throw new Error(`signedLinks options:\n${formatBadInput(decoded.failure)}`)
  const { keys, baseUrl, resumeMs = RESUME_MS, receiptMs = RECEIPT_MS } = decoded.success
  const [signing, ...older] = keys
  const first = secretOf(signing)
  const secrets = [first, ...older.map(secretOf)]
  return {
    baseUrl: baseUrl?.replace(/\/+$/, "") ?? null,
    resumeMs,
    receiptMs,
    tag: (purpose, content) => tokenOf(first.tag(purpose, content)),
    isTag: (purpose, content, token) => {
      const bytes = bytesOf(token)
      return bytes !== undefined && secrets.some((secret) => isSame(secret.tag(purpose, content), bytes))
    },
    nameOf: (token) =>
      bytesOf(token)?.length === TAG_BYTES
        ? createHash("sha256").update(token).digest("base64url")
        : undefined,
    seal: (purpose, content) => tokenOf(first.seal(purpose, content)),
    unseal: (purpose, token) => {
      const bytes = bytesOf(token)
      return bytes && firstOf(secrets, (secret) => secret.unseal(purpose, bytes))
    },
  }
}
