/**
 * `followup domain check`: whether the DNS of a domain lets a channel's mail come from there, and what to change. R14.
 * @since 0.1.0
 */
import { createPublicKey } from "node:crypto"
import { isIP } from "node:net"
import * as Result from "effect/Result"
import type { InputIssue } from "../../core/decode.ts"
import {
  type DmarcPolicyName,
  type DomainExpectation,
  dmarcPolicies,
} from "../../core/email/domain/expectation.ts"
import { parseIpRange } from "../../core/email/domain/ip-range.ts"
import { parseMechanism } from "../../core/email/domain/spf-mechanism.ts"
import { checkDomain, DomainCheckError } from "../../domain/index.ts"
import { domainPage } from "../domain-page.ts"
import { badInput, done, jsonText, type Outcome, unmet } from "../outcome.ts"
import { pageOf } from "../page.ts"
import { readText } from "../source-text.ts"
import type { AddCommand, Surroundings } from "../surroundings.ts"

interface Options {
  readonly selector?: string
  readonly dkimDomain?: string
  readonly dkimKey?: string
  readonly dkimCname?: string
  readonly spfInclude?: ReadonlyArray<string>
  readonly spfIp?: ReadonlyArray<string>
  readonly dmarc?: string
  readonly returnPath?: string
  readonly returnPathCname?: string
  readonly returnPathMx?: string
  readonly server?: string
  readonly json?: true
}

/** After this long a person is told that something is going on. */
const PATIENCE_MS = 1_000

const UNCHECKED = "DKIM was not checked: name its --selector."

/** The options that give the parts of an expectation. */
const optionOf: ReadonlyArray<readonly [place: RegExp, option: string]> = [
  [/^domain$/, "domain"],
  [/^expectation\.spf/, "--spf-include or --spf-ip"],
  [/^expectation\.dkim\.selector/, "--selector"],
  [/^expectation\.dkim\.domain/, "--dkim-domain"],
  [/^expectation\.dkim\.publicKey/, "--dkim-key"],
  [/^expectation\.dkim\.cname/, "--dkim-cname"],
  [/^expectation\.dmarc/, "--dmarc"],
  [/^expectation\.returnPath\.cname/, "--return-path-cname"],
  [/^expectation\.returnPath\.mx/, "--return-path-mx"],
  [/^expectation\.returnPath/, "--return-path"],
]

const complaint = ({ path, expected }: InputIssue): string =>
  `${optionOf.find(([place]) => place.test(path))?.[1] ?? path}: expected ${expected}`

const LOCKED_KEY = /^(?:-----BEGIN ENCRYPTED |Proc-Type: 4,ENCRYPTED)/m

// A private key holds its public one; a file that is no PEM may be the key as the record has it.
const publicKeyIn = (text: string): string => {
  try {
    return createPublicKey(text).export({ type: "spki", format: "der" }).toString("base64")
  } catch {
    return text.replace(/^[\s\S]*\bp\s*=/, "").replace(/;[\s\S]*$/, "")
  }
}

const dkimOf = async (
  { selector, dkimDomain, dkimKey, dkimCname }: Options,
  surroundings: Surroundings,
): Promise<Result.Result<DomainExpectation["dkim"], string>> => {
  if (selector === undefined)
    return (dkimDomain ?? dkimKey ?? dkimCname) === undefined
      ? Result.succeed(undefined)
      : Result.fail("--selector: expected one, such as s1, since DKIM keys are found by their selectors")
  const key = dkimKey === undefined ? undefined : await readText(dkimKey, surroundings)
  if (key !== undefined && Result.isFailure(key)) return Result.fail(key.failure)
  if (key !== undefined && LOCKED_KEY.test(key.success))
    return Result.fail("--dkim-key: expected a key that no passphrase protects; its public key will do")
  return Result.succeed({
    selector,
    ...(dkimDomain !== undefined && { domain: dkimDomain }),
    ...(dkimCname !== undefined && { cname: dkimCname }),
    ...(key !== undefined && { publicKey: publicKeyIn(key.success) }),
  })
}

const policyOf = (name: string): DmarcPolicyName | undefined => dmarcPolicies.find((one) => one === name)

const mechanismsOf = ({ spfInclude = [], spfIp = [] }: Options): ReadonlyArray<string> => [
  ...spfInclude.map((host) => `include:${host}`),
  ...spfIp.map((address) => `${address.includes(":") ? "ip6" : "ip4"}:${address}`),
]

// A whole mechanism in place of the host would be read as a name with a colon in it.
const isRecordName = (host: string): boolean =>
  !host.includes(":") && parseMechanism(`include:${host}`) !== undefined

