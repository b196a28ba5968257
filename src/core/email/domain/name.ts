/**
 * Names of the DNS as people write them, made into the form in which the DNS is asked. Rule R14.
 * @since 0.1.0
 */
import { asciiName, isDomainName } from "../address.ts"

// Any name that can be asked for; unlike a host's it may have underscores, as DKIM's and DMARC's have.
const LABEL = /^[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?$/
// RFC 1035, 2.3.4.
const NAME_MAX_CHARACTERS = 253
const LABEL_MAX_CHARACTERS = 63

/**
 * A name of the DNS in lower case, in ASCII (`xn--…` for an international one) and without the dot at its end; undefined
 * for what is none, an IP address included. At least two labels; underscores are allowed. Total. R14.
 *
 * @example
 * dnsName("S1._domainkey.Acme.example.") // => "s1._domainkey.acme.example"
 * dnsName("메일.example") // => "xn--h32bq4v.example"
 * dnsName("192.0.2.1") // => undefined
 * dnsName("acme.example/a") // => undefined
 * @since 0.1.0
 */
export const dnsName = (text: string): string | undefined => {
  const written = text.replace(/\.$/, "")
  if (written.length > NAME_MAX_CHARACTERS) return undefined
  const name = asciiName(written).toLowerCase()
  const labels = name.split(".")
  return name.length <= NAME_MAX_CHARACTERS &&
    labels.length >= 2 &&
    labels.every((label) => label.length <= LABEL_MAX_CHARACTERS && LABEL.test(label)) &&
    !/^\d+$/.test(labels.at(-1) ?? "")
    ? name
    : undefined
}

/**
 * A domain that mail can come from, in the form of `dnsName`; undefined for what is none. Total. R14.
 *
 * @example
 * mailDomain("Acme.example") // => "acme.example"
 * mailDomain("_dmarc.acme.example") // => undefined
 * @since 0.1.0
 */
export const mailDomain = (text: string): string | undefined => {
  const name = dnsName(text)
  return name !== undefined && isDomainName(name) ? name : undefined
}
