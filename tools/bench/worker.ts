/**
 * One measurement in a process of its own, so that neither memory nor event loops mix. The task is its argument, the
 * answer a message to the process that started it.
 */
import process from "node:process"
import { measure } from "./measure.ts"

// The one that started this process hears of a terminal's interruption too, and ends; this one follows, and tidies up.
process.on("SIGINT", () => {})
process.on("disconnect", () => process.exit(1))

const answer = await measure(JSON.parse(process.argv[2] ?? ""))
process.send?.(answer, () => process.exit(0))
