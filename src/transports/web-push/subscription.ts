/**
 * A browser's subscription, and whether its address may be called: it comes from a browser, so from anybody. Rule R6.
 *
 * Over https only a server that has a certificate for the very name gets our request, so a public name that somebody
 * points at a machine inside our network leads nowhere. What is left are names and addresses that are private in
 * themselves; they are refused, and redirects are never followed.
 * @since 0.1.0
 */
import { isIP } from "node:net"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { decodeInput } from "../../core/decode.ts"
import { parseJson } from "../http/index.ts"

const decoded = (text: string): Buffer => Buffer.from(text, "base64url")

const isBytes = (expected: string, fits: (bytes: Buffer) => boolean) =>
  Schema.String.check(
    Schema.makeFilter<string>((text) => (/^[\w+/-]+={0,2}$/.test(text) && fits(decoded(text))) || expected),
  )

/** An uncompressed point on P-256. */
const isPoint = (bytes: Buffer): boolean => bytes.length === 65 && bytes[0] === 4

/** Schema of a public key: an uncompressed point on P-256, base64url. RFC 8291 2.1, RFC 8292 3.2. @since 0.1.0 */
export const PublicKey = isBytes("a public key: 65 bytes, base64url", isPoint)

/** Schema of a VAPID private key: 32 bytes, base64url. @since 0.1.0 */
export const PrivateKey = isBytes("a private key: 32 bytes, base64url", ({ length }) => length === 32)

const SubscriptionSchema = Schema.Struct({
  endpoint: Schema.String,
  keys: Schema.Struct({
    p256dh: PublicKey,
    auth: isBytes("16 bytes, base64url", ({ length }) => length === 16),
  }),
})

/** A browser's subscription: where to send, and for whom to encrypt. @since 0.1.0 */
export type Subscription = typeof SubscriptionSchema.Type

// RFC 6761, 6762, 7686, 8375, 9476 and ICANN's ".internal": names that never lead out of a network. So does a name of
// one label, and an address in place of a name is no push service's.
const PRIVATE_NAME = /^[^.]*$|\.(?:localhost|local|internal|test|invalid|example|onion|alt|home\.arpa)$/

// Google's service for browsers of before 2019 is switched off.
const CLOSED = "android.googleapis.com"

const isPublic = ({ protocol, hostname }: URL): boolean => {
  const name = hostname.replace(/\.$/, "")
  const isAddress = isIP(name) !== 0 || name.startsWith("[")
  return protocol === "https:" && !isAddress && !PRIVATE_NAME.test(name) && name !== CLOSED
}

const isListed = ({ origin, protocol, host, hostname }: URL, hosts: ReadonlyArray<string>): boolean =>
  hosts.some(
    (entry) =>
      entry === origin ||
      (protocol === "https:" && (entry === host || (entry.startsWith(".") && hostname.endsWith(entry)))),
  )

const mayCall = (endpoint: string, hosts: ReadonlyArray<string> | undefined): boolean => {
  if (!URL.canParse(endpoint)) return false
  const url = new URL(endpoint)
  if (url.username !== "" || url.password !== "") return false
  return hosts === undefined ? isPublic(url) : isListed(url, hosts)
}

/**
 * The subscription in a token, when it is one and its endpoint may be called: at one of `hosts`, or, where none are
 * named, at any public name over https. Total.
 * @since 0.1.0
 */
export const readSubscription = (
  token: string,
  hosts: ReadonlyArray<string> | undefined,
): Subscription | undefined => {
  const subscription = decodeInput(SubscriptionSchema, parseJson(token), "ignore")
  return Result.isSuccess(subscription) && mayCall(subscription.success.endpoint, hosts)
    ? subscription.success
    : undefined
}
