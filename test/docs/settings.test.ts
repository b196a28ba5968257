import { readFileSync } from "node:fs"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type * as Schema from "effect/Schema"
import type * as SchemaAST from "effect/SchemaAST"
import { describe, expect, test } from "vitest"
import { decodeInput } from "../../src/core/decode.ts"
import { makeChannel } from "../../src/core/directory.ts"
import { defaultPolicy, PolicyInputSchema } from "../../src/core/policy.ts"
import {
  ChannelCallSchema,
  CustomerCallSchema,
  defaultEngine,
  type FollowUpsErrorReason,
  MessageCallSchema,
  type OpenOptions,
} from "../../src/engine/index.ts"
import { checkOptions } from "../../src/engine/options.ts"
import { ruleIds } from "../../tools/tidy/rules-table.ts"

const page = readFileSync("docs/guides/settings.md", "utf8")

/** What stands under a heading of the second or third level, up to the next one of its level or above. */
const under = (heading: string): string => {
  const [level = ""] = heading.split(" ")
  const start = page.indexOf(`\n${heading}\n`)
  expect(start, heading).toBeGreaterThanOrEqual(0)
  const rest = page.slice(start + heading.length + 2)
  const end = rest.search(new RegExp(`^#{2,${level.length}} `, "m"))
  return end < 0 ? rest : rest.slice(0, end)
}

type Row = Readonly<Record<string, string>>

/** The rows of the tables whose first column is headed so, by the heads of their columns. */
const rowsOf = (text: string, first: string): ReadonlyArray<Row> =>
  (text.match(/(^\|.*\n)+/gm) ?? []).flatMap((table) => {
    const [heads = [], , ...rows] = table
      .trim()
      .split("\n")
      .map((line) =>
        line
          .split("|")
          .slice(1, -1)
          .map((cell) => cell.trim()),
      )
    return heads[0] === first
      ? rows.map((cells) => Object.fromEntries(heads.map((head, i) => [head, cells[i] ?? ""])))
      : []
  })

