import { setImmediate } from "node:timers/promises"
import { FollowUps, type Transport, type Via } from "followup/engine"
import { memory } from "followup/stores/memory"

// #region clock
const testClock = (nowMs: number) => {
  const sleepers = new Set<{ readonly untilMs: number; readonly wake: () => void }>()
  const rest = async () => {
    for (let turns = 0; turns < 100; turns++) await setImmediate()
  }
  return {
    now: () => nowMs,
    sleep: (ms: number, signal: AbortSignal) =>
      new Promise<void>((resolve) => {
        const wake = () => {
          sleepers.delete(sleeper)
          resolve()
        }
        const sleeper = { untilMs: nowMs + ms, wake }
        sleepers.add(sleeper)
        signal.addEventListener("abort", wake)
      }),
    /** Lets so much time pass, stopping wherever somebody sleeps until. */
    pass: async (ms: number) => {
      const targetMs = nowMs + ms
      for (;;) {
        await rest()
        const nextMs = Math.min(...[...sleepers].map(({ untilMs }) => untilMs))
        nowMs = Math.max(nowMs, Math.min(nextMs, targetMs))
        if (nextMs > targetMs) return
        for (const { untilMs, wake } of sleepers) if (untilMs <= nowMs) wake()
      }
    },
  }
}
// #endregion

// #region host
const clock = testClock(Date.UTC(2026, 0, 5, 9))
const fake = <V extends Via>(via: V): Transport<unknown> & { readonly via: V } => ({
  name: "fake",
  via,
  receipts: "app",
  idempotency: "none",
  send: async () => {
    console.log(new Date(clock.now()).toISOString(), via)
    return { _tag: "Accepted" }
  },
})
const transports = [fake("push"), fake("xms")]
const followUps = await FollowUps.open({ store: memory(), transports, clock })
await followUps.channel({ id: "acme", country: "KR", plan: { kind: "free" }, integrations: { push: true } })
await followUps.customer({ channelId: "acme", id: "mina", phone: "010-1234-5678", pushTokens: ["t1"] })
const mina = { channelId: "acme", customerId: "mina" }
await followUps.presence({ ...mina, sessionId: "tab-1", signal: "active" })
await followUps.message({ ...mina, chatId: "c1", messageId: "m1", from: "customer", text: "Is it in stock?" })
await clock.pass(60_000)
await followUps.message({ ...mina, chatId: "c1", messageId: "m2", from: "manager", text: "It is." })
await clock.pass(600_000)
// #endregion
await followUps.close()