const expectationOf = async (
  options: Options,
  surroundings: Surroundings,
): Promise<Result.Result<DomainExpectation, string>> => {
  const { returnPath, returnPathCname, returnPathMx } = options
  const dkim = await dkimOf(options, surroundings)
  if (Result.isFailure(dkim)) return Result.fail(dkim.failure)
  const dmarc = policyOf(options.dmarc ?? "none")
  if (dmarc === undefined) return Result.fail('--dmarc: expected "none", "quarantine" or "reject"')
  if (!(options.spfInclude ?? []).every(isRecordName))
    return Result.fail('--spf-include: expected the name of a record, such as "spf.provider.example"')
  if (!(options.spfIp ?? []).every((address) => parseIpRange(address) !== undefined))
    return Result.fail(
      '--spf-ip: expected an IP address, or a range of them, such as "192.0.2.1" or "2001:db8::/32"',
    )
  if (returnPath === undefined && (returnPathCname ?? returnPathMx) !== undefined)
    return Result.fail(
      "--return-path: expected the host of which --return-path-cname or --return-path-mx tells",
    )
  if (returnPath !== undefined && (returnPathCname === undefined) === (returnPathMx === undefined))
    return Result.fail(
      "--return-path: expected either --return-path-cname or --return-path-mx: where that host points to",
    )
  return Result.succeed({
    dmarc,
    spf: mechanismsOf(options),
    ...(dkim.success !== undefined && { dkim: dkim.success }),
    ...(returnPath !== undefined && {
      returnPath: {
        host: returnPath,
        ...(returnPathCname !== undefined && { cname: returnPathCname }),
        ...(returnPathMx !== undefined && { mx: returnPathMx }),
      },
    }),
  })
}

// As node:dns takes it: an address, with a port if it is not 53.
const isServer = (text: string): boolean => {
  const [, bracketed, plain] = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text) ?? []
  return isIP(text) > 0 || isIP(bracketed ?? "") === 6 || isIP(plain ?? "") === 4
}

const patiently = async <A>(surroundings: Surroundings, work: Promise<A>): Promise<A> => {
  if (surroundings.terminalColumns === null) return work
  const timer = setTimeout(() => surroundings.writeError("Asking the DNS …\n"), PATIENCE_MS)
  return work.finally(() => clearTimeout(timer))
}

const run = async (domain: string, options: Options, surroundings: Surroundings): Promise<Outcome> => {
  const { server, json: asJson } = options
  if (server !== undefined && !isServer(server))
    return badInput('--server: expected an IP address, with a port if need be, such as "127.0.0.1:53"')
  const expectation = await expectationOf(options, surroundings)
  if (Result.isFailure(expectation)) return badInput(expectation.failure)
  try {
    const checking = checkDomain(domain, expectation.success, { resolver: surroundings.resolverAt(server) })
    const report = await patiently(surroundings, checking)
    const unchecked = options.selector === undefined ? [UNCHECKED] : []
    const text = asJson === true ? jsonText(report) : domainPage(pageOf(surroundings), report, unchecked)
    return report.result === "passed" ? done(text) : unmet(text)
  } catch (error) {
    if (!(error instanceof DomainCheckError)) throw error
    return badInput(...error.issues.map(complaint))
  }
}

const HELP = `
SPF and DMARC are looked at in any case, DKIM and the return path where they are
named. A record to enter is marked +, one to remove -. With --json, standard
output is one object: domain, result and checks.

Examples:
  followup domain check acme.example
  followup domain check acme.example --spf-include spf.provider.example \\
    --selector s1 --dkim-key dkim.pem
  followup domain check acme.example --selector s1 \\
    --dkim-cname s1.dkim.provider.example \\
    --return-path bounce.acme.example --return-path-cname b.provider.example

Exit codes: 0 all checks passed; 1 one did not, or the DNS gave no clear answer;
2 the domain or an option cannot be used.`

const WHERE_OPTIONS_ARE = `
followup help domain check lists the options, such as --selector for DKIM.
`

const collect = (value: string, earlier: ReadonlyArray<string> = []): ReadonlyArray<string> => [
  ...earlier,
  value,
]

/** Adds `followup domain check`. R14. @since 0.1.0 */
export const domainCommand: AddCommand = (program, surroundings, conclude) => {
  program
    .command("domain")
    .summary("check whether mail may come from a domain")
    .description("Looks at the domain that a channel's mail comes from.")
    .addHelpText("after", `${WHERE_OPTIONS_ARE}${HELP}`)
    .command("check")
    .summary("look at a domain's SPF, DKIM, DMARC and return path")
    .description("Says whether a domain's DNS lets a channel's mail come from there, and what to change.")
    .argument("<domain>", "the domain after the @ of the sender's address")
    .option("--selector <selector>", "where the DKIM key is: <selector>._domainkey")
    .option(
      "--dkim-key <file>",
      "the key that it must be, in PEM; a private key will do, and - is standard input",
    )
    .option("--dkim-cname <host>", "where it must point to")
    .option("--dkim-domain <domain>", "the domain that signs, if it is another one")
    .option("--spf-include <host>", "a record that SPF must include; may be repeated", collect)
    .option("--spf-ip <address>", "an address or range SPF must let send; may be repeated", collect)
    .option("--dmarc <policy>", "the weakest policy that will do", "none")
    .option("--return-path <host>", "the domain that bounces go to")
    .option("--return-path-cname <host>", "what that must be a CNAME for")
    .option("--return-path-mx <host>", "the host that must take its mail")
    .option("--server <address>", "the resolver to ask, in place of the system's")
    .option("--json", "print the result as one JSON object")
    .addHelpText("after", HELP)
    .action(async (domain: string, options: Options) => conclude(await run(domain, options, surroundings)))
}
