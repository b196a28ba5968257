/** A host's clock that stands still until a test moves it. */
import type { HostClock } from "../../src/engine/index.ts"

interface Sleeper {
  readonly untilMs: number
  readonly wake: () => void
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve))

/** Turns of the event loop that the engine gets at each instant to come to rest. */
const TURNS = 60

export class ManualClock implements HostClock {
  nowMs = Date.UTC(2026, 0, 5, 9)
  private sleepers: ReadonlyArray<Sleeper> = []

  now(): number {
    return this.nowMs
  }

  sleep(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const sleeper = { untilMs: this.nowMs + ms, wake: resolve }
      this.sleepers = [...this.sleepers, sleeper]
      signal.addEventListener("abort", () => {
        this.sleepers = this.sleepers.filter((other) => other !== sleeper)
        resolve()
      })
    })
  }

  /** Sets the clock on or back; who sleeps goes on sleeping for as long as they meant to. */
  set(byMs: number): void {
    this.nowMs += byMs
    this.sleepers = this.sleepers.map(({ untilMs, wake }) => ({ untilMs: untilMs + byMs, wake }))
  }

  async settle(): Promise<void> {
    for (let turns = 0; turns < TURNS; turns++) await turn()
  }

  /** Lets so much time pass, stopping wherever somebody sleeps until. */
  async pass(ms: number): Promise<void> {
    const targetMs = this.nowMs + ms
    await this.settle()
    for (;;) {
      const nextMs = Math.min(...this.sleepers.map(({ untilMs }) => untilMs), targetMs)
      this.nowMs = Math.max(this.nowMs, nextMs)
      const due = this.sleepers.filter(({ untilMs }) => untilMs <= this.nowMs)
      this.sleepers = this.sleepers.filter(({ untilMs }) => untilMs > this.nowMs)
      for (const { wake } of due) wake()
      await this.settle()
      if (this.nowMs >= targetMs && due.length === 0) return
    }
  }
}