const codeIn = (cell = ""): ReadonlyArray<string> =>
  Array.from(cell.matchAll(/`([^`]+)`/g), ([, code = ""]) => code)
const valueOf = (code = ""): unknown => JSON.parse(/^[\d_]+$/.test(code) ? code.replaceAll("_", "") : code)
const keysOf = (rows: ReadonlyArray<Row>): ReadonlyArray<string> => rows.flatMap(({ key }) => codeIn(key))
const numberOf = (text = ""): number => Number(text.replaceAll(",", ""))

interface Key {
  readonly path: string
  readonly isOptional: boolean
  readonly literals: ReadonlyArray<unknown>
}

const literalsOf = (ast: SchemaAST.AST): ReadonlyArray<unknown> =>
  ast._tag === "Literal"
    ? [ast.literal]
    : ast._tag === "Union"
      ? ast.types.flatMap(literalsOf)
      : ast._tag === "Boolean"
        ? [true, false]
        : []

/** Every key that a Schema has, inside lists, records and unions too. */
const keysUnder = (ast: SchemaAST.AST, path: string, isOptional = false): ReadonlyArray<Key> => {
  const inside =
    ast._tag === "Objects"
      ? [
          ...ast.propertySignatures.flatMap(({ name, type }) =>
            keysUnder(type, `${path}${path && "."}${String(name)}`, type.context?.isOptional ?? false),
          ),
          ...ast.indexSignatures.flatMap(({ type }) => keysUnder(type, `${path}.*`)),
        ]
      : ast._tag === "Union" || ast._tag === "Arrays"
        ? (ast._tag === "Union" ? ast.types : ast.rest)
            .flatMap((type) => keysUnder(type, ast._tag === "Arrays" ? `${path}[]` : path))
            .filter((key) => key.path.startsWith(`${path}.`) || key.path.startsWith(`${path}[].`))
        : []
  if (inside.length > 0) return inside
  return [{ path, isOptional, literals: literalsOf(ast) }]
}

const keysOfSchema = (schema: Schema.Top): ReadonlyMap<string, Key> => {
  const keys = new Map<string, Key>()
  for (const key of keysUnder(schema.ast, "")) {
    const before = keys.get(key.path)
    keys.set(key.path, { ...key, literals: [...new Set([...(before?.literals ?? []), ...key.literals])] })
  }
  return keys
}

const at = (value: unknown, path: string): unknown =>
  path.split(".").reduce<unknown>((part, key) => (part as Record<string, unknown> | undefined)?.[key], value)

const nested = (path: string, value: unknown): unknown =>
  path.split(".").reduceRight<unknown>((inner, key) => ({ [key]: inner }), value)

/** The least and the most that a cell says, if it speaks of numbers. */
const boundsIn = (takes = ""): readonly [number, number] | undefined => {
  if (takes === "duration" || takes === "PU") {
    const [, from, to] = new RegExp(`\\*\\*${takes}\\*\\*: .*?([\\d,]+) to ([\\d,]+)`).exec(page) ?? []
    return [numberOf(from), numberOf(to)]
  }
  const [, from, to] = /^whole, ([\d,]+) (?:or more|to ([\d,]+))$/.exec(takes) ?? []
  return from === undefined
    ? undefined
    : [numberOf(from), to === undefined ? Number.MAX_SAFE_INTEGER : numberOf(to)]
}

const expectBounds = (
  [least, most]: readonly [number, number],
  accepts: (value: number) => boolean,
  place: string,
) => {
  expect([least, most].map(accepts), place).toEqual([true, true])
  const beyond = most === Number.MAX_SAFE_INTEGER ? [least - 1] : [least - 1, most + 1]
  expect(beyond.filter(accepts), place).toEqual([])
}

describe("the page of settings has every key of the policy, and no other", () => {
  const rows = rowsOf(under("## Policy"), "key")
  const keys = keysOfSchema(PolicyInputSchema)
  const accepts = (path: string) => (value: unknown) =>
    Result.isSuccess(decodeInput(PolicyInputSchema, nested(path, value)))

  test("keys", () => {
    expect(keysOf(rows).toSorted()).toEqual([...keys.keys()].toSorted())
  })
  test.each(rows.map((row) => [codeIn(row["key"])[0] ?? "", row] as const))("%s", (path, row) => {
    for (const rule of (row["rule"] ?? "").split(", ")) expect(ruleIds).toContain(rule)
    const literals = keys.get(path)?.literals ?? []
    if (literals.length > 0)
      expect(new Set(codeIn(row["takes"]).map(valueOf)), "what it takes").toEqual(new Set(literals))
    if (/[*[]/.test(path)) return
    expect(valueOf(codeIn(row["default"])[0])).toEqual(at(defaultPolicy, path))
    const bounds = boundsIn(row["takes"])
    expect(bounds !== undefined, path).toBe(typeof at(defaultPolicy, path) === "number")
    if (bounds !== undefined) expectBounds(bounds, accepts(path), path)
  })

  const withoutDashes = (row: Row) =>
    Object.fromEntries(
      Object.entries(row).flatMap(([head, cell]) =>
        cell === "–" ? [] : [[codeIn(head)[0], valueOf(codeIn(cell)[0])]],
      ),
    )
  test("R10, R11: the countries", () => {
    const given = rowsOf(page, "`countries` unless given").flatMap(
      ({ "`countries` unless given": countries, ...rule }) =>
        codeIn(countries).map((country) => [country, { country, ...withoutDashes(rule) }] as const),
    )
    expect(Object.fromEntries(given)).toEqual(defaultPolicy.countries)
  })
  test("R16, R18: the prices", () => {
    const given = rowsOf(page, "`prices` unless given").map(
      ({ "`prices` unless given": kind, ...price }) => ({
        kind: valueOf(codeIn(kind)[0]),
        ...withoutDashes(price),
      }),
    )
    expect(given).toEqual(defaultPolicy.prices)
  })
})

describe("the page of settings has every option, and no other", () => {
  test("of FollowUps.open", () => {
    const names = {
      store: true,
      transports: true,
      directory: true,
      onNotice: true,
      links: true,
      policy: true,
      engine: true,
      clock: true,
      observe: true,
    } satisfies Record<keyof OpenOptions, true>
    const [table = ""] = under("## `FollowUps.open`").split("### ")
    expect(keysOf(rowsOf(table, "key")).toSorted()).toEqual(Object.keys(names).toSorted())
  })

  const rows = rowsOf(under("### `engine`"), "key")
  const paths = Object.entries(defaultEngine).flatMap(([name, value]) =>
    typeof value === "number" ? [name] : Object.keys(value).map((part) => `${name}.${part}`),
  )
  test("of engine", () => {
    expect(keysOf(rows).toSorted()).toEqual(paths.toSorted())
  })
  test.each(rows.map((row) => [codeIn(row["key"])[0] ?? "", row] as const))("engine.%s", (path, row) => {
    expect(valueOf(codeIn(row["default"])[0])).toBe(at(defaultEngine, path))
    const bounds = boundsIn(row["takes"])
    const [group = "", part] = path.split(".")
    const engineOf = (value: number) =>
      part === undefined ? { [group]: value } : { [group]: { [part]: value } }
    const accepts = (value: number) =>
      Result.isSuccess(
        Effect.runSync(Effect.result(checkOptions("FollowUps.open", { engine: engineOf(value) }))),
      )
    expect(bounds, path).toBeDefined()
    if (bounds !== undefined) expectBounds(bounds, accepts, path)
  })
})

describe("the page of settings has every field of what is told, and no other", () => {
  const channel = makeChannel({ id: "acme", country: "KR", plan: { kind: "paid", prepaidPu: 0 } })
  test.each([
    ["## A channel", ChannelCallSchema],
    ["## A customer", CustomerCallSchema],
    ["## A message", MessageCallSchema],
  ] as const)("%s", (heading, schema) => {
    const rows = rowsOf(under(heading), "key")
    const keys = keysOfSchema(schema)
    expect(keysOf(rows).toSorted()).toEqual([...keys.keys()].toSorted())
    for (const row of rows)
      for (const path of codeIn(row["key"]))
        expect(row["default"] !== "required", path).toBe(keys.get(path)?.isOptional)
  })
  test("R15: a channel's defaults", () => {
    const rows = rowsOf(under("## A channel"), "key")
    const flags = rows.filter(({ key = "" }) => /^`(settings|integrations)\./.test(key))
    expect(flags).toHaveLength(6)
    for (const { key, default: cell } of flags)
      expect(valueOf(codeIn(cell)[0]), key).toBe(at(channel, codeIn(key)[0] ?? ""))
  })
  test("a customer's and a message's words", () => {
    for (const [heading, schema] of [
      ["## A customer", CustomerCallSchema],
      ["## A message", MessageCallSchema],
    ] as const)
      for (const { path, literals } of keysOfSchema(schema).values()) {
        const row = rowsOf(under(heading), "key").find(({ key }) => codeIn(key).includes(path))
        for (const word of literals)
          expect(row?.["what it says"], path).toContain(`\`${JSON.stringify(word)}\``)
      }
  })
})

test("every reason for which a call fails is named, and no other", () => {
  const reasons = {
    "bad-input": true,
    "unknown-channel": true,
    "unknown-message": true,
    "unknown-delivery": true,
    directory: true,
    store: true,
    undecided: true,
    closed: true,
  } satisfies Record<FollowUpsErrorReason, true>
  const rows = rowsOf(readFileSync("docs/guides/failures.md", "utf8"), "`reason`")
  expect(rows.flatMap((row) => codeIn(row["`reason`"])).toSorted()).toEqual(Object.keys(reasons).toSorted())
})
