/**
 * Which mail addresses are safe to put on an envelope: one plain address, and nothing that could be read as more.
 * Rules R13, R14.
 *
 * @since 0.1.0
 */

const LOCAL_PART = /^[\w!#$%&'*+/=?^`{|}~-]+(?:\.[\w!#$%&'*+/=?^`{|}~-]+)*$/
const DOMAIN_LABEL = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/i
// RFC 5321, 4.5.3.1.1 and 4.5.3.1.2; RFC 1035, 2.3.4.
const LOCAL_PART_MAX_CHARACTERS = 64
const DOMAIN_MAX_CHARACTERS = 253
const DOMAIN_LABEL_MAX_CHARACTERS = 63

/**
 * Whether this is the unquoted part of an address before the `@`: ASCII, 1 to 64 characters. Total. RFC 5321 4.1.2.
 *
 * @example
 * isLocalPart("chat") // => true
 * isLocalPart("a b") // => false
 *
 * @since 0.1.0
 */
export const isLocalPart = (value: string): boolean =>
  value.length <= LOCAL_PART_MAX_CHARACTERS && LOCAL_PART.test(value)

/**
 * Whether this is a domain name in ASCII with at least two labels; an international name is given as `xn--…`. Total.
 *
 * @example
 * isDomainName("mail.acme.example") // => true
 * isDomainName("localhost") // => false
 * isDomainName("acme.example\r\nBcc: x") // => false
 *
 * @since 0.1.0
 */
export const isDomainName = (value: string): boolean => {
  const labels = value.split(".")
  return (
    value.length <= DOMAIN_MAX_CHARACTERS &&
    labels.length >= 2 &&
    labels.every((label) => label.length <= DOMAIN_LABEL_MAX_CHARACTERS && DOMAIN_LABEL.test(label))
  )
}

// What ends the host in an address on the web would make another name of what was written.
const NOT_IN_A_NAME = /[\s\p{Cc}/\\@:?#%[\]|<>^]/u

/**
 * A name of the DNS in ASCII: as it is when it is ASCII, `xn--…` for an international one; empty for what can be no name
 * in another script. Total. R14.
 *
 * @example
 * asciiName("Acme.example") // => "Acme.example"
 * asciiName("例え.jp") // => "xn--r8jz45g.jp"
 *
 * @since 0.1.0
 */
export const asciiName = (name: string): string => {
  if (/^[\x20-\x7e]*$/.test(name)) return name
  return NOT_IN_A_NAME.test(name) ? "" : (URL.parse(`http://${name}`)?.hostname ?? "")
}

/**
 * A mail address as hosts store it, as mail is sent to it: without blanks around it, an international domain in ASCII.
 * Total: what is no address gives none. R13.
 *
 * @example
 * mailAddress(" mina@example.com") // => "mina@example.com"
 * mailAddress("mina@例え.jp") // => "mina@xn--r8jz45g.jp"
 *
 * @since 0.1.0
 */
export const mailAddress = (text: string): string => {
  const address = text.trim()
  const domainAt = address.lastIndexOf("@") + 1
  return address.slice(0, domainAt) + asciiName(address.slice(domainAt))
}

/**
 * Whether this is exactly one plain address, without display name, comment, quotes or line breaks. Total.
 *
 * Quoted local parts and non-ASCII addresses are valid mail but refused here: almost no mailbox has one, and they are
 * what header and envelope injection is made of. `mailAddress` writes an international domain in ASCII.
 *
 * @example
 * isEmailAddress("mina@example.com") // => true
 * isEmailAddress("a@example.com, b@example.com") // => false
 *
 * @since 0.1.0
 */
export const isEmailAddress = (value: string): boolean => {
  const at = value.lastIndexOf("@")
  return at > 0 && isLocalPart(value.slice(0, at)) && isDomainName(value.slice(at + 1))
}
