/**
 * Records made of `name=value` pairs with semicolons between them, as DKIM's and DMARC's are. Rule R14.
 * @since 0.1.0
 */

/** The pairs of a record, in their order; names in lower case. @since 0.1.0 */
export type Tags = ReadonlyArray<readonly [name: string, value: string]>

const TAG = /^([A-Za-z]\w*)\s*=\s*([\s\S]*)$/

/**
 * The pairs of a record; undefined when a part is none, or a name is there twice. Total. RFC 6376, 3.2.
 *
 * @example
 * parseTags("v=DMARC1; p=none;") // => [["v", "DMARC1"], ["p", "none"]]
 * parseTags("v=DMARC1; none") // => undefined
 * parseTags("p=none; p=reject") // => undefined
 * @since 0.1.0
 */
export const parseTags = (text: string): Tags | undefined => {
  const parts = text.replace(/;\s*$/, "").split(";")
  const tags = parts.map((part) => TAG.exec(part.trim()))
  const pairs = tags.flatMap((tag) =>
    tag === null ? [] : [[(tag[1] ?? "").toLowerCase(), (tag[2] ?? "").trim()] as const],
  )
  const isWhole = pairs.length === parts.length && new Set(pairs.map(([name]) => name)).size === pairs.length
  return isWhole ? pairs : undefined
}

/** The value of a pair; undefined when there is none. Total. @since 0.1.0 */
export const tagOf = (tags: Tags, name: string): string | undefined =>
  tags.find(([other]) => other === name)?.[1]
