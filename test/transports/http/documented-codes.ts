import { readFileSync } from "node:fs"

/** The codes of a page's table of refusals by reason, `a to b` written out: what readers are told. */
export const documentedCodes = (page: string): ReadonlyArray<readonly [code: string, reason: string]> =>
  (readFileSync(page, "utf8").split("## What refusals mean")[1] ?? "").split("\n").flatMap((line) => {
    const [, codes = "", reason = ""] = /^\| (\d{4,5}(?:,? (?:to )?\d{4,5})*) \| `([a-z-]+)`/.exec(line) ?? []
    return codes.split(", ").flatMap((part) => {
      const [first = 0, last = first] = part.split(" to ").map(Number)
      const count = part === "" ? 0 : last - first + 1
      return Array.from({ length: count }, (_, index) => [String(first + index), reason] as const)
    })
  })
