/**
 * DMARC records found and read, and which names belong to one organization. Rule R14.
 *
 * The organization is found by asking up the tree of names, as the revision of DMARC does; the list of public suffixes
 * that its first version needs comes to the same for domains that publish DMARC.
 * @since 0.1.0
 */
import { type AnswerBook, answerTo, valuesOf } from "./answer.ts"
import { parseTags, type Tags, tagOf } from "./tags.ts"

// The walk asks for the name itself and for seven above it at most; long names are cut to seven labels.
const WALK_LABELS = 7

/** Where a name's DMARC record is. Total. @since 0.1.0 */
export const dmarcNameOf = (name: string): string => `_dmarc.${name}`

/** Whether a TXT record is a DMARC record, good or bad. Total. RFC 7489, 6.6.3. @since 0.1.0 */
export const isDmarc = (value: string): boolean => /^v\s*=\s*DMARC1\s*(?:;|$)/.test(value)

/**
 * The name and those above it that may hold its DMARC record, the longest first; at most eight. Total.
 *
 * @example
 * namesAbove("mail.acme.example") // => ["mail.acme.example", "acme.example", "example"]
 * @since 0.1.0
 */
export const namesAbove = (name: string): ReadonlyArray<string> => {
  const labels = name.split(".")
  const start = Math.max(1, labels.length - WALK_LABELS)
  return [name, ...labels.slice(start).map((_, index) => labels.slice(start + index).join("."))]
}

/** The DMARC records of one name. @since 0.1.0 */
export type DmarcRecords =
  | { readonly _tag: "None" }
  | { readonly _tag: "One"; readonly tags: Tags }
  | { readonly _tag: "Malformed" }
  | { readonly _tag: "Several" }
  | { readonly _tag: "Unknown"; readonly code: string }

/** The DMARC records of a name, not looking above it. Total. @since 0.1.0 */
export const dmarcAt = (name: string, book: AnswerBook): DmarcRecords => {
  const answer = answerTo(book, "TXT", dmarcNameOf(name))
  if (answer._tag === "Unknown") return answer
  const [record, ...more] = valuesOf(answer).filter(isDmarc)
  if (record === undefined) return { _tag: "None" }
  if (more.length > 0) return { _tag: "Several" }
  const tags = parseTags(record)
  return tags === undefined ? { _tag: "Malformed" } : { _tag: "One", tags }
}

/**
 * The domain under which an organization has its names; `undefined` when an answer on the way is missing. Total.
 * DMARCbis, "DNS Tree Walk".
 * @since 0.1.0
 */
export const organizationOf = (name: string, book: AnswerBook): string | undefined => {
  let organization = name
  let below = name
  for (const one of namesAbove(name)) {
    const records = dmarcAt(one, book)
    if (records._tag === "Unknown") return undefined
    if (records._tag === "One") {
      const mark = tagOf(records.tags, "psd")?.toLowerCase()
      if (mark === "n") return one
      if (mark === "y" && one !== name) return below
      organization = one
    }
    below = one
  }
  return organization
}

/**
 * Whether mail authenticated for `other` counts as mail from `domain`: the same name, or where `mode` is not strict
 * (`s`) a name of the same organization; `undefined` when that cannot be said just now. Total. RFC 7489, 3.1.
 * @since 0.1.0
 */
export const isAligned = (
  domain: string,
  other: string,
  mode: string | undefined,
  book: AnswerBook,
): boolean | undefined => {
  if (domain === other) return true
  if (mode?.toLowerCase() === "s") return false
  const ours = organizationOf(domain, book)
  const theirs = organizationOf(other, book)
  return ours === undefined || theirs === undefined ? undefined : ours === theirs
}
