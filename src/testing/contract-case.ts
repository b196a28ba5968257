/**
 * A contract as cases for any test runner, and how its cases compare.
 * @since 0.1.0
 */

/** One promise of a contract: `run` rejects with an Error that says what was expected and what came. @since 0.1.0 */
export interface ContractCase {
  readonly name: string
  readonly run: () => Promise<void>
}

// Keys in one order, and no key for what is undefined: how a record is kept is the adapter's choice.
const canonical = (value: unknown): string =>
  JSON.stringify(value, (_, part: unknown) =>
    typeof part === "object" && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  ) ?? "undefined"

/** Throws unless both are the same plain data. @since 0.1.0 */
export const same = (what: string, actual: unknown, expected: unknown): void => {
  const [came, wanted] = [canonical(actual), canonical(expected)]
  if (came !== wanted) throw new Error(`${what}: expected ${wanted}, but got ${came}`)
}
