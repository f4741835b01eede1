/** Owners of attempts as whole numbers, which sort and join faster than text. */
import { identifier, join, sql, type Sql } from '../../../src/sql/sql.ts'
import { cte, materialized } from '../ctes.ts'
import { marksOf, stepEvents } from './events.ts'
import { isStep, type Funnel } from './shape.ts'

/** Every owner of a first step as a number, and the events of these owners with it. */
export function journeys(funnel: Funnel): Sql[] {
  const { carried, options } = funnel
  if (options.hold_constant.length > 0) return []
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

/** The same, with the events of each step in a relation of their own: \`step_1_events\`, and \`steps_1\` with numbers. */
export function journeysPerStep(funnel: Funnel, without: Sql): Sql[] {
  const { required } = funnel
  const read = (n: number) => identifier(`step_${n}_events`)
  return [
    ...required.flatMap((n) => stepEvents(funnel, { step: n, name: read(n), without })),
    numbered(funnel, read(required[0] ?? 1), sql``),
    ...required.map((n) => cte(stepsOf(n), numberedEvents(funnel, read(n), [sql`happened_us`]))),
  ]
}

export const stepsOf = (n: number): Sql => identifier(`steps_${n}`)

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

/** From journeys back to their owners, and the attempts of owners that made no journey, as `furthest_attempts`. */
export function owned(funnel: Funnel, columns: readonly Sql[], others?: Sql): Sql[] {
  const { owners, options } = funnel
  if (options.hold_constant.length > 0) return []
  return [
    cte(
      sql`furthest_attempts`,
      sql`
        select
          ${join([...owners.map((owner) => sql`j.${owner}`), ...columns.map((column) => sql`f.${column}`)], ',\n')}
        from furthest_journeys as f
        join journeys as j on j.journey = f.journey
        ${others ? sql`union all` : sql``}
        ${others ? sql`select ${join([...owners, ...columns], ', ')}` : sql``}
        ${others ? sql`from ${others}` : sql``}
      `,
    ),
  ]
}
