/**
 * Restate in this process, as far as followup uses it: objects that do one thing at a time, journals, timers on a clock
 * of the test's, and processes that are cut off between any two steps. What is replayed must ask for the same steps
 * again. Which of those that could go on goes on next is drawn by lot.
 */

import { TerminalError } from "@restatedev/restate-sdk"
import * as Effect from "effect/Effect"
import { badInput, FollowUpsError } from "../../src/ports/error.ts"
import { UNDECIDED } from "../../src/restate/contract.ts"
import type { OnRestate } from "../../src/restate/index.ts"
import type { Ingress } from "../../src/restate/ingress.ts"

interface Serde {
  serialize(value: unknown): Uint8Array
  deserialize(bytes: Uint8Array): unknown
}
interface Descriptor {
  readonly _inputSerde?: Serde
  readonly _outputSerde?: Serde
  readonly _shared?: boolean
}
interface Contract {
  readonly name: string
  readonly _handlers: Readonly<Record<string, Descriptor>>
}
type Handler = (ctx: unknown, input: unknown) => Promise<unknown>
interface Definition extends Contract {
  readonly object?: Readonly<Record<string, Handler>>
  readonly service?: Readonly<Record<string, Handler>>
}
interface SendOptions {
  getOpts(): { readonly delay?: number }
}

const json: Serde = {
  serialize: (value) => new TextEncoder().encode(value === undefined ? "" : JSON.stringify(value)),
  deserialize: (bytes) => (bytes.length === 0 ? undefined : JSON.parse(new TextDecoder().decode(bytes))),
}

/** One step that was journaled: what was asked for, and what it comes to once that is known. */
interface Entry {
  readonly asked: string
  value?: Promise<unknown>
}

interface Invocation {
  readonly service: string
  readonly key: string
  readonly handler: string
  readonly input: Uint8Array
  readonly journal: Entry[]
  readonly outcome: PromiseWithResolvers<unknown>
  attempts: number
}

/** What the test decides. `cut`: whether the process that runs an invocation dies before, or after, a step of this kind. */
export interface FakeOptions {
  readonly startMs?: number
  readonly draw?: () => number
  readonly cut?: (step: string, when: "before" | "after") => boolean
  /** Hears what is written into the log. */
  readonly warn?: (...said: ReadonlyArray<unknown>) => void
}

/** An invocation that failed so often is one that would be tried for ever. */
const FOR_EVER = 20

/** Restate over services, of which there may be several processes. */
export class FakeRestate {
  nowMs: number
  /** What a replay asked for in place of what was journaled. */
  readonly mismatches: string[] = []
  /** Invocations that are tried for ever, with what they throw. */
  readonly stuck: Array<{ readonly target: string; readonly error: unknown }> = []
  cuts = 0
  private readonly processes: ReadonlyArray<ReadonlyMap<string, Definition>>
  private readonly state = new Map<string, Map<string, string>>()
  private readonly busy = new Map<string, Invocation[]>()
  private readonly timers: Array<{
    readonly atMs: number
    readonly target: string
    readonly fire: () => void
  }> = []
  private readonly ready: Array<() => void> = []
  private readonly draw: () => number
  private readonly cut: NonNullable<FakeOptions["cut"]>
  private readonly warn: NonNullable<FakeOptions["warn"]>

  constructor(processes: ReadonlyArray<OnRestate>, { startMs = 0, draw, cut, warn }: FakeOptions = {}) {
    this.processes = processes.map(
      ({ services }) =>
        new Map((services as unknown as ReadonlyArray<Definition>).map((one) => [one.name, one])),
    )
    this.nowMs = startMs
    this.draw = draw ?? (() => 0)
    this.cut = cut ?? (() => false)
    this.warn = warn ?? (() => {})
  }

  /** Calls as a host makes them. */
  readonly ingress = ((call) =>
    Effect.tryPromise({
      try: async () => {
        const body = new TextEncoder().encode(call.body === undefined ? "" : JSON.stringify(call.body))
        const answer = await this.invoke(call.object.name, call.key, call.handler, body)
        // What is undefined goes over the wire as nothing.
        return answer === undefined ? undefined : JSON.parse(JSON.stringify(answer))
      },
      catch: (error) =>
        error instanceof TerminalError && error.code === 400
          ? badInput(`${call.call}: ${error.message}`)
          : new FollowUpsError({
              reason: error instanceof TerminalError && error.code === UNDECIDED ? "undecided" : "store",
              message: `${call.call}: ${error instanceof Error ? error.message : String(error)}`,
              cause: error,
            }),
    })) as Ingress

