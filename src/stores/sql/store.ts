/**
 * The store over a SQL database, whichever it is.
 * @since 0.1.0
 */
import type { StoreShape } from "../../ports/store.ts"
import { agenda } from "./agenda.ts"
import type { Dialect } from "./dialect.ts"
import { forgetting } from "./forgetting.ts"
import { history } from "./history.ts"
import { links } from "./links.ts"
import { noticeQueue } from "./notices.ts"
import { records } from "./records.ts"

/** A store over a database that has the tables. @since 0.1.0 */
export const sqlStore = (dialect: Dialect): StoreShape => ({
  ...records(dialect),
  ...agenda(dialect),
  ...history(dialect),
  ...noticeQueue(dialect),
  ...forgetting(dialect),
  ...links(dialect),
})
