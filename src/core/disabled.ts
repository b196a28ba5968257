/**
 * What stands behind the exclusion `disabled`: a switch that is off, a carrier that is not set up, or a customer whom
 * the channel blocked. Rules R15, R20.
 * @since 0.1.0
 */

/** One cause of `disabled`: how an exclusion tells it, and the change without which it would not have been. @since 0.1.0 */
export interface DisabledCause {
  readonly detail: string
  readonly otherwise: string
}

/** Every cause of `disabled`, by what a host would change. R15, R20. @since 0.1.0 */
export const disabledCauses = {
  blocked: {
    detail: "the channel blocked this customer",
    otherwise: "Had the channel not blocked this customer, it would have been sent.",
  },
  phoneNumberOff: {
    detail: "the channel's setting 'Phone number' is off",
    otherwise: "Were the channel's setting 'Phone number' on, it would have been sent.",
  },
  emailOff: {
    detail: "the channel's setting 'Email' is off",
    otherwise: "Were the channel's setting 'Email' on, it would have been sent.",
  },
  noXms: {
    detail: "XMS is not set up",
    otherwise: "Were XMS set up for the channel, it would have been sent.",
  },
  noEmail: {
    detail: "email is not set up",
    otherwise: "Were email set up for the channel, it would have been sent.",
  },
} as const satisfies Readonly<Record<string, DisabledCause>>

// A history that another version wrote may tell it in other words: then a sentence that is true of all.
const ANY_CAUSE = "Were it set up, and switched on for this customer, it would have been sent."

const otherwiseByDetail: ReadonlyMap<string, string> = /* @__PURE__ */ new Map(
  Object.values(disabledCauses).map(({ detail, otherwise }) => [detail, otherwise]),
)

/**
 * What would have made it otherwise, by the detail of an exclusion that was `disabled`. Total. R20.
 * @since 0.1.0
 */
export const otherwiseOfDisabled = (detail: string): string => otherwiseByDetail.get(detail) ?? ANY_CAUSE
