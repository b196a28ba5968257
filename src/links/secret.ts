/**
 * Tokens under one secret key: short ones that stand for a content, and longer ones that hold it. Rules R7, R12, R13.
 * @since 0.1.0
 */
import { createCipheriv, createDecipheriv, createHmac, hkdfSync, timingSafeEqual } from "node:crypto"
import type { LinkPurpose } from "../ports/links.ts"

/** Begins every token, so that later ones can be made otherwise. @since 0.1.0 */
export const VERSION = "1"

/** Bytes of a short token: 120 bits, which are 20 characters without a remainder. @since 0.1.0 */
export const TAG_BYTES = 15

const KEY_BYTES = 32
const NONCE_BYTES = 12
const SEAL_BYTES = 16

/** What one secret key does. @since 0.1.0 */
export interface Secret {
  readonly tag: (purpose: LinkPurpose, content: string) => Buffer
  readonly seal: (purpose: LinkPurpose, content: string) => Buffer
  readonly unseal: (purpose: LinkPurpose, sealed: Buffer) => string | undefined
}

/** Whether two byte strings are the same, in a time that does not say where they differ. Total. @since 0.1.0 */
export const isSame = (a: Buffer, b: Buffer): boolean => a.length === b.length && timingSafeEqual(a, b)

// A key for each use of each purpose: what is known of one says nothing of another. RFC 5869.
const derived = (key: string, purpose: LinkPurpose, use: string): Buffer =>
  Buffer.from(hkdfSync("sha256", key, "", `followup ${VERSION} ${purpose} ${use}`, KEY_BYTES))

interface Keys {
  readonly tag: Buffer
  readonly seal: Buffer
  readonly nonce: Buffer
}

const keysOf = (key: string, purpose: LinkPurpose): Keys => ({
  tag: derived(key, purpose, "tag"),
  seal: derived(key, purpose, "seal"),
  nonce: derived(key, purpose, "nonce"),
})

const hmac = (key: Buffer, content: string): Buffer => createHmac("sha256", key).update(content).digest()

// A decision may be made more than once and must come out the same, so no nonce is drawn by lot: it follows from the
// content, and only the same content, which gives the same token, has it again.
const seal = (keys: Keys, content: string): Buffer => {
  const nonce = hmac(keys.nonce, content).subarray(0, NONCE_BYTES)
  const cipher = createCipheriv("aes-256-gcm", keys.seal, nonce)
  return Buffer.concat([nonce, cipher.update(content, "utf8"), cipher.final(), cipher.getAuthTag()])
}

const unseal = (keys: Keys, sealed: Buffer): string | undefined => {
  if (sealed.length < NONCE_BYTES + SEAL_BYTES) return undefined
  const nonce = sealed.subarray(0, NONCE_BYTES)
  const decipher = createDecipheriv("aes-256-gcm", keys.seal, nonce, { authTagLength: SEAL_BYTES })
  decipher.setAuthTag(sealed.subarray(-SEAL_BYTES))
  try {
    const opened = decipher.update(sealed.subarray(NONCE_BYTES, -SEAL_BYTES))
    return Buffer.concat([opened, decipher.final()]).toString("utf8")
  } catch {
    // Made by somebody else, or changed on its way.
    return undefined
  }
}

/** What a secret key does; the same key does the same everywhere. Total. @since 0.1.0 */
export const secretOf = (key: string): Secret => {
  const byPurpose: Readonly<Record<LinkPurpose, Keys>> = {
    resume: keysOf(key, "resume"),
    receipt: keysOf(key, "receipt"),
    unsubscribe: keysOf(key, "unsubscribe"),
  }
  return {
    tag: (purpose, content) => hmac(byPurpose[purpose].tag, content).subarray(0, TAG_BYTES),
    seal: (purpose, content) => seal(byPurpose[purpose], content),
    unseal: (purpose, sealed) => unseal(byPurpose[purpose], sealed),
  }
}
