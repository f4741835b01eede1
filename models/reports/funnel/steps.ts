/** How many got to each step, from `<name>_entities`. */
import type { ModelContext } from '../../../src/graph/model.ts'
import { identifier, join, literal, sql, type Sql } from '../../../src/sql/sql.ts'
import { stepName } from './options.ts'
import type { FunnelSpec } from './spec.ts'

export function funnelSteps(spec: FunnelSpec, c: ModelContext, rule: string): Sql {
  const { name, steps, options } = spec
  const segment = options.breakdown === undefined ? [] : [sql`segment`]
  const rows = steps.map((_, i) => {
    const columns = [...segment, ...countsOf(spec, i + 1, c), sql`${literal(rule)} as rule`]
    return sql`
      select
        ${join(columns, ',\n')}
      from ${c.ref(`${name}_entities`)}
      ${segment.length > 0 ? sql`group by segment` : sql``}
    `
  })
  return join(rows, '\nunion all\n')
}

const timeOf = (n: number): Sql => (n === 1 ? sql`entered_at` : identifier(`step_${n}_at`))

function countsOf({ steps, options, required }: FunnelSpec, n: number, c: ModelContext): Sql[] {
  const here = sql`count(${timeOf(n)})`
  const previous = required.filter((r) => r < n).at(-1)
  const unknown = sql`cast(null as double precision)`
  const share = (of: number) => sql`cast(${here} as double precision) / nullif(count(${timeOf(of)}), 0)`
  const elapsed =
    previous === undefined
      ? unknown
      : sql`${c.fn.microseconds(timeOf(n))} - ${c.fn.microseconds(timeOf(previous))}`
  const isTimed = previous !== undefined && steps[n - 1]?.optional !== true
  return [
    sql`${literal(n)} as step`,
    sql`${literal(stepName(options, n))} as step_name`,
    sql`${here} as entities`,
    sql`${share(1)} as conversion_from_start`,
    sql`${previous === undefined ? unknown : share(previous)} as conversion_from_previous`,
    sql`${previous === undefined ? sql`cast(0 as bigint)` : sql`count(${timeOf(previous)}) - ${here}`} as dropped`,
    sql`${isTimed ? sql`cast(avg(${elapsed}) as double precision) / 1000000` : unknown} as avg_seconds`,
    sql`${isTimed ? sql`cast(${c.fn.median(elapsed)} as double precision) / 1000000` : unknown} as median_seconds`,
  ]
}
