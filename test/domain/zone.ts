/** A resolver that knows one zone by heart, as `node:dns/promises` would answer from it. */
import type { DnsRecord } from "../../src/domain/index.ts"
import type { DnsResolver } from "../../src/ports/resolver.ts"

/** Values by `"TYPE name"`; one that begins with `!` is the code of an error. */
export type Zone = Readonly<Record<string, ReadonlyArray<string>>>

const failure = (code: string): Error => Object.assign(new Error(`query ${code} acme`), { code })

/** Text in the pieces of 255 bytes that it travels in. */
const pieces = (text: string): ReadonlyArray<string> => text.match(/[\s\S]{1,255}/g) ?? [""]

export const zone = (records: Zone, asked: Array<string> = []): DnsResolver => {
  const values = async (type: string, name: string): Promise<ReadonlyArray<string>> => {
    asked.push(`${type} ${name}`)
    const found = records[`${type} ${name}`]
    const [alias] = type === "CNAME" ? [] : (records[`CNAME ${name}`] ?? [])
    if (alias !== undefined && !alias.startsWith("!")) return values(type, alias)
    if (found === undefined) throw failure("ENOTFOUND")
    const [first = ""] = found
    if (first.startsWith("!")) throw failure(first.slice(1))
    return found
  }
  return {
    resolveTxt: async (name) => (await values("TXT", name)).map(pieces),
    resolveCname: (name) => values("CNAME", name),
    resolveMx: async (name) =>
      (await values("MX", name)).map((value) => {
        const [priority = "", exchange = ""] = value.split(" ")
        return { priority: Number(priority), exchange }
      }),
  }
}

/** The zone after what a report says was done. */
export const withChanges = (
  records: Zone,
  remove: ReadonlyArray<DnsRecord>,
  add: ReadonlyArray<DnsRecord>,
): Zone => {
  const after: Record<string, ReadonlyArray<string>> = { ...records }
  for (const { type, name, value } of remove) {
    const left = (after[`${type} ${name}`] ?? []).filter((one) => one !== value)
    delete after[`${type} ${name}`]
    if (left.length > 0) after[`${type} ${name}`] = left
  }
  for (const { type, name, value } of add)
    after[`${type} ${name}`] = [...(after[`${type} ${name}`] ?? []), value]
  return after
}
