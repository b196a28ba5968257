/** The services of followup in this process, for a Restate server of a test. */
import { once } from "node:events"
import { createServer } from "node:http2"
import type { AddressInfo } from "node:net"
import {
  createEndpointHandler,
  type DefaultServiceOptions,
  type LoggerTransport,
} from "@restatedev/restate-sdk"
import { followUpsOnRestate, type OnRestateOptions, type RestateFollowUps } from "../../src/restate/index.ts"
import type { RestateServer } from "./restate-server.ts"

/** Services that are registered, and the way to call them. */
export interface Endpoint {
  readonly followUps: RestateFollowUps
  /** Breaks off what runs, as a process that dies does to those who wait for it. */
  readonly disconnect: () => void
  readonly close: () => Promise<void>
}

/** Serves over a free loopback port; gives its number and the way to end it. */
const listen = async (handler: ReturnType<typeof createEndpointHandler>) => {
  const server = createServer(handler)
  const sessions = new Set<{ destroy(): void }>()
  server.on("session", (session) => {
    sessions.add(session)
    session.on("close", () => sessions.delete(session))
  })
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  const { port } = server.address() as AddressInfo
  const disconnect = () => {
    for (const session of sessions) session.destroy()
  }
  const close = async () => {
    disconnect()
    server.close()
    await once(server, "close")
  }
  return { port, disconnect, close }
}

/** Registers the services; with `defaults` and a `logger`, as a host may give them to its endpoint. */
export const openEndpoint = async (
  server: RestateServer,
  options: OnRestateOptions,
  defaults: DefaultServiceOptions = {},
  logger: LoggerTransport = () => {},
): Promise<Endpoint> => {
  const { services, connect } = followUpsOnRestate(options)
  const { port, disconnect, close } = await listen(
    createEndpointHandler({ services, defaultServiceOptions: defaults, logger }),
  )
  await server.register(`http://127.0.0.1:${port}`)
  return { followUps: connect({ url: server.ingress }), disconnect, close }
}
