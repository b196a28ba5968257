/**
 * The check of DKIM: the key that our signatures are verified with is there, usable, and ours. Rule R14.
 * @since 0.1.0
 */
import { type AnswerBook, answerTo, type DnsAnswer, type DnsRecord, valuesOf } from "./answer.ts"
import {
  type CheckParts,
  checked,
  type DomainCheck,
  type DomainFinding,
  finding,
  recordsOf,
  unclear,
} from "./check.ts"
import type { ExpectedDkim } from "./expectation.ts"
import { base64Bytes, rsaKey } from "./rsa-key.ts"
import { parseTags, type Tags, tagOf } from "./tags.ts"

/** A shorter RSA key is not accepted by anybody, RFC 8301 3.2; one below the advised length is still. */
const RSA_MIN_BITS = 1_024
const RSA_ADVISED_BITS = 2_048
/** RFC 8463, 4. */
const ED25519_BYTES = 32

// Other records may be at the name, under a wildcard say: a key has a "p" or calls itself one.
const isKey = (value: string): boolean => /(?:^|;)\s*p\s*=/.test(value) || /^\s*v\s*=\s*DKIM1/.test(value)

/** What is wrong with a key record, and what is unwise about it. */
interface Verdict {
  readonly problems: ReadonlyArray<DomainFinding>
  readonly warnings: ReadonlyArray<DomainFinding>
}

const isWrong = (...problems: ReadonlyArray<DomainFinding>): Verdict => ({ problems, warnings: [] })

const listed = (tags: Tags, name: string, ...any: ReadonlyArray<string>): boolean =>
  tagOf(tags, name)
    ?.split(":")
    .some((one) => any.includes(one.trim().toLowerCase())) ?? true

const rsaVerdict = (published: string, { key: ours }: ExpectedDkim): Verdict => {
  const key = rsaKey(published)
  if (key === undefined) return isWrong(finding("malformed", "the record's key is not an RSA public key"))
  if (ours !== undefined && ours.numbers !== key.numbers)
    return isWrong(
      finding("not-ours", "the record holds another key than the one that our mail is signed with"),
    )
  if (key.bits < RSA_MIN_BITS)
    return isWrong(
      finding("weak-key", `the key has ${key.bits} bits; below ${RSA_MIN_BITS} no mailbox accepts it`),
    )
  const short = `the key has ${key.bits} bits; ${RSA_ADVISED_BITS} are advised`
  return { problems: [], warnings: key.bits < RSA_ADVISED_BITS ? [finding("weak-key", short)] : [] }
}

const ed25519Verdict = (published: string, { key: ours }: ExpectedDkim): Verdict =>
  base64Bytes(published)?.length !== ED25519_BYTES
    ? isWrong(finding("malformed", "the record's key is not an Ed25519 public key"))
    : ours !== undefined
      ? isWrong(finding("not-ours", "the record holds an Ed25519 key, but our mail is signed with RSA"))
      : { problems: [], warnings: [finding("unusual-key", "many mailboxes do not verify Ed25519 keys")] }

const keyVerdict = (value: string, expected: ExpectedDkim): Verdict => {
  const tags = parseTags(value)
  const published = tags && tagOf(tags, "p")
  if (tags === undefined || published === undefined)
    return isWrong(finding("malformed", "the record is not a DKIM key: expected v=DKIM1; k=rsa; p=…"))
  if ((tagOf(tags, "v") ?? "DKIM1") !== "DKIM1" || (tagOf(tags, "v") !== undefined && tags[0]?.[0] !== "v"))
    return isWrong(finding("malformed", "the record must begin with v=DKIM1"))
  if (published === "") return isWrong(finding("revoked", "the key was revoked: the record has an empty p="))
  if (!listed(tags, "h", "sha256") || !listed(tags, "s", "email", "*"))
    return isWrong(finding("malformed", "the record does not allow SHA-256 signatures of email"))
  const kind = (tagOf(tags, "k") ?? "rsa").toLowerCase()
  if (kind !== "rsa" && kind !== "ed25519")
    return isWrong(finding("malformed", "the record names a kind of key that no mailbox verifies"))
  const { problems, warnings } = (kind === "rsa" ? rsaVerdict : ed25519Verdict)(published, expected)
  const inTesting = tagOf(tags, "t") !== undefined && listed(tags, "t", "y")
  const testing = finding("testing", "the key is marked as a test (t=y): mailboxes may take no notice of it")
  return { problems, warnings: inTesting ? [...warnings, testing] : warnings }
}

const fixOf = ({ name, key, cname }: ExpectedDkim): ReadonlyArray<DnsRecord> => {
  if (cname !== undefined) return [{ type: "CNAME", name, value: cname }]
  return key === undefined ? [] : [{ type: "TXT", name, value: `v=DKIM1; k=rsa; p=${key.base64}` }]
}

const keyCheck = (expected: ExpectedDkim, answer: DnsAnswer, pointsRight: boolean): DomainCheck => {
  const about = { check: "dkim", name: expected.name } as const
  if (answer._tag === "Unknown") return checked({ ...about, problems: [unclear([answer.name], answer.code)] })
  const found = recordsOf(answer).filter(({ value }) => isKey(value))
  // What is behind a CNAME that points right is its owner's to put right.
  const fix = pointsRight ? {} : { add: fixOf(expected), remove: found }
  const [record, ...more] = found
  if (record === undefined)
    return pointsRight
      ? checked({
          ...about,
          problems: [
            finding("target-empty", `${expected.cname}, to which the record points, has no DKIM key`),
          ],
        })
      : checked({
          ...about,
          ...fix,
          problems: [finding("missing", `there is no DKIM key at ${expected.name}`)],
        })
  if (more.length > 0) {
    const detail = `${found.length} keys are at one name: which of them counts is left to chance`
    return checked({ ...about, found, ...fix, problems: [finding("several-records", detail)] })
  }
  const verdict = keyVerdict(record.value, expected)
  return checked({ ...about, found, ...verdict, ...(verdict.problems.length > 0 && fix) })
}

/** Checks the DKIM key, also where the name must point to another. Total. R14; RFC 6376, 8301, 8463. @since 0.1.0 */
export const dkimCheck = (expected: ExpectedDkim, book: AnswerBook): DomainCheck => {
  const { name, cname } = expected
  const text = answerTo(book, "TXT", name)
  if (cname === undefined) return keyCheck(expected, text, false)
  const alias = answerTo(book, "CNAME", name)
  const about: CheckParts = { check: "dkim", name }
  if (alias._tag === "Unknown") return checked({ ...about, problems: [unclear([name], alias.code)] })
  if (valuesOf(alias).includes(cname)) {
    const found = recordsOf(alias)
    return { ...keyCheck(expected, text, true), found }
  }
  const add = fixOf(expected)
  const elsewhere = recordsOf(alias)
  if (elsewhere.length > 0) {
    const problems = [finding("not-ours", `${name} points to another place than ${cname}`)]
    return checked({ ...about, found: elsewhere, add, remove: elsewhere, problems })
  }
  const found = recordsOf(text)
  if (found.length > 0) {
    const detail = `${name} holds a record of its own; it must point to ${cname}, so that the key can be changed there`
    return checked({ ...about, found, add, remove: found, problems: [finding("not-ours", detail)] })
  }
  return checked({ ...about, add, problems: [finding("missing", `${name} does not point to ${cname}`)] })
}
