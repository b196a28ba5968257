/**
 * Reads the report that a mail server sends back about a mail: the fields of RFC 3464, and nothing of its prose. R20.
 *
 * Such a report has one form, fixed by RFC 6522: a multipart whose parts stand one beside the other, of which two are
 * lists of fields. Reading those takes a few lines, looks at nothing else in a stranger's mail, and needs no package.
 * @since 0.1.0
 */

/** A list of fields, such as a mail's header, by their names in small letters; of a repeated one the first. @since 0.1.0 */
export type Fields = ReadonlyMap<string, string>

/** What a report says. @since 0.1.0 */
export interface DeliveryReport {
  /** Of the mail as a whole, such as `original-envelope-id`. */
  readonly mail: Fields
  /** Of each recipient, such as `action` and `status`. */
  readonly recipients: ReadonlyArray<Fields>
  /** Header of the mail that it is about; empty when it did not come back. */
  readonly returned: Fields
}

interface Part {
  readonly header: Fields
  readonly body: string
}

const FIELD = /^([!-9;-~]+)[ \t]*:(.*)$/

const fieldsOf = (block: string): Fields => {
  const fields = new Map<string, string>()
  for (const line of block.replace(/\n[ \t]/g, " ").split("\n")) {
    const [, name, value = ""] = FIELD.exec(line) ?? []
    const key = name?.toLowerCase()
    if (key !== undefined && !fields.has(key)) fields.set(key, value.trim())
  }
  return fields
}

const partOf = (text: string): Part => {
  const end = text.startsWith("\n") ? 0 : text.indexOf("\n\n")
  return end < 0
    ? { header: fieldsOf(text), body: "" }
    : { header: fieldsOf(text.slice(0, end)), body: text.slice(end).replace(/^\n{1,2}/, "") }
}

const typeOf = ({ header }: Part): string =>
  (header.get("content-type") ?? "").split(";", 1)[0]?.trim().toLowerCase() ?? ""

const boundaryOf = ({ header }: Part): string | undefined => {
  const [, quoted, plain] =
    /;\s*boundary\s*=\s*(?:"([^"]+)"|([^\s;"]+))/i.exec(header.get("content-type") ?? "") ?? []
  return quoted ?? plain
}

// RFC 2046, 5.1.1: what stands before the first boundary and after the last one is of nobody's concern.
const partsOf = (body: string, boundary: string): ReadonlyArray<Part> => {
  const parts: Array<Array<string>> = []
  for (const line of body.split("\n")) {
    if (line.trimEnd() === `--${boundary}--`) break
    if (line.trimEnd() === `--${boundary}`) parts.push([])
    else parts.at(-1)?.push(line)
  }
  return parts.map((lines) => partOf(lines.join("\n")))
}

const STATUS = ["message/delivery-status", "message/global-delivery-status"]
const RETURNED = ["text/rfc822-headers", "message/rfc822", "message/global-headers", "message/global"]

/**
 * The report in a mail, given one octet a character; undefined when there is none in it. Total. RFC 3464.
 *
 * @since 0.1.0
 */
export const readReport = (raw: string): DeliveryReport | undefined => {
  const mail = partOf(raw.replaceAll("\r\n", "\n"))
  const boundary = boundaryOf(mail)
  if (typeOf(mail) !== "multipart/report" || boundary === undefined) return undefined
  const parts = partsOf(mail.body, boundary)
  const status = parts.find((part) => STATUS.includes(typeOf(part)))
  if (status === undefined) return undefined
  const groups = status.body.split(/\n[ \t]*\n/).map(fieldsOf)
  const returned = parts.find((part) => RETURNED.includes(typeOf(part)))
  return {
    mail: groups.find((fields) => !fields.has("action")) ?? new Map(),
    recipients: groups.filter((fields) => fields.has("action")),
    returned: partOf(returned?.body ?? "").header,
  }
}
