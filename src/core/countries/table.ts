/**
 * The countries with a rule of their own: a file and a line here for each.
 * @since 0.1.0
 */
export { rule as ca } from "./ca.ts"
export { rule as cn } from "./cn.ts"
export { rule as cr } from "./cr.ts"
export { rule as jp } from "./jp.ts"
export { rule as kr } from "./kr.ts"
export { rule as other } from "./other.ts"
export { rule as to } from "./to.ts"
export { rule as us } from "./us.ts"
