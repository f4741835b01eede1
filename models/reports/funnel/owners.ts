/** Owners of attempts as whole numbers, which sort and join faster than text. */
import { join, select, sql, type Sql } from '../../../src/sql/sql.ts'
import { cte, materialized } from '../../lib/ctes.ts'
import { marksOf } from './events.ts'
import { isStep, type Funnel } from './names.ts'

/** Every owner of a first step as a number, and the events of these owners with it. */
export function journeys(funnel: Funnel): Sql[] {
  const { carried, options, knownBy } = funnel
  if (knownBy !== 'journey') return []
  const marks = marksOf(funnel).map(({ name }) => name)
  // An unordered funnel begins with any of its steps.
  const starts = options.order === 'unordered' ? sql`` : sql`where ${isStep(funnel, 1)}`
  return [
    numbered(funnel, starts),
    materialized(funnel.events, numberedEvents(funnel, [...carried, sql`happened_us`, ...marks])),
  ]
}

function numbered({ owners }: Funnel, starts: Sql): Sql {
  return materialized(
    sql`journeys`,
    sql`
      select ${join([...owners, sql`cast(row_number() over () as integer) as journey`], ', ')}
      from (
        select distinct ${join(owners, ', ')}
        from step_events
        ${starts}
      ) as entered
    `,
  )
}

function numberedEvents({ owners }: Funnel, columns: readonly Sql[]): Sql {
  return sql`
    ${select([sql`j.journey`, ...columns.map((column) => sql`e.${column}`)])}
    from step_events as e
    join journeys as j on ${join(
      owners.map((owner) => sql`j.${owner} = e.${owner}`),
      ' and ',
    )}
  `
}

/** From numbers back to those that they stand for, as `furthest_attempts`. */
export function named({ owners, knownBy, c }: Funnel, from: Sql, columns: readonly Sql[]): Sql[] {
  if (knownBy === 'id') return []
  const numbers =
    knownBy === 'group number'
      ? sql`join ${c.ref('group_surrogate_keys')} using (group_sk)`
      : sql`join journeys using (journey)`
  return [
    cte(
      sql`furthest_attempts`,
      sql`
        ${select([...(knownBy === 'group number' ? [sql`group_id`] : owners), ...columns])}
        from ${from}
        ${numbers}
      `,
    ),
  ]
}
