import { once } from "node:events"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { getRequestListener } from "@hono/node-server"
import { build } from "esbuild"
import { eventually } from "./loopback.ts"

/** What a page told of itself. */
export interface Told {
  readonly sessionId: string
  readonly signal: string
}

/** A module of this repository as the one file that a browser loads. */
export const browserModule = async (path: string): Promise<string> => {
  const { outputFiles } = await build({
    entryPoints: [path],
    alias: { "followup/beacon": "./src/beacon/index.ts" },
    bundle: true,
    write: false,
    format: "esm",
    target: "es2024",
  })
  return outputFiles.map(({ text }) => text).join("")
}

const beacon = browserModule("src/beacon/index.ts")

/** A page that runs a module, and is taller than any window. */
export const pageWith = (script: string, head = ""): Response =>
  new Response(
    `<!DOCTYPE html><title>Shop</title>${head}<body style="height: 9000px"><script type="module">${script}</script>`,
    { headers: { "content-type": "text/html; charset=utf-8" } },
  )

/** The beacon at work, for scripts that follow it. */
export const reporting = (url = "/presence"): string =>
  `import { reportPresence } from "/beacon.js"
  window.presence = reportPresence(${JSON.stringify(url)})
  `

type Answer = (request: Request) => Response | Promise<Response>

/**
 * A site on loopback that remembers what it was asked: it gives out the beacon, takes what that tells by `presence`, and
 * answers the rest by `answer`.
 */
export const openSite = async (
  answer: Answer = () => pageWith(reporting()),
  presence: Answer = () => new Response(null, { status: 204 }),
) => {
  const asked: Array<{ readonly request: Request; readonly body: string }> = []
  const listener = getRequestListener(async (request) => {
    asked.push({ request, body: await request.clone().text() })
    const { pathname } = new URL(request.url)
    if (pathname === "/beacon.js")
      return new Response(await beacon, { headers: { "content-type": "text/javascript" } })
    if (pathname === "/presence") return presence(request)
    return pathname === "/favicon.ico" ? new Response(null, { status: 204 }) : answer(request)
  })
  const server = createServer((request, response) => void listener(request, response)).listen(0, "127.0.0.1")
  await once(server, "listening")
  const { port } = server.address() as AddressInfo
  const ofPresence = () => asked.filter(({ request }) => request.url.endsWith("/presence"))
  const told = () => ofPresence().map(({ body }) => JSON.parse(body) as Told)
  return {
    asked,
    ofPresence,
    told,
    /** Its address, under a name. */
    at: (path = "/", host = "localhost") => `http://${host}:${port}${path}`,
    /** The signals so far, as soon as there are so many. */
    signals: async (count: number): Promise<ReadonlyArray<string>> => {
      // What came instead says more than that something is missing.
      await eventually("signals", () => told()[count - 1]).catch(() => undefined)
      return told().map(({ signal }) => signal)
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, "close")
    },
  }
}
