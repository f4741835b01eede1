/** Who got how far: the attempt of each entity that counts, with the time of every step. */
import type { ModelContext } from '../../../src/graph/model.ts'
import { sharedSql } from '../../../src/graph/shared_sql.ts'
import { identifier, isShort, join, literal, select, sql, type Sql } from '../../../src/sql/sql.ts'
import { cte } from '../../lib/ctes.ts'
import { entityColumn, namedId } from '../conditions.ts'
import { keptSegments, withSegment } from '../stream.ts'
import { stepEvents } from './events.ts'
import { funnelOf, stepTime, type Funnel } from './names.ts'
import { optionalSteps } from './optional.ts'
import { stepName } from './options.ts'
import { journeys, named } from './owners.ts'
import { algorithmNamed, type FunnelPlan } from './plan.ts'
import { eventsOf, wayOf, type FunnelSpec } from './spec.ts'

interface Counted {
  readonly spec: FunnelSpec
  /** Its name. */
  readonly algorithm: string
}

/** The attempts that count, each with its value where there is a breakdown. */
export function valuedAttempts(
  spec: FunnelSpec,
  plan: FunnelPlan,
  c: ModelContext,
): { ctes: Sql[]; from: Sql; where: Sql } {
  const algorithm = plan.algorithm.name
  const events = eventCtes({ spec: eventsOf(spec), algorithm }, c)
  const { ctes, from } = attempts({ spec: wayOf(spec), algorithm }, c)
  return { ctes: [events, ctes], from, where: reachedTheStep(spec) }
}

/** CTEs that end with the events of a funnel. */
const eventCtes = sharedSql(({ spec, algorithm }: Counted, c) => {
  const funnel = funnelOf(spec, c)
  const narrowed = algorithmNamed(algorithm).narrowed?.(funnel)
  return listed([...(narrowed?.ctes ?? []), ...stepEvents(funnel, narrowed ? [narrowed.where] : [])])
})

/** CTEs from there to the attempts that count, and who made them, with the times of all steps and their value. */
const attempts = sharedSql(({ spec, algorithm }: Counted, c) => {
  const funnel = funnelOf(spec, c)
  const optional = optionalSteps(funnel)
  const columns = [
    ...funnel.carried,
    ...(funnel.options.entry === 'every' ? [sql`attempt`] : []),
    ...funnel.steps.map((_, i) => stepTime(i + 1)),
  ]
  const ids = named(funnel, optional.from, columns)
  // owners without numbers stay in sight all the way
  const segments = segmented(funnel, ids.length === 0 ? optional.from : sql`furthest_attempts`)
  return {
    ctes: listed([
      ...journeys(funnel),
      ...algorithmNamed(algorithm).ctes(funnel),
      ...optional.ctes,
      ...ids,
      ...segments.ctes,
    ]),
    from: segments.from,
  }
})

const listed = (ctes: readonly Sql[]): Sql => join(ctes, ',\n')

export const withCtes = (ctes: readonly Sql[]): Sql => sql`
  with
  ${listed(ctes)}
`

/**
 * The `select` of `<name>_entities`.
 * @param id the name of the id there
 */
export function funnelEntities(
  spec: FunnelSpec,
  plan: FunnelPlan,
  id: string,
  rule: string,
  c: ModelContext,
): Sql {
  const { options, by, required, steps } = spec
  const { ctes, from, where } = valuedAttempts(spec, plan, c)
  const entity = entityColumn(by)
  const all = steps.map((_, i) => i + 1)
  const last = required.at(-1) ?? 1
  const at = (n: number) => c.fn.instantOf(stepTime(n))
  const backwards = [...all].reverse()
  const furthest = (value: (n: number) => Sql) => {
    const cases = backwards.slice(0, -1).map((n) => sql`when ${stepTime(n)} is not null then ${value(n)}`)
    const line = sql`case ${join([...cases, sql`else ${value(1)}`], ' ')} end`
    if (isShort(line)) return line
    return sql`
      case
        ${join([...cases, sql`else ${value(1)}`], '\n')}
      end
    `
  }
  const nameOf = (n: number) => literal(stepName(options, n))
  const isOne = all.length === 1
  const columns = [
    namedId(entity, id),
    ...(options.breakdown ? [sql`segment`] : []),
    ...(options.entry === 'every' ? [sql`attempt`] : []),
    sql`${isOne ? literal(1) : furthest(literal)} as furthest_step`,
    sql`${isOne ? c.fn.text(nameOf(1)) : furthest(nameOf)} as furthest_step_name`,
    sql`${stepTime(last)} is not null as converted`,
    sql`${at(1)} as entered_at`,
    ...all.slice(1).map((n) => sql`${at(n)} as ${identifier(`step_${n}_at`)}`),
    sql`cast(${stepTime(last)} - ${stepTime(1)} as double precision) / 1000000 as seconds_to_convert`,
    sql`${literal(rule)} as rule`,
  ]
  return sql`
    ${withCtes(ctes)}
    ${select(columns)}
    from ${from}
    ${where}
  `
}

/** With the value at a step, entities that never got there have none and are left out. */
function reachedTheStep({ options, segments }: FunnelSpec): Sql {
  const { breakdown } = options
  const step = breakdown?.attribution === 'step' ? (breakdown.step ?? 1) : 1
  if (segments !== 'keyed' || step === 1) return sql``
  return sql`where ${stepTime(step)} is not null`
}

/** Brings the value of a breakdown to the attempts, where they do not carry it already. */
function segmented(funnel: Funnel, from: Sql): { ctes: Sql[]; from: Sql } {
  const { segments, options, by, c, steps, severalValues } = funnel
  const { breakdown } = options
  const entity = entityColumn(by)
  if (segments === 'none' || breakdown === undefined) return { ctes: [], from }
  if (segments === 'keyed' || segments === 'entered') return { ctes: [], from }
  const columns = [
    entity,
    ...funnel.carried,
    ...(options.entry === 'every' ? [sql`attempt`] : []),
    ...steps.map((_, i) => stepTime(i + 1)),
  ]
  if (segments === 'owned') {
    return {
      ctes: [
        cte(sql`valued_attempts`, withSegment(from, columns, breakdown, by, c)),
        ...keptSegments(
          sql`valued_attempts`,
          sql`segmented_attempts`,
          columns,
          breakdown,
          by,
          c,
          severalValues,
        ),
      ],
      from: sql`segmented_attempts`,
    }
  }
  const backwards = breakdown.attribution === 'last' ? sql` desc` : sql``
  const order = [sql`happened_us${backwards}`, sql`${c.fn.byBytes(sql`event_id`)}${backwards}`]
  return {
    ctes: [
      cte(
        sql`values_of_entities`,
        sql`
          select ${entity}, ${c.fn.firstBy(sql`segment`, order, sql`segment <> ''`)} as segment
          from step_events
          group by ${entity}
        `,
      ),
      cte(
        sql`segmented_attempts`,
        sql`
          select ${join([...columns.map((column) => sql`a.${column}`), sql`coalesce(v.segment, '') as segment`], ', ')}
          from ${from} as a
          left join values_of_entities as v on v.${entity} = a.${entity}
        `,
      ),
    ],
    from: sql`segmented_attempts`,
  }
}
