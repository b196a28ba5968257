/**
 * What dispatch needs of routes.
 * @since 0.1.0
 */
export { type Route, routeOf, type Step } from "../sending/route.ts"
