import fc from "fast-check"
import { expect, it } from "vitest"
import { Agenda, type Appointment } from "../../../src/testing/simulator/agenda.ts"

const anyAppointments: fc.Arbitrary<Appointment[]> = fc.array(
  fc.record({ atMs: fc.nat(3), rank: fc.integer({ min: -2, max: 1 }), happen: fc.constant(() => {}) }),
)

const takenFrom = (agenda: Agenda): ReadonlyArray<Appointment> => {
  const next = agenda.next()
  return next === undefined ? [] : [next, ...takenFrom(agenda)]
}

it("gives what happens by instant and rank, and what has both alike as it was entered", () => {
  fc.assert(
    fc.property(anyAppointments, (appointments) => {
      const agenda = new Agenda()
      for (const appointment of appointments) agenda.add(appointment)
      const taken = takenFrom(agenda)
      const ordered = appointments.toSorted((a, b) => a.atMs - b.atMs || a.rank - b.rank)
      expect(taken.map((one) => appointments.indexOf(one))).toEqual(
        ordered.map((one) => appointments.indexOf(one)),
      )
    }),
  )
})
