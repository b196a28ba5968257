/**
 * What the tidy checks read and what they say: parsed source files in, findings with a file and a line out.
 */
import { readdirSync, readFileSync } from "node:fs"
import ts from "typescript"

/** Something that breaks a rule of this repository, where it is, and what to do about it. */
export interface Finding {
  readonly file: string
  readonly line: number
  readonly message: string
}

/** The paths of the files under the given folders, from the repository's root, in a stable order. */
export const pathsUnder = (folders: readonly string[], extension: string): readonly string[] =>
  folders
    .flatMap((folder) =>
      readdirSync(folder, { recursive: true, encoding: "utf8" }).map((name) => `${folder}/${name}`),
    )
    .map((path) => path.replaceAll("\\", "/"))
    .filter((path) => path.endsWith(extension) && !path.includes("/node_modules/"))
    .toSorted()

/** A source file parsed by itself: its syntax, no types. Parents are set. */
export const parse = (path: string, text: string): ts.SourceFile =>
  ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true)

/** The TypeScript files under the given folders, parsed. */
export const parseAll = (folders: readonly string[]): readonly ts.SourceFile[] =>
  pathsUnder(folders, ".ts").map((path) => parse(path, readFileSync(path, "utf8")))

/** A finding at a node of a file; at its first line, when the node is the file itself. */
export const findingAt = (file: ts.SourceFile, node: ts.Node, message: string): Finding => ({
  file: file.fileName,
  line: node === file ? 1 : file.getLineAndCharacterOfPosition(node.getStart(file)).line + 1,
  message,
})

/** Every node of a file, outermost first. */
export function* nodesOf(node: ts.Node): Generator<ts.Node> {
  yield node
  const children: ts.Node[] = []
  ts.forEachChild(node, (child) => void children.push(child))
  for (const child of children) yield* nodesOf(child)
}

/** A finding as one line that an editor can open. */
export const printFinding = ({ file, line, message }: Finding): string => `${file}:${line}: ${message}`
