import { existsSync, readFileSync } from "node:fs"
import type ts from "typescript"
import { describe, expect, test } from "vitest"
import { dependencyFindings } from "../tools/tidy/dependencies.ts"
import { docstringFindings } from "../tools/tidy/docstrings.ts"
import { nameFindings } from "../tools/tidy/names.ts"
import { purityFindings } from "../tools/tidy/purity.ts"
import { ruleFindings, ruleIds, titlesOf } from "../tools/tidy/rules-table.ts"
import { sizeFindings } from "../tools/tidy/size.ts"
import { type Finding, parse, parseAll, pathsUnder, printFinding } from "../tools/tidy/source.ts"

const sources = parseAll(["src"])
const core = sources.filter(({ fileName }) => fileName.startsWith("src/core/"))

const expectTidy = (findings: readonly Finding[]) => expect(findings.map(printFinding)).toEqual([])

describe("the repository is tidy", () => {
  test("there is something to check", () => {
    expect(core.length).toBeGreaterThan(0)
  })
  test("src keeps the dependency rule", () => {
    expectTidy(sources.flatMap(dependencyFindings))
  })
  test("src/core is pure and total", () => {
    expectTidy(core.flatMap(purityFindings))
  })
  test("files and functions are small", () => {
    expectTidy([...sources, ...parseAll(["tools"])].flatMap(sizeFindings))
  })
  test("every file and every export has a docstring", () => {
    expectTidy(sources.flatMap(docstringFindings))
  })
  test("file names are nouns in kebab-case", () => {
    expectTidy(nameFindings(pathsUnder(["src", "test", "tools"], ".ts")))
  })
  test("docs/rules.md has a row, a source file and a test for every rule", () => {
    const path = "docs/rules.md"
    const titles = parseAll(["test"]).flatMap(titlesOf)
    const markdown = existsSync(path) ? readFileSync(path, "utf8") : ""
    expectTidy(ruleFindings(path, markdown, { exists: existsSync, titles }))
  })
})

/** The findings of one check on one snippet, as "line: message". */
const findingsIn = (
  check: (file: ts.SourceFile) => readonly Finding[],
  path: string,
  text: string,
): readonly string[] => check(parse(path, text)).map(({ line, message }) => `${line}: ${message}`)

