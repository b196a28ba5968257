/**
 * Files and functions stay small enough to be read in one go; tables of data may be as long as they need.
 */
import ts from "typescript"
import { type Finding, findingAt, nodesOf } from "./source.ts"

/** A file is under this many lines. */
const fileLines = 300

/** A function is under this many lines, from its first to its last; its docstring does not count. */
const functionLines = 70

const hasBody = (node: ts.Node): node is ts.FunctionLikeDeclaration =>
  ts.isFunctionLike(node) && "body" in node && node.body !== undefined

const isTable = (file: ts.SourceFile): boolean =>
  file.fileName.endsWith("-table.ts") || ![...nodesOf(file)].some(hasBody)

const linesOf = (file: ts.SourceFile, node: ts.Node): number =>
  file.getLineAndCharacterOfPosition(node.getEnd()).line -
  file.getLineAndCharacterOfPosition(node.getStart(file)).line +
  1

/** The file, when it is too long, and its functions that are. */
export const sizeFindings = (file: ts.SourceFile): readonly Finding[] => {
  if (isTable(file)) return []
  const lines = file.text.trimEnd().split("\n").length
  const long = [...nodesOf(file)].filter((node) => hasBody(node) && linesOf(file, node) >= functionLines)
  return [
    ...(lines < fileLines
      ? []
      : [
          findingAt(
            file,
            file,
            `has ${lines} lines, must be under ${fileLines}. Split it by what it is about`,
          ),
        ]),
    ...long.map((node) =>
      findingAt(
        file,
        node,
        `this function has ${linesOf(file, node)} lines, must be under ${functionLines}. Name its parts`,
      ),
    ),
  ]
}
