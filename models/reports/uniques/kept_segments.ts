/** The values of a breakdown that keep their names. */
import type { ModelContext } from '../../../src/graph/model.ts'
import { join, literal, sql, type Sql } from '../../../src/sql/sql.ts'
import { byName, entityColumn } from '../conditions.ts'
import type { Activity } from './metrics.ts'
import type { UniquesBreakdown } from './options.ts'

/** Rows of an activity with their `segment`. */
export interface Segmented {
  readonly activity: Activity
  readonly from: Sql
  readonly where: readonly Sql[]
}

/** The values of most users and groups, over all metrics and everything that a period of the report reads. */
export function keptSegments(
  segmented: readonly Segmented[],
  { limit }: UniquesBreakdown,
  { fn }: ModelContext,
): Sql {
  const seen = segmented.map(
    ({ activity: { by }, from, where }) => sql`
      select segment, ${literal(byName(by))} as counted, ${entityColumn(by)} as entity_id
      from ${from}
      where ${join([sql`segment <> ''`, ...where], '\n  and ')}
    `,
  )
  return sql`
    -- most users and groups first, over all metrics; equal sizes are settled by the value's bytes
    kept_segments as (
      select segment
      from (
        select distinct segment, counted, entity_id
        from (
          ${join(seen, '\nunion all\n')}
        ) as seen
      ) as told_apart
      group by segment
      order by count(*) desc, ${fn.byBytes(sql`segment`)}
      limit ${literal(limit)}
    )
  `
}
