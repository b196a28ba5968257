/**
 * Phone numbers as hosts store them, made into ones that a text can be sent to. Rules R9, R15.
 * @since 0.1.0
 */
import { isSupportedCountry, type PhoneNumber, parsePhoneNumberFromString } from "libphonenumber-js/max"

/**
 * A number that takes texts, in E.164 with its country (ISO 3166-1 alpha-2), or why it is unusable: `landline` is any
 * valid number that is not a mobile one (toll-free, VoIP and premium numbers too), `extension` a number behind a
 * switchboard, `invalid` anything else.
 * @since 0.1.0
 */
export type ParsedPhone =
  | { readonly _tag: "Mobile"; readonly e164: string; readonly country: string }
  | { readonly _tag: "Unusable"; readonly reason: "invalid" | "landline" | "extension" }

/** Characters of input that are looked at; anything longer is invalid. E.164 has 15 digits. @since 0.1.0 */
export const MAX_PHONE_CHARS = 64

const INVISIBLE = /\p{Cf}/gu
const SCHEME = /^tel:/i
const INTERNATIONAL_PREFIX = /^[\s(]*00/
/** Numbers that may be either are the rule in North America, where a plan does not tell them apart. */
const MOBILE_TYPES: ReadonlySet<string | undefined> = new Set(["MOBILE", "FIXED_LINE_OR_MOBILE"])

const unusable = (reason: "invalid" | "landline" | "extension"): ParsedPhone => ({ _tag: "Unusable", reason })

/** `00` is read as `+` first, and then as the digits of the country's own plan. */
const readings = (number: string): readonly string[] =>
  INTERNATIONAL_PREFIX.test(number) ? [number.replace(INTERNATIONAL_PREFIX, "+"), number] : [number]

const readNumber = (number: string, country: string): PhoneNumber | undefined =>
  parsePhoneNumberFromString(number, {
    extract: false,
    ...(isSupportedCountry(country) ? { defaultCountry: country } : {}),
  })

const read = (raw: string, defaultCountry: string): ParsedPhone => {
  const number = raw.normalize("NFKC").replace(INVISIBLE, "").trim().replace(SCHEME, "")
  const country = defaultCountry.trim().toUpperCase()
  const phone = readings(number)
    .map((reading) => readNumber(reading, country))
    .find((reading) => reading?.isValid())
  if (phone?.country === undefined) return unusable("invalid")
  if (phone.ext !== undefined && phone.ext !== "") return unusable("extension")
  return MOBILE_TYPES.has(phone.getType())
    ? { _tag: "Mobile", e164: phone.number, country: phone.country }
    : unusable("landline")
}

// A customer is decided on several times within a minute, each time with the same number: reading it costs as much as
// deciding. Numbers seen last come last.
const REMEMBERED_NUMBERS = 2_000
const remembered = new Map<string, ParsedPhone>()

const remember = (name: string, phone: ParsedPhone): ParsedPhone => {
  if (remembered.size >= REMEMBERED_NUMBERS)
    for (const oldest of remembered.keys()) {
      remembered.delete(oldest)
      break
    }
  remembered.set(name, phone)
  return phone
}

/**
 * Reads a phone number, in national format by `defaultCountry` (ISO 3166-1 alpha-2 in any case; an unknown one leaves
 * only the international format). Full-width digits, invisible characters, `tel:` and a leading `00` are understood;
 * text around the number is not. Total. R9.
 *
 * @example
 * parsePhone("010-1234-5678", "KR") // => { _tag: "Mobile", e164: "+821012345678", country: "KR" }
 * parsePhone("02-312-3456", "KR") // => { _tag: "Unusable", reason: "landline" }
 * parsePhone("+82 10-1234-5678 ext. 3", "US") // => { _tag: "Unusable", reason: "extension" }
 * @since 0.1.0
 */
export const parsePhone = (raw: string, defaultCountry: string): ParsedPhone => {
  if (raw.length > MAX_PHONE_CHARS) return unusable("invalid")
  const name = `${defaultCountry}:${raw}`
  return remembered.get(name) ?? remember(name, read(raw, defaultCountry))
}
