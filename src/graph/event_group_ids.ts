/**
 * The group ids of a row of `events`: a list of them, or, for a key of which an event has one at the most, that one
 * or null.
 */
import type { SqlFunctions } from '../engines/index.ts'
import type { Unfolded } from '../engines/functions.ts'
import { identifier, join, sql, type Sql } from '../sql/sql.ts'
import type { GroupKey } from './catalog.ts'
import type { ColumnDoc } from './model.ts'

type Key = Pick<GroupKey, 'name' | 'label' | 'cardinality'>

/** The column of `events`. */
export const groupIdsDoc = ({ label, cardinality }: Key): ColumnDoc =>
  cardinality === 'one'
    ? { type: 'text', description: `Id of ${label} on the event; null when it carries none.` }
    : {
        type: 'text[]',
        description: `Distinct ids of ${label} on the event, sorted; empty when it carries none.`,
      }

/** The value of that column, of the list that a source gives. */
export function groupIdsOf({ name, cardinality }: Key, fn: SqlFunctions): Sql {
  const list = identifier(name)
  return cardinality === 'one' ? sql`${fn.onlyId(list)} as ${list}` : list
}

/** A condition: the event carries an id of the key. */
export const carriesGroup = (
  { name, cardinality }: Key,
  fn: SqlFunctions,
  column: Sql = identifier(name),
): Sql => (cardinality === 'one' ? sql`${column} is not null` : fn.hasIds(column))

/** A `select` with one row, as `group_id`, for each group that each event carries. */
export function eachGroup(
  { name, cardinality }: Key,
  { rows, keep, where = [], distinct = false }: Omit<Unfolded, 'as'>,
  fn: SqlFunctions,
): Sql {
  const column = identifier(name)
  if (cardinality === 'many')
    return fn.eachMember({ rows, keep, list: column, as: sql`group_id`, where, distinct })
  return sql`
    select${distinct ? sql` distinct` : sql``} ${join([...keep, sql`${column} as group_id`], ', ')}
    from ${rows}
    where ${join([sql`${column} is not null`, ...where], '\n  and ')}
  `
}
