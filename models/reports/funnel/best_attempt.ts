/** The attempt that counts, out of several of one entity. */
import { join, select, sql, type Sql } from '../../../src/sql/sql.ts'
import {
  firstKnown,
  held,
  INTERRUPTED,
  OPTIONAL_UNTIL,
  stepTime,
  whoseEntries,
  type Funnel,
} from './names.ts'
import { endsOptional } from './spec.ts'

/**
 * One attempt of each entity (and value) out of a relation of attempts: the furthest, then the first to get
 * there, then the one that entered last; values held constant settle what is left.
 */
export function bestOf(funnel: Funnel, attempts: Sql): Sql {
  const { keys, carried, required, options, c } = funnel
  const columns = [...keys, ...carried, ...required.map(stepTime)]
  const ends = endsOptional(funnel)
  const fromLast = [...required].reverse().map(stepTime)
  const order = [
    // whether a step was reached, from the last on back
    ...fromLast.slice(0, -1).map((time) => sql`${time} is null`),
    firstKnown(fromLast),
    sql`${stepTime(required[0] ?? 1)} desc`,
    ...held(options).map(c.fn.byBytes),
  ]
  return sql`
    ${select([...columns, ...(ends ? [OPTIONAL_UNTIL] : [])])}
    from (
      select
        ${join([...columns, ...(ends ? [sql`${INTERRUPTED} as ${OPTIONAL_UNTIL}`] : [])], ',\n')},
        row_number() over (
          partition by ${join([...whoseEntries(funnel), ...carried], ', ')}
          order by
            ${join(order, ',\n')}
        ) as place
      from ${attempts}
    ) as ranked
    where place = 1
  `
}
