import { describe, expect, it } from "vitest"
import { openLedger } from "../../../src/core/billing/ledger.ts"
import type { MessageRecorded } from "../../../src/core/customer/event.ts"
import { initialState } from "../../../src/core/customer/state.ts"
import { emit, type Turn } from "../../../src/core/customer/turn.ts"
import { defaultPolicy } from "../../../src/core/policy.ts"
import { acme, korean } from "./world.ts"

const wroteIn = (chatId: string): MessageRecorded => ({
  _tag: "MessageRecorded",
  atMs: 0,
  rule: "R1",
  chatId,
  messageId: "m1",
  from: "customer",
  purpose: "chat",
  reply: null,
  dueMs: null,
})

describe("a decision in the making", () => {
  it("R1: copies the state for its first event only, however many chats of a customer it is about", () => {
    const ledger = openLedger(acme.plan, 0)
    const context = { nowMs: 0, customerId: "cust-1", channel: acme, contact: korean, ledger }
    const turn: Turn = { policy: defaultPolicy, context, nowMs: 0, state: initialState, ledger, events: [] }
    emit(turn, wroteIn("c1"))
    const { sessions, chats, followUps } = turn.state
    for (let chat = 2; chat <= 9; chat++) emit(turn, wroteIn(`c${chat}`))
    expect(turn.state.sessions).toBe(sessions)
    expect(turn.state.chats).toBe(chats)
    expect(turn.state.followUps).toBe(followUps)
    expect(Object.keys(chats)).toHaveLength(9)
    expect(initialState.chats).toEqual({})
  })
})
