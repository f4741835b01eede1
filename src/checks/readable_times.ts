import { literal, sql } from '../sql/sql.ts'
import { plural } from '../problems.ts'
import { check, countOf, shown } from './check.ts'

/**
 * Every event has a time. `events` keeps rows whose time is missing or unreadable with a null, so that asking
 * is cheap; only when there are some is the source read again for what it says there.
 */
export const readableTimes = check({
  name: 'readable_times',
  description: 'The time of every event can be read.',
  severity: 'error',
  testsOf: (plan) =>
    plan.catalog.sourcesOf('events').map((source) => ({
      name: `readable_times_${source.name}`,
      description: `Every row of source \`${source.name}\` has a time that can be read.`,
      models: ['events'],
      sources: [source.name],
      at: plan.catalog.project.locate([...source.path, 'columns', 'time']),
      suspects: {
        model: 'events',
        when: () => sql`source = ${literal(source.name)} and occurred_at is null`,
      },
      rowsIn: 'copies',
      mend: 'Correct these rows where they come from, or say how the source writes its times (`time_format`).',
      failures: (c) => {
        const time = source.time(c.fn, c.raw(source.name))
        if (!time) return sql`select 1 as value, 1 as copies where false`
        return sql`
          select ${c.fn.text(time.raw)} as value, count(*) as copies
          from ${c.raw(source.name)}
          where ${time.read} is null
          group by 1
          order by copies desc, value
        `
      },
      explain: (row) =>
        `${shown(row['value'])} in ${plural(countOf(row['copies']), 'row')} of ${source.name} is not a time`,
    })),
})