  /** Lets everything happen that happens now, timers apart. */
  async settle(): Promise<void> {
    for (let quiet = 0; quiet < 4; ) {
      await new Promise((resolve) => setImmediate(resolve))
      const [next] = this.ready.splice(Math.floor(this.draw() * this.ready.length), 1)
      quiet = next === undefined ? quiet + 1 : 0
      next?.()
    }
  }

  /** The next timers, the earliest first. */
  get due(): ReadonlyArray<{ readonly atMs: number; readonly target: string }> {
    return this.timers.toSorted((a, b) => a.atMs - b.atMs)
  }

  /** Fires one timer. */
  fire(timer: { readonly atMs: number }): void {
    const index = this.timers.findIndex((one) => one === timer)
    const [found] = this.timers.splice(index, 1)
    this.nowMs = Math.max(this.nowMs, timer.atMs)
    found?.fire()
  }

  /** Goes on to an instant, firing what is due on the way. */
  async until(atMs: number): Promise<void> {
    await this.settle()
    for (let next = this.due[0]; next !== undefined && next.atMs <= atMs; next = this.due[0]) {
      this.fire(next)
      await this.settle()
    }
    this.nowMs = Math.max(this.nowMs, atMs)
  }

  /** Everything that is kept, as text. */
  get kept(): ReadonlyMap<string, Map<string, string>> {
    return this.state
  }

  /** Goes on with what another one keeps, as services do that replace others. */
  takeOver({ kept }: FakeRestate): void {
    for (const [object, state] of kept) this.state.set(object, new Map(state))
  }

  /** Starts an invocation with the bytes that somebody posted. */
  invoke(service: string, key: string, handler: string, input: Uint8Array): Promise<unknown> {
    const outcome = Promise.withResolvers<unknown>()
    outcome.promise.catch(() => {})
    const invocation = { service, key, handler, input, journal: [], outcome, attempts: 0 }
    const queue = this.queueOf(invocation)
    queue?.push(invocation)
    if (queue === undefined || queue.length === 1) this.run(invocation)
    return outcome.promise
  }

  private definition(service: string): Definition {
    const of = this.processes[Math.floor(this.draw() * this.processes.length)]?.get(service)
    if (of === undefined) throw new Error(`${service} is not registered`)
    return of
  }

  private queueOf({ service, key, handler }: Invocation): Invocation[] | undefined {
    const definition = this.definition(service)
    if (definition.object === undefined || definition._handlers[handler]?._shared === true) return undefined
    const name = `${service}/${key}`
    const queue = this.busy.get(name) ?? []
    this.busy.set(name, queue)
    return queue
  }

  private run(invocation: Invocation): void {
    const { service, handler, input } = invocation
    const definition = this.definition(service)
    const run = (definition.object ?? definition.service)?.[handler]
    const { _inputSerde: inputs = json, _outputSerde: outputs = json } = definition._handlers[handler] ?? {}
    const attempt = ++invocation.attempts
    const isCurrent = () => invocation.attempts === attempt
    const work = async () => {
      if (run === undefined) throw new TerminalError(`${service}/${handler} is not there`)
      let given: unknown
      try {
        given = inputs.deserialize(input)
      } catch (error) {
        throw new TerminalError(`Failed to deserialize input: ${(error as Error).message}`, {
          errorCode: 400,
        })
      }
      return json.deserialize(outputs.serialize(await run(this.context(invocation, isCurrent), given)))
    }
    this.ready.push(() => {
      if (!isCurrent()) return
      work().then(
        (value) => isCurrent() && this.end(invocation, () => invocation.outcome.resolve(value)),
        (error) => isCurrent() && this.failed(invocation, error),
      )
    })
  }

  private failed(invocation: Invocation, error: unknown): void {
    if (error instanceof TerminalError) return this.end(invocation, () => invocation.outcome.reject(error))
    if (invocation.attempts < FOR_EVER + this.cuts) return this.run(invocation)
    this.stuck.push({ target: `${invocation.service}/${invocation.handler}`, error })
    invocation.outcome.reject(error)
  }

  private end(invocation: Invocation, tell: () => void): void {
    invocation.attempts = Infinity
    tell()
    const queue = this.queueOf(invocation)
    queue?.shift()
    if (queue?.[0] !== undefined) this.run(queue[0])
  }

