/**
 * What a TypeScript file prints when it is imported.
 */
import { resolve } from "node:path"
import { vi } from "vitest"

/** What a file prints, to the console or to standard output, when it is imported anew. */
export const printedBy = async (path: string): Promise<string> => {
  const printed: string[] = []
  const log = vi
    .spyOn(console, "log")
    .mockImplementation((...line) => void printed.push(`${line.join(" ")}\n`))
  const write = vi.spyOn(process.stdout, "write").mockImplementation((chunk) => {
    printed.push(String(chunk))
    return true
  })
  try {
    vi.resetModules()
    await import(/* @vite-ignore */ resolve(path))
    return printed.join("")
  } finally {
    log.mockRestore()
    write.mockRestore()
  }
}
