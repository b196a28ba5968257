/**
 * A store whose calls are measured.
 * @since 0.1.0
 */
import type * as Effect from "effect/Effect"
import type { StoreError, StoreShape } from "../ports/store.ts"
import { watchStoreCall } from "./observer.ts"

/** The same store, with each call's time and failure on record. Total. @since 0.1.0 */
export const watchedStore = (store: StoreShape): StoreShape => {
  const over =
    <Args extends ReadonlyArray<unknown>, A>(
      name: keyof StoreShape,
      call: (...args: Args) => Effect.Effect<A, StoreError>,
    ) =>
    (...args: Args): Effect.Effect<A, StoreError> =>
      watchStoreCall(name, call(...args))
  return {
    transact: (keys, work, leases) => watchStoreCall("transact", store.transact(keys, work, leases)),
    changeChannel: over("changeChannel", store.changeChannel),
    putCustomer: over("putCustomer", store.putCustomer),
    optOut: over("optOut", store.optOut),
    resumeLink: over("resumeLink", store.resumeLink),
    revokeLinks: over("revokeLinks", store.revokeLinks),
    forget: over("forget", store.forget),
    prune: over("prune", store.prune),
    due: over("due", store.due),
    claim: over("claim", store.claim),
    assign: over("assign", store.assign),
    postpone: over("postpone", store.postpone),
    nextInstant: over("nextInstant", store.nextInstant),
    channel: over("channel", store.channel),
    history: over("history", store.history),
    log: over("log", store.log),
    usage: over("usage", store.usage),
    claimNotices: over("claimNotices", store.claimNotices),
    releaseNotice: over("releaseNotice", store.releaseNotice),
    notices: over("notices", store.notices),
    eventsAfter: over("eventsAfter", store.eventsAfter),
    lastSeq: watchStoreCall("lastSeq", store.lastSeq),
  }
}
