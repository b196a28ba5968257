/**
 * The core is pure and total: no clock, no chance, no input or output, no exceptions, no waiting.
 * Read from the syntax tree, so that words in comments, strings and property names do not count.
 */
import ts from "typescript"
import { type Finding, findingAt, nodesOf } from "./source.ts"

/** Global names that the core must not mention, and what to do instead. */
const impureGlobals: Readonly<Record<string, string>> = {
  process: "take what it needs as an argument",
  console: "return the text",
  performance: "take nowMs as an argument",
  crypto: "derive ids from the input",
  globalThis: "name what it needs, and take it as an argument",
  fetch: "leave input and output to a transport",
  require: "use an import declaration",
  setTimeout: "return the instant at which to wake up",
  setInterval: "return the instant at which to wake up",
  setImmediate: "the core is synchronous",
  queueMicrotask: "the core is synchronous",
}

/** Members that the core must not use, and what to do instead. */
const impureMembers: Readonly<Record<string, string>> = {
  "Date.now": "take nowMs as an argument",
  "Math.random": "derive it from the input",
}

/** Effect's functions that throw on bad input end so. */
const throwingMember = /(Sync|OrThrow|OrThrowWith)$/

const isReference = (node: ts.Identifier): boolean => {
  const { parent } = node
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node
  if (ts.isQualifiedName(parent)) return parent.left === node
  if (ts.isPropertyAssignment(parent)) return parent.initializer === node
  if (ts.isBindingElement(parent)) return parent.initializer === node
  return !(
    ts.isPropertySignature(parent) ||
    ts.isPropertyDeclaration(parent) ||
    ts.isMethodDeclaration(parent) ||
    ts.isMethodSignature(parent) ||
    ts.isImportSpecifier(parent) ||
    ts.isExportSpecifier(parent)
  )
}

const isDateWithoutArgument = (node: ts.Node): boolean =>
  (ts.isNewExpression(node) && node.expression.getText() === "Date" && !node.arguments?.length) ||
  (ts.isCallExpression(node) && node.expression.getText() === "Date")

/** Making a promise, or using one's functions; `instanceof Promise` is only a question. */
const usesPromise = (node: ts.Node): boolean =>
  (ts.isNewExpression(node) || ts.isPropertyAccessExpression(node)) && node.expression.getText() === "Promise"

const complaint = (node: ts.Node): string | undefined => {
  if (ts.isThrowStatement(node)) return "throws: return a tagged outcome"
  if (ts.isAwaitExpression(node) || node.kind === ts.SyntaxKind.AsyncKeyword || usesPromise(node))
    return "waits: the core is synchronous"
  if (isDateWithoutArgument(node)) return "reads the clock: take nowMs as an argument"
  if (ts.isPropertyAccessExpression(node)) {
    const name = `${node.expression.getText()}.${node.name.text}`
    const instead = impureMembers[name]
    if (instead) return `uses ${name}: ${instead}`
    if (throwingMember.test(node.name.text))
      return `uses ${name}, which may throw: use the form that returns a Result`
  }
  if (ts.isIdentifier(node) && Object.hasOwn(impureGlobals, node.text) && isReference(node))
    return `uses ${node.text}: ${impureGlobals[node.text]}`
  if (ts.isStringLiteral(node) && node.text.startsWith("node:") && ts.isImportDeclaration(node.parent))
    return `imports ${node.text}: the core runs anywhere`
  return undefined
}

/** Places where a file of the core is not pure, or not total. */
export const purityFindings = (file: ts.SourceFile): readonly Finding[] =>
  [...nodesOf(file)].flatMap((node) => {
    const message = complaint(node)
    return message ? [findingAt(file, node, message)] : []
  })
