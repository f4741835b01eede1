import { sql } from '../../sql/sql.ts'
import { countOf } from '../check.ts'
import { check } from '../definition.ts'
import { eventsOf, between } from '../sentences.ts'

/** Events that name a group and count for none, because their key was not registered yet, or no longer. */
export const attributionWindow = check({
  name: 'attribution_window',
  description:
    'No event carries an id of a group key before its `registered_at` or from its `retired_at` on.',
  severity: 'warn',
  testsOf: ({ catalog }) => {
    const windowed = catalog.groupKeys.filter(
      (key) => (key.registered_at !== undefined && !key.backfill) || key.retired_at !== undefined,
    )
    if (windowed.length === 0) return []
    const span = (name: unknown) => {
      const key = windowed.find((k) => k.name === name)
      const from = key?.backfill === true ? undefined : key?.registered_at
      return [
        from === undefined ? '' : `registered at ${from}`,
        key?.retired_at === undefined ? '' : `retired at ${key.retired_at}`,
      ]
        .filter((part) => part !== '')
        .join(', ')
    }
    return [
      {
        name: 'attribution_window',
        description: 'Ids on events lie within the time for which their key is registered.',
        models: ['attribution_daily'],
        prefilter: { model: 'attribution_daily', when: () => sql`outside_registration > 0` },
        rowsIn: 'events',
        failures: ({ fn, ref }) => sql`
          select
            group_key,
            source,
            cast(sum(outside_registration) as ${fn.type('bigint')}) as events,
            min(day) as first_day,
            max(day) as last_day
          from ${ref('attribution_daily')}
          where outside_registration > 0
          group by group_key, source
          order by events desc, ${fn.byBytes(sql`group_key`)}, ${fn.byBytes(sql`source`)}
        `,
        explain: (row) =>
          `${eventsOf(row['events'])} of ${String(row['source'])} with an id of ${String(row['group_key'])} (${between(row['first_day'], row['last_day'])}) ${countOf(row['events']) === 1 ? 'lies' : 'lie'} outside of its time (${span(row['group_key'])}) and ${countOf(row['events']) === 1 ? 'counts' : 'count'} for no group`,
        fix: 'If they should count, set `registered_at` earlier, `retired_at` later, or say `backfill: true`.',
      },
    ]
  },
})
