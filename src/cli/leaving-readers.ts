/**
 * Readers of a program's output that have read enough.
 * @since 0.1.0
 */
import process from "node:process"

/** The reader of a pipe, such as "head", may leave before all is written: that is its right, and no failure. @since 0.1.0 */
export const letReadersLeave = (): void => {
  for (const stream of [process.stdout, process.stderr])
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE") throw error
    })
}