describe("the dependency check", () => {
  const imports = (path: string, specifier: string) =>
    findingsIn(dependencyFindings, path, `import { a } from "${specifier}"`).length

  test.each([
    ["src/core/presence.ts", "./policy.ts"],
    ["src/core/text/render.ts", "../policy.ts"],
    ["src/core/presence.ts", "effect/Schema"],
    ["src/core/text/phone.ts", "libphonenumber-js/max"],
    ["src/index.ts", "./core/presence.ts"],
    ["src/ports/transport.ts", "../core/send-result.ts"],
    ["src/engine/index.ts", "effect/Effect"],
    ["src/engine/index.ts", "./worker.ts"],
    ["src/engine/dispatch.ts", "../sending/route.ts"],
    ["src/restate/attempt.ts", "../sending/route.ts"],
    ["src/stores/sqlite/index.ts", "node:sqlite"],
    ["src/stores/sqlite/index.ts", "./tables.ts"],
    ["src/stores/sqlite/index.ts", "../sql/store.ts"],
    ["src/stores/sql/store.ts", "../../ports/store.ts"],
    ["src/transports/smtp/index.ts", "../../ports/transport.ts"],
    ["src/links/index.ts", "node:crypto"],
    ["src/links/index.ts", "../ports/links.ts"],
    ["src/testing/index.ts", "fast-check"],
    ["src/testing/transport-contract/http-counterpart.ts", "node:http"],
    ["src/cli/main.ts", "../engine/index.ts"],
    ["src/domain/index.ts", "../ports/resolver.ts"],
  ])("%s may import %s", (path, specifier) => {
    expect(imports(path, specifier)).toBe(0)
  })

  test.each([
    ["src/core/presence.ts", "../ports/transport.ts"],
    ["src/core/presence.ts", "effect"],
    ["src/core/presence.ts", "effect/Effect"],
    ["src/core/presence.ts", "node:fs"],
    ["src/core/text/measure.ts", "libphonenumber-js/max"],
    ["src/index.ts", "./engine/index.ts"],
    ["src/ports/transport.ts", "../engine/index.ts"],
    ["src/sending/route.ts", "../engine/index.ts"],
    ["src/sending/route.ts", "effect/Effect"],
    ["src/restate/attempt.ts", "../engine/index.ts"],
    ["src/engine/index.ts", "../stores/sqlite/index.ts"],
    ["src/engine/index.ts", "node:fs"],
    ["src/stores/sqlite/index.ts", "../memory/index.ts"],
    ["src/stores/sqlite/index.ts", "../../engine/index.ts"],
    ["src/stores/postgres/index.ts", "../sqlite/index.ts"],
    ["src/stores/sql/store.ts", "../sqlite/tables.ts"],
    ["src/transports/smtp/index.ts", "../../stores/sql/store.ts"],
    ["src/transports/smtp/index.ts", "../console/index.ts"],
    ["src/transports/smtp/index.ts", "fast-check"],
    ["src/links/index.ts", "../engine/index.ts"],
    ["src/links/index.ts", "node:fs"],
    ["src/engine/make.ts", "../links/index.ts"],
    ["src/cli/main.ts", "libphonenumber-js"],
    ["src/cli/main.ts", "followup/engine"],
    ["src/testing/index.ts", "../engine/index.ts"],
    ["src/domain/index.ts", "node:dns/promises"],
    ["src/engine/index.ts", "../domain/index.ts"],
    ["src/testing/simulator/simulate.ts", "node:http"],
    ["src/testing/transport-contract/http-counterpart.ts", "node:fs"],
    ["src/beacon/index.ts", "../core/presence.ts"],
    ["src/elsewhere/index.ts", "effect"],
    ["src/stores/tables.ts", "effect"],
  ])("%s must not import %s", (path, specifier) => {
    expect(imports(path, specifier)).toBe(1)
  })

  test("sees every way of importing, with its line", () => {
    const text = [
      `import type { A } from "../ports/a.ts"`,
      `export * from "../ports/b.ts"`,
      `export type C = import("../ports/c.ts").C`,
      `export const d = () => import("../ports/d.ts")`,
      `// import "../ports/e.ts"`,
    ].join("\n")
    const lines = findingsIn(dependencyFindings, "src/core/a.ts", text).map((finding) => finding[0])
    expect(lines).toEqual(["1", "2", "3", "4"])
    expect(
      findingsIn(dependencyFindings, "src/beacon/a.ts", `import type { A } from "../core/a.ts"`),
    ).toEqual([])
  })
})

describe("the purity check", () => {
  test.each([
    "const a = Date.now()",
    "const a = new Date()",
    "const a = Date()",
    "const a = Math.random()",
    "const a = performance.now()",
    "const a = process.env.HOME",
    "const a = { console }",
    `const a = globalThis["process"]`,
    `import { b } from "node:fs"`,
    "const a = async () => 1",
    "const a = await b",
    "const a = new Promise(b)",
    "const a = Promise.resolve(b)",
    "setTimeout(a, 1)",
    `function a() { throw new Error("b") }`,
    "const a = Schema.decodeUnknownSync(b)(c)",
    "const a = Result.getOrThrow(b)",
  ])("reports: %s", (text) => {
    expect(findingsIn(purityFindings, "src/core/a.ts", `\n${text}`)[0]).toMatch(/^2: /)
  })

  test.each([
    "const a = new Date(atMs).toISOString()",
    "// throw, process.exit(), Date.now()",
    `const a = "await process"`,
    "const a = policy.process.console",
    "interface A { process: string }",
    "const a = Math.max(1, 2)",
    "const a = b instanceof Promise",
  ])("leaves alone: %s", (text) => {
    expect(findingsIn(purityFindings, "src/core/a.ts", text)).toEqual([])
  })
})

describe("the size check", () => {
  const functionOf = (lines: number) => `const a = () => {\n${"  b()\n".repeat(lines - 2)}}`
  test("a function of 70 lines is too long, one of 69 is not", () => {
    expect(findingsIn(sizeFindings, "src/a.ts", functionOf(70))[0]).toMatch(/^1: this function has 70 lines/)
    expect(findingsIn(sizeFindings, "src/a.ts", functionOf(69))).toEqual([])
  })
  test("a file of 300 lines is too long, one of 299 is not; a table may be longer", () => {
    const lines = (count: number) => `const a = () => 1\n${"b\n".repeat(count - 1)}`
    expect(findingsIn(sizeFindings, "src/a.ts", lines(300))[0]).toMatch(/^1: has 300 lines/)
    expect(findingsIn(sizeFindings, "src/a.ts", lines(299))).toEqual([])
    expect(findingsIn(sizeFindings, "src/a-table.ts", lines(300))).toEqual([])
    expect(findingsIn(sizeFindings, "src/a.ts", "1,\n".repeat(400))).toEqual([])
  })
})

