/**
 * Examples in docstrings: what stands under `@example`, as code with the values that it promises.
 *
 * A promise is a statement followed by `// => value`, where the value is a JavaScript literal. An example without a
 * promise is prose and is not run. A file's examples see its own exports and the statements above them.
 */
import { stripTypeScriptTypes } from "node:module"
import ts from "typescript"

/** An expression of an example and the value that it promises, with its line in the file. */
export interface Promised {
  readonly line: number
  readonly code: string
  readonly expected: string
}

/** One `@example` of a file. */
export interface Example {
  readonly file: string
  readonly line: number
  /** Statements to run in order: some only prepare, some promise a value. */
  readonly steps: readonly (string | Promised)[]
}

const marker = "// =>"

/** The text of a docstring's example tags, without the stars, and the line on which each starts. */
const bodiesOf = (text: string): readonly { readonly line: number; readonly body: string }[] =>
  [...text.matchAll(/\/\*\*[\s\S]*?\*\//g)].flatMap(({ 0: docstring, index }) => {
    const firstLine = text.slice(0, index).split("\n").length
    const lines = docstring
      .slice(3, -2)
      .split("\n")
      .map((line) => line.replace(/^\s*\* ?/, ""))
    return lines.flatMap((line, at) => {
      if (!/^\s*@example\b/.test(line)) return []
      const rest = lines.slice(at + 1)
      const end = rest.findIndex((next) => /^\s*@[a-z]/i.test(next))
      const body = rest
        .slice(0, end < 0 ? undefined : end)
        .map((next) => (next.startsWith("```") ? "" : next))
      return [{ line: firstLine + at, body: [line.replace(/^\s*@example\b/, ""), ...body].join("\n") }]
    })
  })

const stepsOf = (text: string, firstLine: number): Example["steps"] => {
  // Without the semicolon, a next line that starts with a bracket would be read as part of this one.
  const body = text.replaceAll(/(\S[^\S\n]*)(\/\/ =>)/g, "$1; $2")
  const { statements } = ts.createSourceFile("example.ts", body, ts.ScriptTarget.Latest, true)
  return statements.map((statement, index) => {
    const following = body.slice(statement.end, statements[index + 1]?.getStart() ?? body.length)
    const expected = following.split("\n").find((line) => line.includes(marker))
    const code = statement.getText().replace(/\s*;$/, "")
    if (expected === undefined) return code
    const line = firstLine + body.slice(0, statement.getStart()).split("\n").length - 1
    return { line, code, expected: expected.slice(expected.indexOf(marker) + marker.length).trim() }
  })
}

/**
 * The examples of a file that promise something. A promise that follows no statement is an error, so that none
 * is passed over in silence.
 */
export const examplesIn = (file: string, text: string): readonly Example[] =>
  bodiesOf(text)
    .filter(({ body }) => body.includes(marker))
    .map(({ line, body }) => {
      const steps = stepsOf(body, line)
      const written = body.split(marker).length - 1
      const found = steps.filter((step) => typeof step !== "string").length
      if (written !== found)
        throw new SyntaxError(
          `${file}:${line}: ${written} "${marker}" but ${found} follow a statement of their own`,
        )
      return { file, line, steps }
    })

/**
 * Runs an example with the given names in scope. Gives each promise with the value that came out and the one that
 * was promised; whatever the example throws is thrown with its place in the file.
 */
export const runExample = async (
  example: Example,
  scope: Readonly<Record<string, unknown>>,
): Promise<
  readonly { readonly promised: Promised; readonly actual: unknown; readonly expected: unknown }[]
> => {
  const promises = example.steps.filter((step) => typeof step !== "string")
  const code = example.steps.map((step) =>
    typeof step === "string" ? step : `$results.push([(${step.code}\n), (${step.expected}\n)])`,
  )
  // `default` names no variable; a module's other exports do.
  const names = Object.keys(scope).filter((name) => name !== "default")
  const results: (readonly [unknown, unknown])[] = []
  try {
    const body = stripTypeScriptTypes(`async () => {"use strict";\n${code.join(";\n")}\n}`)
    // oxlint-disable-next-line typescript/no-implied-eval -- running the docs' own code is what this file is for
    const run = new Function("$results", ...names, `return (${body})()`) as (
      ...scope: unknown[]
    ) => Promise<void>
    await run(results, ...names.map((name) => scope[name]))
  } catch (error) {
    throw new Error(`${example.file}:${example.line}: the example does not run: ${String(error)}`, {
      cause: error,
    })
  }
  return promises.map((promised, index) => ({
    promised,
    actual: results[index]?.[0],
    expected: results[index]?.[1],
  }))
}
