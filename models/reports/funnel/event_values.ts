/** The value of a breakdown on the events of a funnel, from `read_events` to `step_events`. */
import { identifier, join, literal, sql, toText, type Sql } from '../../../src/sql/sql.ts'
import { entityColumn } from '../conditions.ts'
import { cte } from '../../lib/ctes.ts'
import { keptSegments, withSegment } from '../stream.ts'
import { held, isStep, type Funnel } from './names.ts'
import { isKeyedByEntry } from './spec.ts'

/**
 * CTEs that end with `step_events`. It has each event once; where every value has its own funnel, each event
 * once for every value.
 * @param columns of `read_events` to keep; where an event may have several values, `event_id` among them
 */
export function valuedEvents(funnel: Funnel, columns: readonly Sql[]): Sql[] {
  const { options, by, c, segments, severalValues } = funnel
  const { breakdown } = options
  if (breakdown === undefined) return []
  const atStep = segments === 'keyed' && breakdown.attribution === 'step'
  const inParts = atStep || (segments === 'touched' && severalValues)
  const name = inParts ? sql`named_events` : sql`step_events`
  return [
    cte(sql`valued_events`, withSegment(sql`read_events`, columns, breakdown, by, c)),
    ...keptSegments(
      sql`valued_events`,
      name,
      columns,
      breakdown,
      by,
      c,
      segments === 'keyed' && severalValues,
    ),
    ...(atStep
      ? valueAtStep(funnel, columns, breakdown.step ?? 1)
      : inParts
        ? [cte(sql`step_events`, oneValueEach(funnel, columns))]
        : []),
  ]
}

/** Of several values of an event the first by their bytes is the one that it has. */
function oneValueEach({ c }: Funnel, columns: readonly Sql[]): Sql {
  const value = c.fn.firstBy(sql`segment`, [c.fn.byBytes(sql`segment`)], sql`segment <> ''`)
  return sql`
    select
      ${join([...columns, sql`coalesce(${value}, '') as segment`], ',\n')}
    from named_events
    group by ${join(columns, ', ')}
  `
}

/**
 * The value at a step: every value that an entity has there gets a copy of the entity's other events. Values
 * are few (`limit`), so that the copies are, too.
 */
function valueAtStep(funnel: Funnel, columns: readonly Sql[], n: number): Sql[] {
  const { by, disjoint, severalValues } = funnel
  const entity = entityColumn(by)
  const here = markOf(funnel, n)
  const isHere = (column: Sql) => toText(column) === toText(here)
  const only = disjoint
    ? sql`case when e.step <> ${literal(n)} or e.segment = v.segment then e.step end`
    : sql`e.${here} and e.segment = v.segment`
  // an event with several values is the step when one of them is the value
  const one = severalValues ? (disjoint ? sql`max(${only})` : sql`bool_or(${only})`) : only
  const copied = columns.map((column) => (isHere(column) ? sql`${one} as ${here}` : sql`e.${column}`))
  const others = columns.filter((column) => !isHere(column)).map((column) => sql`e.${column}`)
  const narrowed = isKeyedByEntry(funnel) && funnel.options.entry !== 'best'
  const events = narrowed ? sql`entered_events` : sql`named_events`
  return [
    ...(narrowed ? [cte(events, onlyEntries(funnel, columns, n))] : []),
    sql`
      values_at_step as (
        select distinct ${entity}, segment
        from ${events}
        where ${isStep(funnel, n)}
      )
    `,
    sql`
      step_events as (
        select
          ${join([...copied, sql`v.segment`], ',\n')}
        from ${events} as e
        join values_at_step as v on v.${entity} = e.${entity}
        ${severalValues ? sql`group by ${join([...others, sql`v.segment`], ', ')}` : sql``}
      )
    `,
  ]
}

/** The column that says whether an event is step `n`. */
const markOf = ({ disjoint }: Funnel, n: number): Sql => (disjoint ? sql`step` : identifier(`is_step_${n}`))

/**
 * First steps are those that an attempt starts with: the earliest, or one at each instant where every attempt
 * counts; of several values at that instant the first by their bytes.
 */
function onlyEntries(funnel: Funnel, columns: readonly Sql[], n: number): Sql {
  const { by, disjoint, options, c } = funnel
  const mark = markOf(funnel, n)
  const values = held(options)
  const [whose, order] =
    options.entry === 'first'
      ? [[], [sql`happened_us`, ...values.map(c.fn.byBytes)]]
      : [[...values, sql`happened_us`], []]
  const isFirst = sql`
    rank() over (
      partition by ${join([entityColumn(by), mark, ...whose], ', ')}
      order by ${join([...order, c.fn.byBytes(sql`segment`)], ', ')}
    ) = 1
  `
  const narrowed = disjoint
    ? sql`case when step <> ${literal(n)} or ${isFirst} then step end as step`
    : sql`${mark} and ${isFirst} as ${mark}`
  const kept = columns.map((column) => (toText(column) === toText(mark) ? narrowed : column))
  return sql`
    select
      ${join([...kept, sql`segment`], ',\n')}
    from named_events
  `
}
