import { existsSync, readFileSync } from "node:fs"
import { resolve } from "node:path"
import { describe, expect, test } from "vitest"
import { examplesIn, runExample } from "../tools/examples/docstring-examples.ts"
import { type Fence, fenceFinding, fencesIn, regionOf } from "../tools/examples/fences.ts"
import { printedBy } from "../tools/examples/printed.ts"
import { pathsUnder, printFinding } from "../tools/tidy/source.ts"

const read = (path: string) => readFileSync(path, "utf8")

const examples = pathsUnder(["src"], ".ts").flatMap((path) => examplesIn(path, read(path)))

/** Runs a docstring example of this repository with its file's exports in scope. */
const runHere = async (example: (typeof examples)[number]) =>
  runExample(example, (await import(/* @vite-ignore */ resolve(example.file))) as Record<string, unknown>)

describe("examples in docstrings give what they promise", () => {
  test("there are some", () => {
    expect(examples.length).toBeGreaterThan(0)
  })
  test.each(examples.map((example) => ({ name: `${example.file}:${example.line}`, example })))(
    "$name",
    async ({ example }) => {
      for (const { promised, actual, expected } of await runHere(example))
        expect(actual, `${example.file}:${promised.line}: ${promised.code}`).toEqual(expected)
    },
  )
})

const pages = [...(existsSync("README.md") ? ["README.md"] : []), ...pathsUnder(["docs"], ".md")]
const fences = pages.flatMap((page) => fencesIn(page, read(page)))

const shownBy = async ({ shows, path, region }: Fence): Promise<string | undefined> => {
  if (!existsSync(path)) return undefined
  return shows === "output" ? printedBy(path) : regionOf(read(path), region)
}

describe("code blocks in the docs are copies of files that run", () => {
  const files = existsSync("docs/examples") ? pathsUnder(["docs/examples"], ".ts") : []
  test("every marked block names a file of docs/examples", () => {
    expect(fences.map(({ path }) => path).filter((path) => !files.includes(path))).toEqual([])
  })
  test.each(files)("%s runs", async (path) => {
    await expect(printedBy(path)).resolves.toBeTypeOf("string")
  })
  test.each(fences.map((fence) => ({ name: `${fence.page}:${fence.line}`, fence })))(
    "$name",
    async ({ fence }) => {
      const finding = fenceFinding(fence, await shownBy(fence))
      expect(finding && printFinding(finding)).toBeUndefined()
    },
  )
})

describe("the example reader", () => {
  const inDocstring = (...lines: readonly string[]) =>
    [
      "export const zero = 0",
      "/**",
      " * One.",
      " *",
      " * @example",
      ...lines.map((line) => ` * ${line}`),
      " */",
    ].join("\n")
  const run = async (text: string, scope = {}) => {
    const [example] = examplesIn("src/a.ts", text)
    return example ? (await runExample(example, scope)).map(({ actual, expected }) => [actual, expected]) : []
  }

  test("runs each promise with the exports and the statements above it in scope", async () => {
    const text = inDocstring(
      "const two: number = double(1)",
      "double(two) // => 4",
      "double(500) // => 1_000",
      "({ a: [two] }) // => { a: [2] }",
      "await Promise.resolve(two)",
      "// => 2",
      "@since 0.1.0",
    )
    const results = await run(text, {
      double: (n: number) => n * 2,
    })
    expect(results).toEqual([
      [4, 4],
      [1000, 1000],
      [{ a: [2] }, { a: [2] }],
      [2, 2],
    ])
  })
  test("gives what came out when it is not what was promised, with its line", async () => {
    const text = inDocstring("1 + 1 // => 3")
    expect(await run(text)).toEqual([[2, 3]])
    expect(examplesIn("src/a.ts", text)[0]?.steps).toEqual([{ line: 6, code: "1 + 1", expected: "3" }])
  })
  test("names the place of an example that does not run", async () => {
    await expect(run(inDocstring("missing() // => 1"))).rejects.toThrow(
      "src/a.ts:5: the example does not run",
    )
    await expect(run(inDocstring("Math.max( // => 1", "2) // => 3"))).rejects.toThrow(
      "src/a.ts:5: the example",
    )
    await expect(run(inDocstring("1 // => {"))).rejects.toThrow("src/a.ts:5: the example does not run")
  })
  test("refuses a promise that follows no statement of its own", () => {
    expect(() => examplesIn("src/a.ts", inDocstring("// => 1"))).toThrow(`src/a.ts:5: 1 "// =>" but 0`)
  })
  test("does not run an example without a promise, nor one outside a docstring", () => {
    expect(examplesIn("src/a.ts", inDocstring("sendEverything()"))).toEqual([])
    expect(examplesIn("src/a.ts", "// @example\n// 1 // => 2")).toEqual([])
  })
})

describe("the fence reader", () => {
  const page = [
    "# Title",
    "```ts file=docs/examples/a.ts#send",
    "send()",
    "```",
    "```ts",
    "free()",
    "```",
  ].join("\n")
  const source = "import a\n// #region send\n  send()\n// #endregion send\n"

  test("reads the marked blocks with their lines, and only those", () => {
    const fence = { page: "README.md", line: 2, shows: "file", path: "docs/examples/a.ts", region: "send" }
    expect(fencesIn("README.md", page)).toEqual([{ ...fence, code: "send()" }])
    expect(fencesIn("README.md", "```text output=docs/examples/a.ts\n1\n```")[0]).toMatchObject({
      shows: "output",
    })
  })
  test("reads a region without its indentation, and a file without its region marks", () => {
    expect(regionOf(source, "send")).toBe("send()")
    expect(regionOf(source, undefined)).toBe("import a\n  send()\n")
    expect(regionOf(source, "receive")).toBeUndefined()
  })
  test("reports a block that differs from its file, and one whose file or region is gone", () => {
    const [fence] = fencesIn("README.md", page)
    if (!fence) throw new Error("the page has a marked block")
    const report = (shown: string | undefined) => fenceFinding(fence, shown)
    expect(report("send()\n")).toBeUndefined()
    expect(report("receive()")).toMatchObject({
      file: "README.md",
      line: 2,
      message: expect.stringContaining("differs"),
    })
    expect(report(undefined)).toMatchObject({ message: expect.stringContaining("does not exist") })
  })
})
