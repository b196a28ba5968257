import { expect, test } from "vitest"
import { makeLeases } from "../../src/engine/leases.ts"
import { claimed } from "../sending/claimed.ts"

const claimedAt = (deliveryId: string, attempt: number) => claimed([], { deliveryId, attempt })

test("R9: what is on its way stays with its send when it is claimed again, which makes its lease longer", () => {
  const leases = makeLeases()
  const held = leases.hold(claimedAt("d1", 1), 100)
  expect(leases.keeps(claimedAt("d2", 2), 200)).toBe(false)
  expect(held.untilMs).toBe(100)
  expect([leases.keeps(claimedAt("d1", 2), 200), held.untilMs]).toEqual([true, 200])
  expect([leases.keeps(claimedAt("d1", 3), 300), held.untilMs]).toEqual([true, 300])
  held.letGo()
  expect([leases.keeps(claimedAt("d1", 4), 400), held.untilMs]).toEqual([false, 300])
})

test("R9: what another process had in between may have been sent by that one, and does not stay", () => {
  const leases = makeLeases()
  const held = leases.hold(claimedAt("d1", 1), 100)
  expect([leases.keeps(claimedAt("d1", 3), 300), held.untilMs]).toEqual([false, 100])
})

test("R9: a send that ends lets go of its own lease only", () => {
  const leases = makeLeases()
  const first = leases.hold(claimedAt("d1", 1), 100)
  const second = leases.hold(claimedAt("d1", 3), 300)
  first.letGo()
  expect([leases.keeps(claimedAt("d1", 4), 400), second.untilMs, first.untilMs]).toEqual([true, 400, 100])
})
