/**
 * Every file and every export says what it is and since when.
 */
import ts from "typescript"
import { type Finding, findingAt } from "./source.ts"

const docstringsBefore = (file: ts.SourceFile, position: number): readonly string[] =>
  (ts.getLeadingCommentRanges(file.text, position) ?? [])
    .map(({ pos, end }) => file.text.slice(pos, end))
    .filter((comment) => comment.startsWith("/**"))

const isExported = (node: ts.Statement): boolean =>
  ts.isExportAssignment(node) ||
  (ts.canHaveModifiers(node) &&
    (ts.getModifiers(node)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) ?? false))

const namesOf = (node: ts.Statement): readonly string[] => {
  if (ts.isVariableStatement(node)) return node.declarationList.declarations.map(({ name }) => name.getText())
  if (ts.isExportAssignment(node)) return ["default"]
  const { name } = node as ts.DeclarationStatement
  return [name?.getText() ?? "default"]
}

/** Names of `export { one, two }` without a module: they are declared, and documented, further up. */
const namesExportedLater = (file: ts.SourceFile): ReadonlySet<string> =>
  new Set(
    file.statements.flatMap((node) =>
      ts.isExportDeclaration(node) &&
      !node.moduleSpecifier &&
      node.exportClause &&
      ts.isNamedExports(node.exportClause)
        ? node.exportClause.elements.map(({ name, propertyName }) => (propertyName ?? name).getText())
        : [],
    ),
  )

const isDeclaration = (node: ts.Statement): boolean =>
  (ts.isVariableStatement(node) || ts.isDeclarationStatement(node)) &&
  !ts.isImportDeclaration(node) &&
  !ts.isExportDeclaration(node)

/**
 * A file or an export without a docstring, or with one that lacks `@since`. The first docstring of a file is the
 * file's own. A type and a value, or overloads, of one name need one docstring: editors show it for both.
 */
export const docstringFindings = (file: ts.SourceFile): readonly Finding[] => {
  const later = namesExportedLater(file)
  const exported = file.statements.filter(
    (node) => isDeclaration(node) && (isExported(node) || namesOf(node).some((name) => later.has(name))),
  )
  const docstringOf = (node: ts.Statement): string | undefined =>
    docstringsBefore(file, node.pos)
      .slice(node === file.statements[0] ? 1 : 0)
      .at(-1)
  const documented = new Set(
    exported.filter((node) => docstringOf(node)?.includes("@since")).flatMap(namesOf),
  )
  const missing = exported.flatMap((node) =>
    namesOf(node)
      .filter((name) => !documented.has(name))
      .map((name) =>
        findingAt(file, node, `${name} needs its own docstring: one sentence, units and limits, @since`),
      ),
  )
  return docstringsBefore(file, 0)[0]?.includes("@since")
    ? missing
    : [findingAt(file, file, "start the file with a docstring: what it is about, and @since"), ...missing]
}
