/**
 * Names of files are the product's nouns in kebab-case: a reader finds a rule in one guess.
 */
import { posix } from "node:path"
import type { Finding } from "./source.ts"

/** Names that say nothing about what is inside. */
const drawers = ["utils", "util", "helpers", "helper", "common", "misc", "types"]

/** Paths whose file or folder has no telling name. */
export const nameFindings = (paths: readonly string[]): readonly Finding[] =>
  paths.flatMap((path) => {
    const parts = path.split("/").map((part) => posix.basename(part).split(".")[0] ?? part)
    const drawer = parts.find((part) => drawers.includes(part))
    const odd = parts.find((part) => !/^[a-z0-9]+(-[a-z0-9]+)*$/.test(part))
    if (drawer !== undefined)
      return [{ file: path, line: 1, message: `"${drawer}" says nothing. Name it after what it is about` }]
    if (odd !== undefined)
      return [{ file: path, line: 1, message: `"${odd}" is not in kebab-case. Rename it` }]
    return []
  })
