/** Owners of attempts as whole numbers, which sort and join faster than text. */
import { identifier, join, sql, type Sql } from '../../../src/sql/sql.ts'
import { cte, materialized } from '../../lib/ctes.ts'
import { marksOf, stepEvents } from './events.ts'
import { isStep, type Funnel } from './shape.ts'

/** Every owner of a first step as a number, and the events of these owners with it. */
export function journeys(funnel: Funnel): Sql[] {
  const { carried, options } = funnel
  if (!funnel.journeyed) return []
  const marks = marksOf(funnel).map(({ name }) => name)
  // An unordered funnel begins with any of its steps.
  const starts = options.order === 'unordered' ? sql`` : sql`where ${isStep(funnel, 1)}`
  return [
    numbered(funnel, sql`step_events`, starts),
    materialized(
      funnel.events,
      numberedEvents(funnel, sql`step_events`, [...carried, sql`happened_us`, ...marks]),
    ),
  ]
}

/** The same, with the events of each step in a relation of their own. */
export function journeysPerStep(funnel: Funnel, without: Sql): Sql[] {
  const { required } = funnel
  const reads = required.flatMap((n) => stepEvents(funnel, { step: n, name: readOf(n), without }))
  if (funnel.numbered) return reads
  return [
    ...reads,
    numbered(funnel, readOf(required[0] ?? 1), sql``),
    ...required.map((n) => cte(stepsOf(n, funnel), numberedEvents(funnel, readOf(n), [sql`happened_us`]))),
  ]
}

const readOf = (n: number): Sql => identifier(`step_${n}_events`)

/** The relation with the events of one step along which attempts move. */
export const stepsOf = (n: number, funnel: Funnel): Sql =>
  funnel.numbered ? readOf(n) : identifier(`steps_${n}`)

function numbered({ owners }: Funnel, events: Sql, starts: Sql): Sql {
  return materialized(
    sql`journeys`,
    sql`
      select ${join([...owners, sql`cast(row_number() over () as integer) as journey`], ', ')}
      from (
        select distinct ${join(owners, ', ')}
        from ${events}
        ${starts}
      ) as entered
    `,
  )
}

function numberedEvents({ owners }: Funnel, events: Sql, columns: readonly Sql[]): Sql {
  return sql`
    select
      ${join([sql`j.journey`, ...columns.map((column) => sql`e.${column}`)], ',\n')}
    from ${events} as e
    join journeys as j on ${join(
      owners.map((owner) => sql`j.${owner} = e.${owner}`),
      ' and ',
    )}
  `
}

/**
 * From numbers back to those that they stand for, as `furthest_attempts`.
 * @param others owners with attempts that made no journey, in a relation with the same columns
 */
export function named(funnel: Funnel, from: Sql, columns: readonly Sql[], others?: Sql): Sql[] {
  const { owners, by, c } = funnel
  if (!funnel.numbered && !funnel.journeyed) return []
  const found = columns.map((column) => sql`f.${column}`)
  if (by.kind === 'group' && funnel.numbered) {
    const everyone = others
      ? sql`
          (
            select ${join([...owners, ...columns], ', ')}
            from ${from}
            union all
            select ${join([...owners, ...columns], ', ')}
            from ${others}
          )
        `
      : from
    return [
      cte(
        sql`furthest_attempts`,
        sql`
          select
            ${join([sql`n.group_id`, ...found], ',\n')}
          from ${everyone} as f
          join ${c.ref('group_surrogate_keys')} as n on n.group_sk = f.group_sk
        `,
      ),
    ]
  }
  const journeyed = sql`
    select
      ${join([...owners.map((owner) => sql`j.${owner}`), ...found], ',\n')}
    from ${from} as f
    join journeys as j on j.journey = f.journey
  `
  const early = others ? [sql`select ${join([...owners, ...columns], ', ')} from ${others}`] : []
  return [cte(sql`furthest_attempts`, join([journeyed, ...early], '\nunion all\n'))]
}
