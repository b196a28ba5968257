/**
 * The ids of the product's rules, as events and exclusions carry them.
 * @since 0.1.0
 */

/** A product rule; what each says and where it lives is in docs/rules.md. @since 0.1.0 */
export type RuleId =
  `R${1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10 | 11 | 12 | 13 | 14 | 15 | 16 | 17 | 18 | 19 | 20}`
