/**
 * The store contract on what customers do with the links that they are sent: resume links, opt-outs. Rules R12, R15.
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import { initialState } from "../../core/customer/state.ts"
import { noChanges, type ResumeLink, type StoreShape } from "../../ports/store.ts"
import { same } from "../contract-case.ts"
import { type Cases, customerDue, excluded, keyOf, markOf, signalled, write } from "./fixture.ts"

const [one, two] = [keyOf("cust-1"), keyOf("cust-2")]

const linkTo = (name: string, key = one, chatId = "c1", expiresAtMs = 1_000): ResumeLink => ({
  name,
  key,
  chatId,
  expiresAtMs,
})

const revokedAt = (store: StoreShape, ...names: ReadonlyArray<string>) =>
  Effect.forEach(names, (name) =>
    store.resumeLink(name).pipe(Effect.map((link) => (link === undefined ? "none" : link.revokedAtMs))),
  )

const optedOut = (store: StoreShape, key = one) =>
  store.transact([key], (loaded) => ({
    changes: noChanges,
    value: loaded.customer(key)?.input?.optedOut?.toSorted(),
  }))

/** The cases on links and opt-outs. @since 0.1.0 */
export const linkCases: Cases = {
  "R12: resumeLink: what was written, and nothing for another name": (store) =>
    Effect.gen(function* () {
      const strange = linkTo("n'2", keyOf('cust "2"', "채널"), "c/2", 253_402_300_799_999)
      yield* write(store, { links: [linkTo("n1"), strange] })
      same("the first", yield* store.resumeLink("n1"), { ...linkTo("n1"), revokedAtMs: null })
      same("the second", yield* store.resumeLink("n'2"), { ...strange, revokedAtMs: null })
      same("another", yield* store.resumeLink("n3"), undefined)
    }),
  "R12: revokeLinks: those of a chat, or all of a customer, and nobody else's": (store) =>
    Effect.gen(function* () {
      const links = [linkTo("n1"), linkTo("n2"), linkTo("n3", one, "c2"), linkTo("n4", two)]
      yield* write(store, { links: [...links, linkTo("n5", keyOf("cust-1", "other"))] })
      yield* store.revokeLinks(one, "c1", 7)
      same("of the chat", yield* revokedAt(store, "n1", "n2", "n3", "n4", "n5"), [7, 7, null, null, null])
      yield* store.revokeLinks(one, undefined, 9)
      same("of them all", yield* revokedAt(store, "n1", "n2", "n3", "n4", "n5"), [7, 7, 9, null, null])
      yield* write(store, { links: [linkTo("n1")] })
      same("written again", yield* revokedAt(store, "n1"), [7])
    }),
  "R20: forget: resume links and opt-outs go as well, and nobody else's": (store) =>
    Effect.gen(function* () {
      yield* write(store, { links: [linkTo("n1"), linkTo("n2", two)] })
      yield* store.optOut(one, "email")
      yield* store.optOut(two, "email")
      yield* store.forget(one, () => ({ kept: [], changes: noChanges }))
      same("the links", yield* revokedAt(store, "n1", "n2"), ["none", null])
      yield* store.putCustomer(one, { id: "cust-1" })
      yield* store.putCustomer(two, { id: "cust-2" })
      same("of who was forgotten", yield* optedOut(store), undefined)
      same("of another", yield* optedOut(store, two), ["email"])
    }),
  "R20: prune: links that ended before, after what else is old": (store) =>
    Effect.gen(function* () {
      yield* write(store, {
        events: [
          { key: one, event: signalled(3) },
          { key: one, event: excluded("m1", 10) },
        ],
        links: [linkTo("n1", one, "c1", 8), linkTo("n2", one, "c1", 9), linkTo("n3", one, "c1", 10)],
      })
      same("up to the limit", yield* store.prune(10, 2), 2)
      same("the rest of what is older", yield* store.prune(10, 2), 1)
      same("nothing more: the boundary stays", yield* store.prune(10, 2), 0)
      same("the links", yield* revokedAt(store, "n1", "n2", "n3"), ["none", "none", null])
      same("the history", yield* store.history(one), [excluded("m1", 10)])
    }),
  "R15: optOut: joins what the host says, and holds when contacts come again": (store) =>
    Effect.gen(function* () {
      yield* store.putCustomer(one, { id: "cust-1", optedOut: ["sns"] })
      yield* store.optOut(one, "email")
      yield* store.optOut(one, "email")
      yield* store.optOut(one, "text")
      same("joined", yield* optedOut(store), ["email", "sns", "text"])
      yield* store.putCustomer(one, { id: "cust-1", email: "cust-1@example.com" })
      same("contacts came again", yield* optedOut(store), ["email", "text"])
      same("nobody else", yield* optedOut(store, two), undefined)
    }),
  "R15: optOut: holds across transactions, leaves the state, and ends when the host says so": (store) =>
    Effect.gen(function* () {
      yield* write(store, { customers: [customerDue("cust-1", 10, 7)] })
      yield* store.putCustomer(one, { id: "cust-1" })
      yield* store.optOut(one, "email")
      yield* store.transact([one], (loaded) => {
        const record = loaded.customer(one)
        const customers =
          record === undefined ? [] : [{ key: one, record: { ...record, input: record.input }, dueAtMs: 10 }]
        return { changes: { ...noChanges, customers }, value: undefined }
      })
      same("after a transaction", yield* optedOut(store), ["email"])
      const mark = yield* store.transact([one], (loaded) => ({
        changes: noChanges,
        value: markOf(loaded.customer(one)?.state),
      }))
      same("the state", mark, 7)
      same("what is due", yield* store.due(10, 10), [one])
      yield* store.putCustomer(one, { id: "cust-1", optedOut: [] })
      same("the host said so", yield* optedOut(store), [])
      yield* store.putCustomer(one, { id: "cust-1" })
      same("and it stays so", yield* optedOut(store), undefined)
    }),
  "R15: optOut: of a stranger waits for their contacts; of two at once none is lost": (store) =>
    Effect.gen(function* () {
      yield* Effect.all([store.optOut(one, "email"), store.optOut(one, "push")], { concurrency: 2 })
      const known = yield* store.transact([one], (loaded) => ({
        changes: noChanges,
        value: loaded.customer(one),
      }))
      same("who opted out is known, without contacts", known, { input: undefined, state: initialState })
      yield* store.putCustomer(one, { id: "cust-1" })
      same("of a stranger", yield* optedOut(store), ["email", "push"])
      same("nothing is due", yield* store.nextInstant(-1), null)
    }),
}
