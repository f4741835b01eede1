/** Steps that can be skipped: looked for along the attempts that count. */
import { identifier, join, literal, sql, type Sql } from '../../../src/sql/sql.ts'
import { cte } from '../../lib/ctes.ts'
import { firstKnown, isStep, OPTIONAL_UNTIL, stepTime, type Funnel } from './names.ts'
import { setsOfOptional } from './shared_events.ts'
import { endsOptional } from './spec.ts'

/** CTEs that add the time of each such step: the earliest after the step before it, and not after the next. */
export function optionalSteps(funnel: Funnel): { ctes: Sql[]; from: Sql } {
  const { steps, required, keys, carried, options, c } = funnel
  const ctes: Sql[] = []
  let from = funnel.result
  const columns = [
    ...keys,
    ...carried,
    ...(options.entry === 'every' ? [sql`attempt`] : []),
    ...(endsOptional(funnel) ? [OPTIONAL_UNTIL] : []),
    ...required.map(stepTime),
  ]
  for (const [i, step] of steps.entries()) {
    const n = i + 1
    if (!step.optional) continue
    const previous = required.filter((r) => r < n).at(-1) ?? 1
    const between = steps.flatMap((s, j) => (s.optional && j + 1 > previous && j + 1 < n ? [j + 1] : []))
    const looked = identifier(`looked_for_step_${n}`)
    const rows = identifier(`before_step_${n}`)
    const shares = setsOfOptional(funnel, n).length > 0
    ctes.push(
      cte(
        rows,
        sql`
          select ${join([...columns, sql`${firstKnown([...[...between].reverse().map(stepTime), stepTime(previous)])} as ${STARTS}`], ', ')}
          from ${from}
        `,
      ),
      cte(
        looked,
        c.fn.nextAt({
          rows,
          keep: shares ? [...columns, STARTS] : columns,
          from: STARTS,
          events: funnel.events,
          where: isStep(funnel, n),
          keys,
          at: sql`happened_us`,
          // where events are shared out, those of the instant of the step before are looked at by themselves
          strictly: options.strictly_increasing || shares,
          as: FOUND,
          found: false,
        }),
      ),
    )
    const name = identifier(`with_step_${n}`)
    ctes.push(cte(name, shares ? sharedOut(funnel, n, columns, looked) : found(funnel, n, columns, looked)))
    columns.push(stepTime(n))
    from = name
  }
  return { ctes, from }
}

const STARTS = sql`from_us`
const FOUND = sql`found_us`

const nextOf = ({ required }: Funnel, n: number): number | undefined => required.find((r) => r > n)

/** Within the window, and while the attempt goes on. */
const inTime = (funnel: Funnel): Sql[] => [
  ...(funnel.window === undefined
    ? []
    : [sql`${FOUND} <= ${stepTime(funnel.required[0] ?? 1)} + ${literal(funnel.window)}`]),
  ...(endsOptional(funnel) ? [sql`(${OPTIONAL_UNTIL} is null or ${FOUND} <= ${OPTIONAL_UNTIL})`] : []),
]

function found(funnel: Funnel, n: number, columns: readonly Sql[], looked: Sql): Sql {
  const next = nextOf(funnel, n)
  const until = funnel.options.strictly_increasing ? sql`<` : sql`<=`
  const conditions = [
    ...inTime(funnel),
    ...(next === undefined ? [] : [sql`(${stepTime(next)} is null or ${FOUND} ${until} ${stepTime(next)})`]),
  ]
  const done = conditions.length === 0 ? FOUND : sql`case when ${join(conditions, ' and ')} then ${FOUND} end`
  return sql`
    select ${join([...columns, sql`${done} as ${stepTime(n)}`], ', ')}
    from ${looked}
  `
}

/** The same where another step may want the event: at an instant with other steps there has to be one for each. */
function sharedOut(funnel: Funnel, n: number, columns: readonly Sql[], looked: Sql): Sql {
  const next = nextOf(funnel, n)
  const [here, there] = [sql`here`, sql`there`]
  const instantAt = (instant: Sql, time: Sql) => {
    const same = funnel.keys.map((key) => sql`${instant}.${key} = l.${key}`)
    return sql`left join instants as ${instant} on ${join([...same, sql`${instant}.happened_us = l.${time}`], ' and ')}`
  }
  const before = [
    ...inTime(funnel),
    ...(next === undefined ? [] : [sql`(${stepTime(next)} is null or ${FOUND} < ${stepTime(next)})`]),
  ]
  const branches = [
    sql`when ${hasEventLeft(funnel, n, here)} then ${STARTS}`,
    sql`when ${before.length === 0 ? sql`true` : join(before, ' and ')} then ${FOUND}`,
    ...(next === undefined
      ? []
      : [
          sql`
            when ${FOUND} = ${stepTime(next)}
              and ${hasEventLeft(funnel, n, there)} then ${FOUND}
          `,
        ]),
  ]
  return sql`
    select
      ${join(
        columns.map((column) => sql`l.${column}`),
        ',\n',
      )},
      -- an event that another step of the attempt needs is not this one
      case
        ${join(branches, '\n')}
      end as ${stepTime(n)}
    from ${looked} as l
    ${instantAt(here, STARTS)}
    ${next === undefined ? sql`` : instantAt(there, FOUND)}
  `
}

/** Whether, at an instant, step `n` and those that the attempt did there can have an event each. */
function hasEventLeft(funnel: Funnel, n: number, instant: Sql): Sql {
  const { required, steps } = funnel
  const timed = (m: number) => required.includes(m) || (m < n && steps[m - 1]?.optional === true)
  return join(
    setsOfOptional(funnel, n).map(({ name, steps: set }) => {
      const others = set.filter((m) => m !== n && timed(m))
      const taken = others.map(
        (m) => sql`case when l.${stepTime(m)} = ${instant}.happened_us then 1 else 0 end`,
      )
      return taken.length === 0
        ? sql`${instant}.${name} > 0`
        : sql`${instant}.${name} > ${join(taken, '\n+ ')}`
    }),
    '\n  and ',
  )
}
