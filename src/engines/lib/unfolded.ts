/** Rows that become several, on engines where a function in the `select` list makes more rows. */
import { join, sql, toText, type Sql } from '../../sql/sql.ts'
import type { Unfolded } from '../functions.ts'

export function unfolded(
  { rows, keep = [], as, where = [], distinct = false }: Partial<Unfolded> & Pick<Unfolded, 'as'>,
  unfold: Sql,
): Sql {
  const columns = [...keep, sql`${unfold} as ${as}`]
  const onOneLine = join(columns, ', ')
  const select = distinct ? sql`select distinct` : sql`select`
  return sql`
    ${
      toText(onOneLine).length < 90
        ? sql`${select} ${onOneLine}`
        : sql`
            ${select}
              ${join(columns, ',\n')}
          `
    }
    ${rows ? sql`from ${rows}` : sql``}
    ${where.length > 0 ? sql`where ${join(where, '\n  and ')}` : sql``}
  `
}
