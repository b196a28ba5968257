/**
 * Signing mail by DKIM, so that mailboxes can tell that it is the channel's domain that sent it. Rules R13, R14.
 * @since 0.1.0
 */
import { createPrivateKey } from "node:crypto"
import * as Schema from "effect/Schema"
import { isDomainName } from "../../core/email/address.ts"
import type { EmailMessage } from "../../ports/transport.ts"

/**
 * How mail is signed. R14.
 *
 * @since 0.1.0
 */
export interface DkimOptions {
  /**
   * Domain that signs; left out, that of the mail's sender, so that channels' own domains sign their own mail. The
   * key's record stands at `<keySelector>._domainkey.<domain>`, directly or by a CNAME to yours.
   */
  readonly domainName?: string
  /** Which of the domain's keys this is. */
  readonly keySelector: string
  /** The key: RSA, 1 024 bits or more (2 048 is what mailboxes ask for), PEM, without a passphrase. A secret. */
  readonly privateKey: string
}

// RFC 8301, 3.2: what is shorter must not be taken for valid.
const MIN_RSA_BITS = 1_024

// nodemailer signs with RSA only; with any other key it sends unsigned, and says nothing.
const isRsaKey = (pem: string): boolean => {
  try {
    const { asymmetricKeyType, asymmetricKeyDetails } = createPrivateKey(pem)
    return asymmetricKeyType === "rsa" && (asymmetricKeyDetails?.modulusLength ?? 0) >= MIN_RSA_BITS
  } catch {
    return false
  }
}

const text = (expected: string, holds: (value: string) => boolean) =>
  Schema.String.check(Schema.makeFilter<string>((value) => holds(value) || expected))

/** Schema of {@link DkimOptions}: names that can stand in the DNS, and a key that can be signed with. @since 0.1.0 */
export const DkimOptionsSchema: Schema.Codec<DkimOptions> = Schema.Struct({
  domainName: Schema.optionalKey(text("a domain name in ASCII", isDomainName)),
  keySelector: text("a name for the DNS, such as s1", (value) => isDomainName(`${value}.example`)),
  privateKey: text(
    "a private RSA key of 1024 bits or more in PEM, without a passphrase (mail cannot be signed with Ed25519)",
    isRsaKey,
  ),
})

// Everything that a follow-up says of itself. RFC 8058, 4: one-click unsubscription counts only where both of its
// headers are signed; nodemailer's own list lacks the second.
const SIGNED_HEADERS = [
  "From",
  "Reply-To",
  "To",
  "Subject",
  "Date",
  "Message-ID",
  "In-Reply-To",
  "References",
  "MIME-Version",
  "Content-Type",
  "Content-Transfer-Encoding",
  "Auto-Submitted",
  "List-Unsubscribe",
  "List-Unsubscribe-Post",
].join(":")

/** What nodemailer is told to sign a mail with. Total. R14. @since 0.1.0 */
export const signingOf = ({ domainName, keySelector, privateKey }: DkimOptions, { from }: EmailMessage) => ({
  domainName: domainName ?? from.address.slice(from.address.lastIndexOf("@") + 1),
  keySelector,
  privateKey,
  headerFieldNames: SIGNED_HEADERS,
})
