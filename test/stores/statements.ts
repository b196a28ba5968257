/** The statements that a store's calls are made of: for tests of what is asked, how often, and by which plan. */
import * as Effect from "effect/Effect"
import { CurrentTransformer, type Statement } from "effect/sql/Statement"

/** A statement as the database gets it. */
export interface Asked {
  readonly text: string
  readonly params: ReadonlyArray<unknown>
}

/** The statements of a call, in their order; those that begin and end transactions are not among them. */
export const statementsOf = <A, E>(call: Effect.Effect<A, E>): Effect.Effect<ReadonlyArray<Asked>, E> =>
  Effect.suspend(() => {
    const asked: Array<Asked> = []
    const hear = (statement: Statement<unknown>) =>
      Effect.sync(() => {
        const [text, params] = statement.compile()
        asked.push({ text, params })
        return statement
      })
    return call.pipe(Effect.provideService(CurrentTransformer, hear), Effect.as(asked))
  })
