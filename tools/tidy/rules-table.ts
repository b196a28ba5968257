/**
 * docs/rules.md against the tree: every rule of the product is in the table, has a source file, and has a test
 * whose title starts with its id.
 */
import ts from "typescript"
import { type Finding, nodesOf } from "./source.ts"

/** The product's rules, as docs/rules.md lists them. */
export const ruleIds: readonly string[] = Array.from({ length: 20 }, (_, index) => `R${index + 1}`)

const columns = ["Rule", "What", "Source", "Tests", "Our reading"]

/** One row of the table: the cells by their column, and the line that it stands on. */
interface Row {
  readonly line: number
  readonly cells: readonly string[]
}

const rowsOf = (markdown: string): readonly Row[] =>
  markdown.split("\n").flatMap((text, index) =>
    text.trim().startsWith("|")
      ? [
          {
            line: index + 1,
            cells: text
              .trim()
              .replace(/^\||\|$/g, "")
              .split(/(?<!\\)\|/)
              .map((cell) => cell.trim()),
          },
        ]
      : [],
  )

/**
 * Titles of the tests and suites in a file; of a template, the part before its first placeholder. A test that is
 * skipped or yet to be written proves nothing and has no title here.
 */
export const titlesOf = (file: ts.SourceFile): readonly string[] =>
  [...nodesOf(file)].flatMap((node) => {
    if (
      !ts.isCallExpression(node) ||
      !/^(test|it|describe)\b(?!\.(skip|todo))/.test(node.expression.getText())
    )
      return []
    const [title] = node.arguments
    if (title === undefined) return []
    if (ts.isStringLiteralLike(title)) return [title.text]
    return ts.isTemplateExpression(title) ? [title.head.text] : []
  })

const startsWithId = (title: string, id: string): boolean =>
  title.startsWith(`${id}:`) || title.startsWith(`${id} `)

/** What the tree has, for the table to be compared with. */
export interface Tree {
  readonly exists: (path: string) => boolean
  readonly titles: readonly string[]
}

const rowComplaints = (id: string, { cells }: Row, tree: Tree): readonly string[] => {
  const [, what = "", source = "", tests = ""] = cells
  const sources = source.match(/src\/[\w./-]+/g) ?? []
  const named = [...sources, ...(tests.match(/test\/[\w./-]+/g) ?? [])]
  return [
    ...(what === "" ? ["say what the rule is"] : []),
    ...(sources.length === 0 ? ["name the source file that keeps it, as src/…"] : []),
    ...named.filter((path) => !tree.exists(path)).map((path) => `${path} does not exist. Correct the path`),
    ...(tree.titles.some((title) => startsWithId(title, id))
      ? []
      : [`no test title starts with "${id}:". Write the test that fails when the rule is broken`]),
  ]
}

/** Rules that the table or the tests leave out, and paths in the table that do not exist. */
export const ruleFindings = (path: string, markdown: string, tree: Tree): readonly Finding[] => {
  const rows = rowsOf(markdown)
  const header = rows.find(({ cells }) => cells[0] === columns[0])
  if (header?.cells.join() !== columns.join())
    return [
      { file: path, line: header?.line ?? 1, message: `the table's columns must be ${columns.join(" | ")}` },
    ]
  return ruleIds.flatMap((id) => {
    const row = rows.find(({ cells }) => cells[0]?.match(/\bR\d+\b/)?.[0] === id)
    return row === undefined
      ? [{ file: path, line: header.line, message: `${id} has no row. Add it` }]
      : rowComplaints(id, row, tree).map((message) => ({
          file: path,
          line: row.line,
          message: `${id}: ${message}`,
        }))
  })
}
