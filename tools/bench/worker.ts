/**
 * One measurement in a process of its own, so that neither memory nor event loops mix. The task is its argument, the
 * answer a message to the process that started it; before its clock starts it says that it is ready, and waits for a word.
 */
import process from "node:process"
import { measure } from "./measure.ts"
import { READY } from "./task.ts"

// The one that started this process hears of a terminal's interruption too, and ends; this one follows, and tidies up.
process.on("SIGINT", () => {})
process.on("disconnect", () => process.exit(1))

const start = (): Promise<void> =>
  new Promise((resolve) => {
    process.once("message", () => resolve())
    process.send?.(READY)
  })

const answer = await measure(JSON.parse(process.argv[2] ?? ""), start)
process.send?.(answer, () => process.exit(0))
