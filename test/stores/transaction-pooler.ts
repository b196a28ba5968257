/**
 * A pooler in transaction mode, as PgBouncer is one: clients take turns at a few sessions of the server, a transaction
 * each. Settings that a client asks for as it connects never reach the server.
 */
import { once } from "node:events"
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net"

/** What becomes of a client that asks for settings: turned away, as it is where nobody says otherwise, or let in. */
export type OfSettings = "refused" | "ignored"

const PROTOCOL_3 = 196_608
const KEPT = new Set(["user", "database", "application_name", "client_encoding"])

const message = (type: string, ...parts: ReadonlyArray<Buffer>): Buffer => {
  const body = Buffer.concat(parts)
  const head = Buffer.alloc(5)
  head.write(type)
  head.writeInt32BE(body.length + 4, 1)
  return Buffer.concat([head, body])
}

const startup = (parameters: Readonly<Record<string, string>>): Buffer => {
  const texts = Object.entries(parameters).flatMap(([name, value]) => [name, value])
  const body = Buffer.from(`${[...texts, ""].join("\0")}\0`)
  const head = Buffer.alloc(8)
  head.writeInt32BE(body.length + 8)
  head.writeInt32BE(PROTOCOL_3, 4)
  return Buffer.concat([head, body])
}

const refusal = message("E", Buffer.from("SFATAL\0C08P01\0Munsupported startup parameter\0\0"))
const welcome = Buffer.concat([
  message("R", Buffer.alloc(4)),
  message("K", Buffer.alloc(8)),
  message("Z", Buffer.from("I")),
])

/** Looks through what the server sends for where it says that no transaction is open. */
class Messages {
  private rest = Buffer.alloc(0)
  /** Whether a transaction ended in this chunk. */
  endIn(chunk: Buffer): boolean {
    let ended = false
    this.rest = Buffer.concat([this.rest, chunk])
    while (this.rest.length >= 5) {
      const length = 1 + this.rest.readInt32BE(1)
      if (this.rest.length < length) break
      ended = this.rest.toString("latin1", 0, 1) === "Z" && this.rest.toString("latin1", 5, 6) === "I"
      this.rest = this.rest.subarray(length)
    }
    return ended
  }
}

interface Session {
  readonly socket: Socket
  client: Client | undefined
}

interface Client {
  readonly socket: Socket
  /** What it said while no session was free. */
  unsaid: Array<Buffer>
}

export class TransactionPooler {
  private readonly server: Server = createServer((socket) => this.welcome(socket))
  private readonly sockets = new Set<Socket>()
  private readonly sessions = new Set<Session>()
  private readonly waiting = new Set<Client>()
  private readonly target: string
  private readonly size: number
  private readonly ofSettings: OfSettings
  private parameters: Readonly<Record<string, string>> = {}
  constructor(target: string, size: number, ofSettings: OfSettings) {
    this.target = target
    this.size = size
    this.ofSettings = ofSettings
  }

  async open(user: string, database: string): Promise<number> {
    this.parameters = { user, database }
    for (let index = 0; index < this.size; index++) this.connect()
    this.server.listen(0, "127.0.0.1")
    await once(this.server, "listening")
    const { port } = this.server.address() as AddressInfo
    return port
  }

  async close(): Promise<void> {
    this.parameters = {}
    for (const socket of this.sockets) socket.destroy()
    this.server.close()
    await once(this.server, "close")
  }

  private held(socket: Socket): Socket {
    this.sockets.add(socket)
    socket.on("error", () => {})
    return socket.on("close", () => this.sockets.delete(socket))
  }

  private connect(): void {
    const session: Session = { socket: this.held(connect(this.target)), client: undefined }
    const messages = new Messages()
    session.socket.on("data", (chunk: Buffer) => {
      session.client?.socket.write(chunk)
      if (!messages.endIn(chunk)) return
      session.client = undefined
      this.sessions.add(session)
      const [next] = this.waiting
      if (next !== undefined) this.give(session, next)
    })
    session.socket.write(startup(this.parameters))
  }

  private give(session: Session, client: Client): void {
    this.waiting.delete(client)
    session.client = client
    for (const chunk of client.unsaid.splice(0)) session.socket.write(chunk)
  }

  private sessionOf(client: Client | undefined): Session | undefined {
    return [...this.sessions].find((session) => session.client === client)
  }

  private welcome(socket: Socket): void {
    this.held(socket).once("data", (chunk: Buffer) => {
      // Anything else is to cancel what runs: nobody has to be heard.
      if (chunk.readInt32BE(4) !== PROTOCOL_3) return void socket.destroy()
      const names = chunk
        .toString("utf8", 8)
        .split("\0")
        .filter((name, index) => index % 2 === 0 && name !== "")
      if (this.ofSettings === "refused" && names.some((name) => !KEPT.has(name)))
        return void socket.end(refusal)
      const client: Client = { socket, unsaid: [] }
      socket.write(welcome)
      socket.on("data", (said: Buffer) => this.passOn(client, said))
      socket.on("close", () => this.leave(client))
    })
  }

  private passOn(client: Client, said: Buffer): void {
    // Who says goodbye leaves the session to the others.
    if (said.toString("latin1", 0, 1) === "X") return
    const own = this.sessionOf(client)
    if (own !== undefined) return void own.socket.write(said)
    client.unsaid.push(said)
    const free = this.waiting.has(client) ? undefined : this.sessionOf(undefined)
    if (free === undefined) this.waiting.add(client)
    else this.give(free, client)
  }

  // What a client leaves open is undone with its session.
  private leave(client: Client): void {
    this.waiting.delete(client)
    const own = this.sessionOf(client)
    if (own === undefined) return
    this.sessions.delete(own)
    own.socket.destroy()
    if ("user" in this.parameters) this.connect()
  }
}
