/**
 * The resolver port: who asks the DNS. `node:dns/promises` has one, `new Resolver()`. Rule R14.
 * @since 0.1.0
 */

/**
 * Asks the DNS. Rejects with an error whose `code` is `ENOTFOUND` or `ENODATA` when it is certain that there is no such
 * record; any other rejection says nothing about the record.
 * @since 0.1.0
 */
export interface DnsResolver {
  /** The texts at a name, each in the pieces that it has on the wire. */
  resolveTxt(name: string): Promise<ReadonlyArray<ReadonlyArray<string>>>
  /** What a name points to. */
  resolveCname(name: string): Promise<ReadonlyArray<string>>
  /** The hosts that take mail for a name. */
  resolveMx(name: string): Promise<ReadonlyArray<{ readonly priority: number; readonly exchange: string }>>
}
