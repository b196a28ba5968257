/**
 * The dependency rule: which folder of src may import what. The core stays pure because of it, and a transport
 * can be added, read or removed by touching one folder.
 */
import { posix } from "node:path"
import ts from "typescript"
import { type Finding, findingAt, nodesOf } from "./source.ts"

/** What one part of src may import, besides itself. */
interface Zone {
  /** Matches the files that belong to the zone; the whole match is the zone's own folder. */
  readonly files: RegExp
  /** Folders of src whose files it may import. */
  readonly folders: RegExp
  /** Packages and `node:` modules that it may import. */
  readonly packages: RegExp
  /** May import types only: nothing of it is left when the program runs. */
  readonly typesOnly?: true
  /** The same in words, for the message. */
  readonly may: string
}

const anything = /^/
const nothing = /^\b$/
const portsAndCore = /^src\/(ports|core)\//
const sendingPortsAndCore = /^src\/(sending|ports|core)\//
const effect = /^effect(\/|$)/

/** In order; the first that matches a file is its zone. */
const zones: readonly Zone[] = [
  {
    files: /^src\/core\/text\/phone\.ts$/,
    folders: /^src\/core\//,
    packages: /^(effect\/(Schema|Result|Option|Data)|libphonenumber-js(\/.*)?)$/,
    may: "core, effect/{Schema,Result,Option,Data} and libphonenumber-js",
  },
  {
    files: /^src\/(core|index\.ts)/,
    folders: /^src\/core\//,
    packages: /^effect\/(Schema|Result|Option|Data)$/,
    may: "core and effect/{Schema,Result,Option,Data}; libphonenumber-js only in src/core/text/phone.ts",
  },
  { files: /^src\/ports/, folders: /^src\/core\//, packages: effect, may: "core and effect" },
  { files: /^src\/sending/, folders: portsAndCore, packages: nothing, may: "ports and core" },
  {
    files: /^src\/engine/,
    folders: sendingPortsAndCore,
    packages: effect,
    may: "sending, ports, core and effect",
  },
  {
    files: /^src\/stores\/(?!sql\/)[^/]+(?=\/)/,
    folders: /^src\/(ports|core|stores\/sql)\//,
    packages: anything,
    may: "ports, core, src/stores/sql and packages, never another store, transport or the engine",
  },
  {
    files: /^src\/(stores\/sql|transports\/http)(?=\/)/,
    folders: portsAndCore,
    packages: anything,
    may: "ports, core and packages, never a store, a transport or the engine",
  },
  {
    files: /^src\/transports\/[^/]+(?=\/)/,
    folders: /^src\/(ports|core|transports\/http)\//,
    packages: anything,
    may: "ports, core, src/transports/http and packages, never another transport, a store or the engine",
  },
  { files: /^src\/domain/, folders: portsAndCore, packages: effect, may: "ports, core and effect" },
  {
    files: /^src\/links/,
    folders: portsAndCore,
    packages: /^(node:crypto|effect\/(Schema|Result))$/,
    may: "ports, core, node:crypto and effect/{Schema,Result}",
  },
  {
    files: /^src\/restate/,
    folders: sendingPortsAndCore,
    packages: anything,
    may: "sending, ports, core and packages",
  },
  {
    // The only part of testing with a server: the simulator runs where there is none.
    files: /^src\/testing\/transport-contract(?=\/)/,
    folders: /^src\/(ports|core|testing)\//,
    packages: /^(effect(\/.*)?|node:(http2?|stream))$/,
    may: "testing, ports, core, effect and what serves HTTP",
  },
  {
    files: /^src\/testing/,
    folders: portsAndCore,
    packages: /^(fast-check|effect(\/.*)?)$/,
    may: "ports, core, effect and fast-check",
  },
  { files: /^src\/beacon/, folders: anything, packages: nothing, typesOnly: true, may: "types only" },
  { files: /^src\/cli/, folders: anything, packages: anything, may: "anything" },
]

/** Packages that have one home, wherever a zone would allow them. */
const homes: readonly { readonly packages: RegExp; readonly home: RegExp; readonly may: string }[] = [
  { packages: /^fast-check$/, home: /^src\/testing\//, may: "fast-check is imported only in src/testing" },
  {
    packages: /^libphonenumber-js/,
    home: /^src\/core\/text\/phone\.ts$/,
    may: "libphonenumber-js is imported only in src/core/text/phone.ts",
  },
]

/** One import of a file, however it is written. */
interface Import {
  readonly node: ts.Node
  readonly specifier: string
  readonly typeOnly: boolean
}

const importOf = (node: ts.Node): Import | undefined => {
  if (ts.isImportDeclaration(node) && ts.isStringLiteral(node.moduleSpecifier))
    return {
      node,
      specifier: node.moduleSpecifier.text,
      typeOnly: node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword,
    }
  if (ts.isExportDeclaration(node) && node.moduleSpecifier && ts.isStringLiteral(node.moduleSpecifier))
    return { node, specifier: node.moduleSpecifier.text, typeOnly: node.isTypeOnly }
  if (
    ts.isImportTypeNode(node) &&
    ts.isLiteralTypeNode(node.argument) &&
    ts.isStringLiteral(node.argument.literal)
  )
    return { node, specifier: node.argument.literal.text, typeOnly: true }
  if (!ts.isCallExpression(node)) return undefined
  const loads =
    node.expression.kind === ts.SyntaxKind.ImportKeyword || node.expression.getText() === "require"
  const [module] = node.arguments
  return loads && module && ts.isStringLiteralLike(module)
    ? { node, specifier: module.text, typeOnly: false }
    : undefined
}

const complaint = (path: string, zone: Zone, { specifier, typeOnly }: Import): string | undefined => {
  if (/^followup(\/|$)/.test(specifier))
    return `"${specifier}" is this package itself: use a relative path that ends in .ts`
  const own = zone.files.exec(path)?.[0] ?? path
  if (specifier.startsWith(".")) {
    const target = posix.join(posix.dirname(path), specifier)
    if (target === own || target.startsWith(`${own}/`)) return undefined
    if (zone.folders.test(target) && (typeOnly || !zone.typesOnly)) return undefined
    return `imports ${target}, but ${own} may import only ${zone.may}. Move what it needs down, or pass it in`
  }
  const home = homes.find((one) => one.packages.test(specifier) && !one.home.test(path))
  if (home) return `${home.may}. Call what that file exports, or pass the result in`
  if (zone.packages.test(specifier)) return undefined
  return `imports "${specifier}", but ${own} may import only ${zone.may}. Pass in what it needs`
}

/** Imports that break the dependency rule. The path decides what a file may import. */
export const dependencyFindings = (file: ts.SourceFile): readonly Finding[] => {
  const zone = zones.find(({ files }) => files.test(file.fileName))
  if (!zone)
    return [
      findingAt(
        file,
        file,
        "belongs to no part of the design. Move it, or add a line to tools/tidy/dependencies.ts",
      ),
    ]
  return [...nodesOf(file)].flatMap((node) => {
    const found = importOf(node)
    const message = found && complaint(file.fileName, zone, found)
    return message ? [findingAt(file, node, message)] : []
  })
}