describe("the docstring check", () => {
  const file = "/** About. @since 0.1.0 */\n"
  const doc = "/** One. @since 0.1.0 */\n"
  test.each([
    ["no file docstring", `import "a"\n${doc}export const a = 1`, "1"],
    ["one docstring for the file and its first export", `${file}export const a = 1`, "2"],
    ["an export without @since", `${file}/** One. */\nexport const a = 1`, "3"],
    ["a type without a docstring", `${file}${doc}export const a = 1\nexport interface B {}`, "4"],
    ["an export at the end", `${file}const a = 1\nexport { a }`, "2"],
    ["a default export", `${file}import "a"\nexport default function () {}`, "3"],
  ])("reports %s", (_, text, line) => {
    expect(findingsIn(docstringFindings, "src/a.ts", text).map((one) => one.split(":")[0])).toEqual([line])
  })
  test("leaves documented files, re-exports and merged names alone", () => {
    const text = `#!/usr/bin/env node\n${file}${doc}export const A = 1\nexport type A = string\nexport * from "./b.ts"\nconst c = 1`
    expect(findingsIn(docstringFindings, "src/a.ts", text)).toEqual([])
  })
})

test("the name check reports drawers and names that are not in kebab-case", () => {
  const bad = ["src/core/utils.ts", "src/helpers/a.ts", "src/core/types.ts", "src/core/PriceBook.ts"]
  expect(nameFindings(bad).map(({ file }) => file)).toEqual(bad)
  expect(nameFindings(["src/core/text/cp949-table.ts", "test/core/presence.test.ts"])).toEqual([])
})

describe("the rules check", () => {
  const tree = {
    exists: (path: string) => !path.includes("gone"),
    titles: ruleIds.map((id) => `${id}: holds`),
  }
  const table = (change: (row: string) => string = (row) => row) =>
    [
      "| Rule | What | Source | Tests | Our reading |",
      "|---|---|---|---|---|",
      ...ruleIds.map((id) => change(`| ${id} | what | \`src/core/a.ts\` | \`test/core/a.test.ts\` | – |`)),
    ].join("\n")
  const messages = (markdown: string, titles = tree.titles) =>
    ruleFindings("docs/rules.md", markdown, { ...tree, titles }).map(
      ({ line, message }) => `${line}: ${message}`,
    )
  const onR7 = (from: string, to: string) =>
    table((row) => (row.startsWith("| R7 ") ? row.replace(from, to) : row))

  test("passes a full table", () => {
    expect(messages(table())).toEqual([])
  })
  test.each([
    ["a missing row", onR7("| R7 ", "| "), "1: R7 has no row"],
    ["a row without a source file", onR7("src/core/a.ts", "core"), "9: R7: name the source file"],
    [
      "a source file that is gone",
      onR7("core/a.ts", "core/gone.ts"),
      "9: R7: src/core/gone.ts does not exist",
    ],
    [
      "a test file that is gone",
      onR7("a.test.ts", "gone.test.ts"),
      "9: R7: test/core/gone.test.ts does not exist",
    ],
    ["other columns", table().replace("What", "That"), "1: the table's columns must be"],
    ["an empty page", "", "1: the table's columns must be"],
  ])("reports %s", (_, markdown, message) => {
    expect(messages(markdown)).toEqual([expect.stringContaining(message)])
  })
  test("reports a rule that no test title starts with: R1 is not R10", () => {
    const titles = tree.titles.filter((title) => !title.startsWith("R1:"))
    expect(messages(table(), titles)).toEqual([
      expect.stringContaining(`3: R1: no test title starts with "R1:"`),
    ])
  })
  test("reads titles of tests, suites, tables and templates that are run", () => {
    const text =
      'describe("a", () => { test("R1: b", () => {}); it.each([1])("R2: %s", c); test(`R3: ${d}`, e); other("f"); test.skip("R4: g", h) })'
    expect(titlesOf(parse("test/a.test.ts", text))).toEqual(["a", "R1: b", "R2: %s", "R3: "])
  })
})
