/**
 * Lets bundlers leave out what a host does not use. A published module holds many of our own, and a bundler cannot know
 * that `const X = Schema.Struct(…)` does nothing but make X: it would keep all of them, and most of Effect with them,
 * for one function. So each value that is made when a module is loaded is made in a call that is marked as pure.
 * package.json says the same of whole modules ("sideEffects": false).
 */
import ts from "typescript"

/** Whether evaluating an expression runs code that a bundler does not look into. */
const isOpaque = (node: ts.Node): boolean =>
  ts.isCallExpression(node) ||
  ts.isNewExpression(node) ||
  ts.isPropertyAccessExpression(node) ||
  ts.isSpreadAssignment(node) ||
  ts.isSpreadElement(node) ||
  (!ts.isFunctionLike(node) && ts.forEachChild(node, isOpaque) === true)

// A class is left as it is: it has its name from where it stands.
const isMade = (value: ts.Expression | undefined): value is ts.Expression =>
  value !== undefined && !ts.isClassExpression(value) && isOpaque(value)

/** A module in JavaScript, with what it makes when it is loaded marked as pure. */
export const withPureValues = (code: string): string => {
  const module = ts.createSourceFile("module.js", code, ts.ScriptTarget.Latest, true, ts.ScriptKind.JS)
  const made = module.statements
    .filter(ts.isVariableStatement)
    .flatMap(({ declarationList }) => declarationList.declarations)
    .map(({ initializer }) => initializer)
    .filter(isMade)
  const pieces = made.map((value, nth) => {
    const before = code.slice(made[nth - 1]?.end ?? 0, value.getStart())
    return `${before}/* @__PURE__ */ (() => (${value.getText()}))()`
  })
  return pieces.join("") + code.slice(made.at(-1)?.end ?? 0)
}
