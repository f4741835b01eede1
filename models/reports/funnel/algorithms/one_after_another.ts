/** Every attempt counts, one after the other: which of all attempts those are. */
import { identifier, join, literal, sql, type Sql } from '../../../../src/sql/sql.ts'
import { cte, materialized } from '../../../lib/ctes.ts'
import {
  firstKnown,
  held,
  INTERRUPTED,
  OPTIONAL_UNTIL,
  stepTime,
  whoseEntries,
  type Funnel,
} from '../names.ts'
import { endsOptional } from '../spec.ts'

/** Two to this power is the most attempts that one owner can make. */
const POWERS = 20

const leap = (power: number): Sql => identifier(`after_${2 ** power}`)
const counted = (power: number): Sql => identifier(`every_${2 ** power}th`)

/**
 * CTEs that end with the result: each attempt starts with the first entry after the one before has converted,
 * run out, been interrupted or been excluded. Following them one by one would take as many rounds as the
 * busiest group has attempts, so leaps of 1, 2, 4 … attempts are prepared and then taken from the longest on.
 */
export function oneAfterAnother(funnel: Funnel, from: Sql): Sql[] {
  const { turns: keys, carried, required, options, c } = funnel
  const entry = stepTime(required[0] ?? 1)
  const columns = [...funnel.keys, ...carried, ...required.map(stepTime)]
  const powers = Array.from({ length: POWERS }, (_, power) => power)
  const inOrder = [sql`a.${entry}`, ...held(options).map((column) => c.fn.byBytes(sql`a.${column}`))]
  // what comes after the next entry is the next attempt's
  const next = sql`lead(a.${entry}) over (partition by ${join(
    keys.map((key) => sql`a.${key}`),
    ', ',
  )} order by a.${entry}) - 1`
  const until = endsOf(funnel).length > 0 ? c.fn.leastOf([sql`a.${OPTIONAL_UNTIL}`, next]) : next
  const owners = whoseEntries({ keys, options }).map((column) => sql`a.${column}`)
  return [
    cte(sql`ended_attempts`, ended(funnel, from)),
    materialized(
      leap(0),
      c.fn.nextAt({
        rows: sql`ended_attempts`,
        keep: [...keys, entry],
        from: sql`ended_us`,
        events: sql`ended_attempts`,
        keys,
        at: entry,
        strictly: true,
        as: sql`next_entry_us`,
        found: true,
      }),
    ),
    ...powers.slice(1).map((power) => materialized(leap(power), twice(keys, entry, leap(power - 1)))),
    cte(
      sql`first_entries`,
      sql`
        select ${join([...keys, sql`min(${entry}) as entry_us`], ', ')}
        from ended_attempts
        group by ${join(keys, ', ')}
      `,
    ),
    ...[...powers]
      .reverse()
      .map((power) =>
        materialized(
          counted(power),
          withLeaps(keys, entry, power === POWERS - 1 ? sql`first_entries` : counted(power + 1), leap(power)),
        ),
      ),
    cte(
      funnel.result,
      sql`
        select
          ${join(
            [
              ...columns.map((column) => sql`a.${column}`),
              ...(endsOptional(funnel) ? [sql`${until} as ${OPTIONAL_UNTIL}`] : []),
              sql`row_number() over (partition by ${join(owners, ', ')} order by ${join(inOrder, ', ')}) as attempt`,
            ],
            ',\n',
          )}
        from ended_attempts as a
        join ${counted(0)} as counted on ${join([...same(keys, sql`counted`, sql`a`), sql`counted.entry_us = a.${entry}`], ' and ')}
      `,
    ),
  ]
}

const same = (keys: readonly Sql[], one: Sql, other: Sql): Sql[] =>
  keys.map((key) => sql`${one}.${key} = ${other}.${key}`)

/** What may end an attempt before all its steps are done or skipped. */
const endsOf = ({ options }: Funnel): Sql[] => [
  ...(options.order === 'strict' ? [INTERRUPTED] : []),
  ...(options.exclusions.length > 0 ? [sql`excluded_us`] : []),
]

/** Attempts with the time after which the next may start; an exclusion undoes the steps that came after it. */
function ended(funnel: Funnel, from: Sql): Sql {
  const { keys, carried, required, options, window, c } = funnel
  const excluded = options.exclusions.length > 0
  const times = required.map((n, i) =>
    excluded && i > 0
      ? sql`case when excluded_us is null or ${stepTime(n)} < excluded_us then ${stepTime(n)} end as ${stepTime(n)}`
      : stepTime(n),
  )
  const entry = stepTime(required[0] ?? 1)
  const runsOut =
    window === undefined ? sql`cast(null as ${c.fn.type('bigint')})` : sql`${entry} + ${literal(window)}`
  const end = firstKnown([
    ...(excluded ? [sql`excluded_us`] : []),
    stepTime(required.at(-1) ?? 1),
    options.order === 'strict'
      ? // whichever comes first; what interrupts may itself be a first step
        c.fn.leastOf([sql`${INTERRUPTED} - 1`, runsOut])
      : runsOut,
  ])
  const ends = endsOf(funnel)
  const until =
    endsOptional(funnel) && ends.length > 0
      ? [sql`${ends.length === 1 ? join(ends, ', ') : c.fn.leastOf(ends)} as ${OPTIONAL_UNTIL}`]
      : []
  return sql`
    select
      ${join([...keys, ...carried, ...times, ...until, sql`${end} as ended_us`], ',\n')}
    from ${from}
  `
}

function twice(keys: readonly Sql[], entry: Sql, leaps: Sql): Sql {
  const columns = [...keys.map((key) => sql`a.${key}`), sql`a.${entry}`, sql`b.next_entry_us`]
  return sql`
    select ${join(columns, ', ')}
    from ${leaps} as a
    join ${leaps} as b on ${join([...same(keys, sql`b`, sql`a`), sql`b.${entry} = a.next_entry_us`], ' and ')}
  `
}

function withLeaps(keys: readonly Sql[], entry: Sql, from: Sql, leaps: Sql): Sql {
  const leapt = [...keys.map((key) => sql`l.${key}`), sql`l.next_entry_us`]
  return sql`
    select ${join([...keys, sql`entry_us`], ', ')}
    from ${from}
    union all
    select ${join(leapt, ', ')}
    from ${from} as f
    join ${leaps} as l on ${join([...same(keys, sql`l`, sql`f`), sql`l.${entry} = f.entry_us`], ' and ')}
  `
}
