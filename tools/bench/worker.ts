/**
 * One measurement in a process of its own, so that neither memory nor event loops mix. The task is its argument, the
 * answer a message to the one that started it.
 */
import process from "node:process"
import { finish } from "./finish.ts"
import type { Task } from "./task.ts"

// Of a terminal's interruption the one that started it hears too, and ends; this process follows, and tidies up.
process.on("SIGINT", () => {})
process.on("disconnect", () => process.exit(1))

const task: Task = JSON.parse(process.argv[2] ?? "")
const answer = await finish(task)
process.send?.(answer, () => process.exit(0))
