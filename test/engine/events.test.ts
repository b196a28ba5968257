import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { describe, expect, test } from "vitest"
import { defaultPolicy } from "../../src/core/policy.ts"
import { askedCalls } from "../../src/engine/asked.ts"
import type { Engine } from "../../src/engine/engine.ts"
import { storeFailed } from "../../src/engine/error.ts"
import { FollowUps, Store, type StoredEvent, type StoreShape } from "../../src/engine/index.ts"
import { makeSignal } from "../../src/engine/signal.ts"
import { drivers } from "./engine-world.ts"
import { acme, openStory, whose } from "./story.ts"
import { openTwo } from "./two-processes.ts"

describe.each(drivers)("events of the engine over %s", (_, makeStore) => {
  const open = async () => {
    const story = await openStory({ store: makeStore() })
    await story.asks(0)
    const watch = (options?: { readonly after: number }, pause: Effect.Effect<void> = Effect.void) => {
      const seen: Array<number> = []
      const watched = story.world
        .run(
          FollowUps.use((engine) =>
            engine
              .events(options)
              .pipe(
                Stream.runForEach(({ seq }) => Effect.sync(() => seen.push(seq)).pipe(Effect.andThen(pause))),
              ),
          ),
        )
        .then(() => "ended")
      return { seen, watched }
    }
    const seqs = () =>
      story.world
        .store((store) => store.eventsAfter(0, 10_000))
        .then((events) => events.map(({ seq }) => seq))
    return { story, watch, seqs }
  }

  test("R20: from now on: what was before is left out, what comes is told as it is committed", async () => {
    const { story, watch, seqs } = await open()
    const before = (await seqs()).length
    const { seen } = watch()
    await story.world.settle()
    expect(seen).toEqual([])
    await story.replies(1_000)
    expect(seen).toEqual((await seqs()).slice(before))
    await story.world.at(40_000)
    expect(seen).toEqual((await seqs()).slice(before))
    expect(seen.length).toBeGreaterThan(5)
  })

  test("R20: after an event: everything since, over many pages, each once and in order", async () => {
    const { story, watch, seqs } = await open()
    for (let index = 0; index < 150; index++) await story.asks(0, `q${index}`)
    const { seen } = watch({ after: 3 })
    await story.world.settle()
    await story.asks(0, "last")
    expect(seen).toEqual((await seqs()).filter((seq) => seq > 3))
    expect(seen.length).toBeGreaterThan(100)
  })

  test.each([Number.NaN, 1.5, Number.POSITIVE_INFINITY, null, "seq 3"])(
    "R20: after %s, which is no event's number, is refused and not followed from elsewhere",
    async (after) => {
      const { story } = await open()
      const error = await story.world.refusal((engine) =>
        // @ts-expect-error: a host without types
        Stream.runDrain(engine.events({ after })),
      )
      expect(error.reason).toBe("bad-input")
      expect(error.issues?.map(({ path }) => path)).toContain("after")
    },
  )

  test("R20: a slow one misses nothing, and holds up nobody", async () => {
    const { story, watch, seqs } = await open()
    const fast = watch({ after: 0 })
    const slow = watch({ after: 0 }, Effect.sleep(1_000))
    await story.world.settle()
    for (let index = 0; index < 20; index++) await story.asks(0, `q${index}`)
    expect(fast.seen).toEqual(await seqs())
    expect(slow.seen.length).toBeLessThan(3)
    for (let ms = 1_000; ms <= 60_000; ms += 1_000) await story.world.jump(story.world.nowMs + 1_000)
    expect(slow.seen).toEqual(await seqs())
  })

  test("R20: one that is committed while a page is read is told at once", async () => {
    let until = Promise.resolve()
    const late = Layer.effect(Store)(
      Store.useSync(
        (store): StoreShape => ({
          ...store,
          eventsAfter: (...args) => Effect.tap(store.eventsAfter(...args), () => Effect.promise(() => until)),
        }),
      ),
    )
    const { world } = await openStory({ store: late.pipe(Layer.provide(makeStore())) })
    const { promise, resolve } = Promise.withResolvers<void>()
    until = promise
    const first = world.run(FollowUps.use((engine) => Stream.runHead(engine.events())))
    await world.settle()
    await world.call((engine) => engine.presence({ ...whose, sessionId: "tab-1", signal: "active" }))
    resolve()
    expect(Option.isSome(await first)).toBe(true)
  })

  test("R20: those of another process are told at the next poll", async () => {
    const { one, other } = await openTwo({ store: makeStore() })
    const seen: Array<string> = []
    const told = ({ event }: StoredEvent) => Effect.sync(() => seen.push(event._tag))
    void other.run(FollowUps.use((engine) => Stream.runForEach(engine.events(), told)))
    await other.settle()
    await one.call((engine) => engine.channel(acme))
    await one.call((engine) => engine.presence({ ...whose, sessionId: "tab-1", signal: "active" }))
    expect(seen).toEqual([])
    await other.jump(other.nowMs + 1_000)
    expect(seen).toHaveLength(1)
  })

  test("R20: they end when the engine closes", async () => {
    const { story, watch } = await open()
    const { watched } = watch()
    await story.world.settle()
    const closed = story.world.close()
    await story.world.settle()
    expect(await watched).toBe("ended")
    await closed
  })
})

test("R20: who follows listens once at a time, however many pages there are", async () => {
  const signal = makeSignal(1_000)
  let listening = 0
  const engine: Engine = {
    submit: () => Effect.never,
    quarantined: () => [],
    ask: Effect.mapError(storeFailed),
    nudge: signal.nudge,
    listen: Effect.andThen(
      Effect.sync(() => {
        listening++
      }),
      signal.listen,
    ),
  }
  const story = await openStory()
  for (let index = 0; index < 250; index++) await story.asks(0, `q${index}`)
  await story.world.store((store) =>
    askedCalls(engine, store, defaultPolicy)
      .events({ after: 0 })
      .pipe(Stream.take(250), Stream.runDrain, Effect.orDie),
  )
  expect(listening).toBe(1)
})
