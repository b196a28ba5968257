/**
 * Code blocks in Markdown that are copies of files, so that what readers paste has been run.
 *
 * ` ```ts file=docs/examples/first.ts ` shows that file; `file=docs/examples/first.ts#send` shows what it has between
 * `// #region send` and `// #endregion`; ` ```text output=docs/examples/first.ts ` shows what it prints.
 * A block without such a mark is prose and is not checked.
 */
import type { Finding } from "../tidy/source.ts"

/** A marked code block of a Markdown file. */
export interface Fence {
  /** The Markdown file and the line of the opening fence. */
  readonly page: string
  readonly line: number
  /** Whether it shows the file's text or what the file prints. */
  readonly shows: "file" | "output"
  readonly path: string
  readonly region: string | undefined
  readonly code: string
}

const opening = /^(\s*)(`{3,})\S*\s.*?\b(file|output)=([^\s#]+)(?:#(\S+))?/

/** The marked code blocks of a Markdown file. */
export const fencesIn = (page: string, markdown: string): readonly Fence[] => {
  const lines = markdown.split("\n")
  return lines.flatMap((text, index) => {
    const [, indent = "", ticks, shows, path, region] = opening.exec(text) ?? []
    if (ticks === undefined || path === undefined) return []
    const rest = lines
      .slice(index + 1)
      .map((line) => (line.startsWith(indent) ? line.slice(indent.length) : line))
    const code = rest.slice(0, rest.indexOf(ticks)).join("\n")
    return [
      { page, line: index + 1, shows: shows === "output" ? "output" : "file", path, region, code } as const,
    ]
  })
}

/** Lines without the indentation that all of them share. */
const dedent = (lines: readonly string[]): string => {
  const indents = lines.filter((line) => line.trim() !== "").map((line) => line.search(/\S/))
  const shared = Math.min(...indents, Number.MAX_SAFE_INTEGER)
  return lines.map((line) => line.slice(shared)).join("\n")
}

const regionMark = /^\s*\/\/ #(region|endregion)\b/

/** The text of a region of a file, or of the whole file without its region marks; nothing when there is no such. */
export const regionOf = (text: string, region: string | undefined): string | undefined => {
  const lines = text.split("\n")
  if (region === undefined) return lines.filter((line) => !regionMark.test(line)).join("\n")
  const start = lines.findIndex((line) => line.trim() === `// #region ${region}`)
  if (start < 0) return undefined
  const length = lines.slice(start + 1).findIndex((line) => /^\s*\/\/ #endregion\b/.test(line))
  return length < 0 ? undefined : dedent(lines.slice(start + 1, start + 1 + length))
}

/** What a fence has wrong against the text that it should show, if anything. */
export const fenceFinding = (fence: Fence, shown: string | undefined): Finding | undefined => {
  const { page: file, line, path, region, shows } = fence
  const place = region === undefined ? path : `${path}#${region}`
  if (shown === undefined)
    return { file, line, message: `${place} does not exist. Correct the path or the region` }
  if (shown.trim() === fence.code.trim()) return undefined
  const what = shows === "file" ? place : `the output of ${place}`
  return { file, line, message: `differs from ${what}. Copy it again, it is:\n${shown.trim()}` }
}
