import type { Catalog } from '../src/graph/catalog.ts'
import type { Model, ModelContext } from '../src/graph/model.ts'
import { join, literal, sql, type Sql } from '../src/sql/sql.ts'

const PERIODS = ['day', 'week', 'month'] as const

/** Unique groups and unique users side by side, by day, week and month. */
export function groupUniques(catalog: Catalog): Model {
  const { timezone, week_start } = catalog.project
  return {
    name: 'group_uniques',
    description:
      'How many groups and how many users were active in each day, week and month. Uniques do not add up over periods or keys. Periods without any event have no row.',
    grain: ['group_key', 'period', 'period_start'],
    columns: {
      group_key: { type: 'text', description: 'The group key whose groups are counted.' },
      period: { type: 'text', description: `day, week (from ${week_start}) or month, in ${timezone}.` },
      period_start: { type: 'date', description: 'First day of the period.' },
      groups: {
        type: 'bigint',
        description: 'Distinct groups with at least one event; 0 where only events without a group happened.',
      },
      group_users: { type: 'bigint', description: 'Distinct users who acted for any group of the key.' },
      group_events: {
        type: 'bigint',
        description: 'Events that belong to at least one group of the key, each counted once.',
      },
      users: { type: 'bigint', description: 'Distinct users of all events, with or without a group.' },
      events: { type: 'bigint', description: 'All events.' },
    },
    dependsOn: ['events', 'event_groups', 'group_days'],
    sources: [],
    materialized: 'table',
    select: (c) => sql`
      with
      ${join([...PERIODS.flatMap((period) => countsOf(period, c)), groupKeys(c)], ',\n')}
      ${join(
        PERIODS.map((period) => sideBySide(period)),
        '\nunion all\n',
      )}
    `,
  }
}

function countsOf(period: (typeof PERIODS)[number], c: ModelContext): Sql[] {
  const start = c.fn.periodStart(sql`day`, period, c.catalog.project.week_start)
  const [all, acting, active] = namesOf(period)
  return [
    sql`
      ${all} as (
        select ${start} as period_start, count(distinct user_id) as users, count(*) as events
        from ${c.ref('events')}
        group by 1
      )
    `,
    sql`
      ${acting} as (
        select
          group_key,
          ${start} as period_start,
          count(distinct user_id) as group_users,
          count(distinct event_id) as group_events
        from ${c.ref('event_groups')}
        group by 1, 2
      )
    `,
    sql`
      ${active} as (
        select group_key, ${start} as period_start, count(distinct group_id) as groups
        from ${c.ref('group_days')}
        group by 1, 2
      )
    `,
  ]
}

const CTE_NAMES = {
  day: [sql`all_by_day`, sql`acting_by_day`, sql`active_by_day`],
  week: [sql`all_by_week`, sql`acting_by_week`, sql`active_by_week`],
  month: [sql`all_by_month`, sql`acting_by_month`, sql`active_by_month`],
} as const

const namesOf = (period: (typeof PERIODS)[number]) => CTE_NAMES[period]

function groupKeys({ catalog, fn }: ModelContext): Sql {
  if (catalog.groupKeys.length === 0) {
    return sql`group_keys as (select cast(null as ${fn.type('text')}) as group_key where false)`
  }
  const rows = catalog.groupKeys.map((key) => sql`(${literal(key.name)})`)
  return sql`group_keys(group_key) as (values ${join(rows, ', ')})`
}

function sideBySide(period: (typeof PERIODS)[number]): Sql {
  const [all, acting, active] = namesOf(period)
  return sql`
    select
      k.group_key,
      ${literal(period)} as period,
      e.period_start,
      coalesce(g.groups, 0) as groups,
      coalesce(a.group_users, 0) as group_users,
      coalesce(a.group_events, 0) as group_events,
      e.users,
      e.events
    from ${all} as e
    cross join group_keys as k
    left join ${acting} as a on a.group_key = k.group_key and a.period_start = e.period_start
    left join ${active} as g on g.group_key = k.group_key and g.period_start = e.period_start
  `
}