  private context(invocation: Invocation, isCurrent: () => boolean) {
    const { service, key, journal } = invocation
    const never = new Promise<never>(() => {})
    let index = 0
    const mine = () => {
      const name = `${service}/${key}`
      const state = this.state.get(name) ?? new Map<string, string>()
      this.state.set(name, state)
      return state
    }
    const dies = (): boolean => {
      this.cuts++
      this.run(invocation)
      return true
    }
    // One step: journaled once, then the same however often it is replayed.
    const step = (asked: string, take: (entry: Entry) => Promise<unknown> | undefined): Promise<unknown> => {
      if (!isCurrent()) return never
      const at = index++
      const known = journal[at]
      if (known !== undefined && known.asked !== asked) this.mismatches.push(`${known.asked} | ${asked}`)
      const kind = asked.split(" ", 1)[0] ?? ""
      if (known === undefined && this.cut(kind, "before") && dies()) return never
      const entry: Entry = known ?? { asked }
      if (known === undefined) journal.push(entry)
      const value = Promise.resolve(entry.value ?? take(entry))
      value.catch(() => {})
      if (known === undefined && this.cut(kind, "after") && dies()) return never
      return new Promise((resolve, reject) => {
        const goOn = (then: () => void) => this.ready.push(() => isCurrent() && then())
        value.then(
          (come) => goOn(() => resolve(come)),
          (error) => goOn(() => reject(error)),
        )
      })
    }
    const done = (entry: Entry, value: Promise<unknown>): Promise<unknown> => {
      value.catch(() => {})
      entry.value = value
      return value
    }
    const called = (contract: Contract, of: string, handler: string, parameter: unknown) => {
      const bytes = (contract._handlers[handler]?._inputSerde ?? json).serialize(parameter)
      const asked = `${contract.name}/${of}/${handler} ${new TextDecoder().decode(bytes)}`
      return { asked, start: () => this.invoke(contract.name, of, handler, bytes) }
    }
    const proxy = (call: (handler: string, ...args: ReadonlyArray<unknown>) => unknown): unknown =>
      new Proxy(
        {},
        {
          get:
            (_, name) =>
            (...args: unknown[]) =>
              call(String(name), ...args),
        },
      )
    return {
      key,
      console: { warn: this.warn },
      get: (name: string) =>
        step(`get ${name}`, (entry) => {
          const text = mine().get(name)
          return done(entry, Promise.resolve(text === undefined ? null : JSON.parse(text)))
        }),
      set: (name: string, value: unknown) => {
        const text = JSON.stringify(value)
        void step(`set ${name} ${text}`, (entry) => done(entry, Promise.resolve(mine().set(name, text))))
      },
      clear: (name: string) =>
        void step(`clear ${name}`, (entry) => done(entry, Promise.resolve(mine().delete(name)))),
      clearAll: () => void step("clearAll", (entry) => done(entry, Promise.resolve(mine().clear()))),
      run: (name: string, work: () => unknown) =>
        step(`run-${name}`, (entry) =>
          // What it came to is lost with the process that did it.
          (async () => json.deserialize(json.serialize(await work())))().then((value) => {
            if (isCurrent()) entry.value = Promise.resolve(value)
            return value
          }),
        ),
      sleep: (ms: number) =>
        step("sleep", (entry) =>
          done(entry, new Promise<void>((fire) => this.wait(`${service}/${key}`, ms, fire))),
        ),
      client: (contract: Contract, of: string) =>
        proxy((handler, parameter) => {
          const { asked, start } = called(contract, of, handler, parameter)
          return step(`call ${asked}`, (entry) => done(entry, start()))
        }),
      sendClient: (contract: Contract, of?: string) =>
        proxy((handler, ...args) => {
          const options = args.find((one) => typeof (one as SendOptions)?.getOpts === "function")
          const { delay = 0 } = (options as SendOptions | undefined)?.getOpts() ?? {}
          const parameter = args[0] === options ? undefined : args[0]
          const { asked, start } = called(contract, of ?? "", handler, parameter)
          void step(`tell ${asked}`, (entry) => {
            if (delay > 0) this.wait(`${contract.name}/${of}/${handler}`, delay, () => void start())
            else void start()
            return done(entry, Promise.resolve())
          })
        }),
    }
  }

  private wait(target: string, ms: number, fire: () => void): void {
    this.timers.push({ atMs: this.nowMs + ms, target, fire })
  }
}
