import { spawn } from "node:child_process"
import { once } from "node:events"
import { readFileSync } from "node:fs"
import { chromium } from "playwright-core"
import { eventually, folderWith, systemEnv } from "./loopback.ts"

// Beside what a machine without a screen needs: a browser that asks nothing but its pages' servers.
const args = [
  "--headless",
  "--no-sandbox",
  "--no-first-run",
  "--disable-gpu",
  "--disable-dev-shm-usage",
  "--disable-quic",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--remote-debugging-port=0",
  "--host-resolver-rules=MAP *.example 127.0.0.1",
]

/** A Chromium with an empty profile of its own that opens `url`, and in which every name under "example" is here. */
export const startChromium = async (url = "about:blank") => {
  const { folder, remove } = folderWith(() => ({}))
  const child = spawn("chromium", [...args, `--user-data-dir=${folder}/profile`, url], {
    env: { ...systemEnv, HOME: folder, TMPDIR: folder },
    stdio: "ignore",
  })
  const gone = once(child, "exit")
  const end = async () => {
    child.kill()
    await gone
    await remove()
  }
  try {
    const address = await eventually("Chromium", () => {
      const [port, path] = readFileSync(`${folder}/profile/DevToolsActivePort`, "utf8").split("\n")
      return path && `ws://127.0.0.1:${port}${path}`
    })
    return { address, [Symbol.asyncDispose]: end }
  } catch (error) {
    await end()
    throw error
  }
}

/**
 * One that is driven as a customer does. `window` is its window of tabs, in which nothing is made up: Playwright would
 * have each tab believe that it is in front.
 */
export const drivenChromium = async () => {
  const { address, [Symbol.asyncDispose]: end } = await startChromium()
  try {
    const browser = await chromium.connectOverCDP(address, { noDefaults: true })
    const [window] = browser.contexts()
    if (window === undefined) throw new Error("Chromium has no window")
    return { browser, window, [Symbol.asyncDispose]: end }
  } catch (error) {
    await end()
    throw error
  }
}
