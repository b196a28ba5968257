/**
 * What is still to happen in a simulation, in its order.
 * @since 0.1.0
 */

/**
 * Something that happens at an instant. Of several at one instant those of a lower `rank` come first, and of one rank what
 * was entered first.
 * @since 0.1.0
 */
export interface Appointment {
  readonly atMs: number
  readonly rank: number
  readonly happen: () => void
}

const isBefore = (a: Appointment, b: Appointment): boolean =>
  a.atMs < b.atMs || (a.atMs === b.atMs && a.rank < b.rank)

/** Appointments, of which the next one is always at hand, however many there are. @since 0.1.0 */
export class Agenda {
  // The next one is last: what is added is nearly always soon, so that little has to move.
  private readonly appointments: Array<Appointment> = []

  /** Enters an appointment; one before the last taken comes next. Total. @since 0.1.0 */
  add(appointment: Appointment): void {
    let low = 0
    for (let high = this.appointments.length; low < high; ) {
      const middle = Math.floor((low + high) / 2)
      const other = this.appointments[middle]
      if (other !== undefined && isBefore(appointment, other)) low = middle + 1
      else high = middle
    }
    this.appointments.splice(low, 0, appointment)
  }

  /** Takes the next appointment; undefined when there is none. Total. @since 0.1.0 */
  next(): Appointment | undefined {
    return this.appointments.pop()
  }
}
