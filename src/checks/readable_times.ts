import type { Source } from '../graph/catalog.ts'
import type { Plan } from '../graph/plan.ts'
import { join, literal, sql } from '../sql/sql.ts'
import { plural } from '../problems.ts'
import { countOf, shown, type TestDefinition } from './check.ts'
import { check } from './definition.ts'
import { profilesModel } from './group_tables.ts'

export const readableTimes = check({
  name: 'readable_times',
  description: 'The time of every event can be read, and so can the times of profiles.',
  severity: 'error',
  testsOf: (plan) => [
    ...plan.catalog.sourcesOf('events').map((source) => ofEvents(plan, source)),
    ...plan.catalog.sources.flatMap((source) => ofProfiles(plan, source)),
  ],
})

const FIX = 'Correct these rows where they come from, or say how the source writes its times (`time_format`).'

/**
 * Every event has a time. `events` keeps rows whose time is missing or unreadable with a null, so that asking
 * is cheap; only when there are some is the source read again for what it says there.
 */
function ofEvents({ catalog }: Plan, source: Source): TestDefinition {
  return {
    name: `readable_times_${source.name}`,
    description: `Every row of source \`${source.name}\` has a time that can be read.`,
    models: ['events'],
    sources: [source.name],
    at: catalog.project.locate([...source.path, 'columns', 'time']),
    prefilter: {
      model: 'events',
      when: () => sql`source = ${literal(source.name)} and occurred_at is null`,
    },
    rowsIn: 'copies',
    vouchesFor: 'times' as const,
    fix: FIX,
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
  }
}

/**
 * A row of a profile may have no time, but one that cannot be read would count as none without a word, and an
 * older row would win.
 */
function ofProfiles({ catalog }: Plan, source: Source): TestDefinition[] {
  if (!source.hasProfileTimes) return []
  return [
    {
      name: `readable_times_${source.name}`,
      description: `The times in rows of source \`${source.name}\` can be read.`,
      models: [profilesModel(catalog, source)],
      sources: [source.name],
      at: catalog.project.locate([...source.path, 'columns']),
      rowsIn: 'copies',
      vouchesFor: 'times' as const,
      fix: FIX,
      failures: (c) => {
        const { fn } = c
        const unreadable = source.profileTimes(fn, c.raw(source.name)).map(
          ({ from, raw, read }) => sql`
            select ${literal(from)} as read_from, ${fn.text(raw)} as value
            from ${c.raw(source.name)}
            where ${fn.text(raw)} <> '' and ${read} is null
          `,
        )
        return sql`
          select read_from, value, count(*) as copies
          from (
            ${join(unreadable, '\nunion all\n')}
          ) as unreadable
          group by read_from, value
          order by copies desc, ${fn.byBytes(sql`read_from`)}, ${fn.byBytes(sql`value`)}
        `
      },
      explain: (row) =>
        `${String(row['read_from'])} = ${shown(row['value'])} in ${plural(countOf(row['copies']), 'row')} of ${source.name} is not a time`,
    },
  ]
}
