/** To which groups a user belongs now, whatever the events say: what `through: user` of reports asks. */
import { sql, type Sql } from '../sql/sql.ts'
import type { Catalog } from './catalog.ts'

/** A condition on rows of `user_groups`. @param of alias of the relation, with a point */
export const belongsNow = (catalog: Catalog, of: Sql = sql``): Sql =>
  catalog.sourcesOf('links').length === 0
    ? sql`${of}from_profile`
    : sql`(${of}from_profile or ${of}from_link)`
